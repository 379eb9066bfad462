import type { ApplyWorkspaceEditParams, ApplyWorkspaceEditResult } from "vscode-languageserver";
import type { Problem } from "../base/errors.ts";
import type { ClientSupport } from "./client-support.ts";
import { changedMeanwhile, type EditPlan, planDocuments, type WantedChange, type WantedIn } from "./edit-planning.ts";
import type { PinDocument, PinDocuments, SourceDocument } from "./pin-documents.ts";
import type { PinView } from "./pin-view.ts";
import { filesOf } from "./pins-shown.ts";
import { workspaceEditOf } from "./workspace-edits.ts";

/** Wanted changes by the URI of a document that shows their pins. */
export type ChangesByDocument = ReadonlyMap<string, readonly WantedChange[]>;

export interface Landing {
  /** Those of a preview too that the user did not tick: the client does not tell. */
  readonly landed: readonly PinView[];
  readonly refused: readonly { readonly view: PinView; readonly problem: Problem }[];
  /** The user saw the preview and did not take it. */
  readonly isDiscarded: boolean;
}

export interface LandingOptions {
  /** What an editor's list of undo steps shows. */
  readonly label: string;
  readonly needsConfirmation: boolean;
  readonly signal: AbortSignal;
}

/** Brings changes into documents by one edit, planned on what the documents are at that moment. */
export interface EditLanding {
  plan(changes: ChangesByDocument): Promise<EditPlan>;
  land(changes: ChangesByDocument, options: LandingOptions): Promise<Landing>;
}

/** A document may change between the planning and the arrival of the edit, which the client then refuses whole. */
const TRIES = 3;

export function createEditLanding(
  documents: Pick<PinDocuments, "read">,
  support: Pick<ClientSupport, "applyEdit" | "documentChanges" | "changeAnnotations">,
  apply: (params: ApplyWorkspaceEditParams) => Promise<ApplyWorkspaceEditResult>,
): EditLanding {
  const readAll = async (uris: Iterable<string>): Promise<PinDocument[]> => {
    const all = await Promise.all([...uris].map((uri) => documents.read(uri)));
    return all.filter((document) => document !== null);
  };
  const plan = async (changes: ChangesByDocument): Promise<EditPlan> => {
    const showing = await readAll(changes.keys());
    const wanted = showing.map(
      (document): WantedIn => ({ document, wanted: changes.get(document.document.uri) ?? [] }),
    );
    const uris = new Set(showing.map(({ document }) => document.uri));
    const pins = wanted.flatMap((one) => one.wanted.map(({ view }) => view.pin));
    const beside = new Set(pins.flatMap((pin) => [...filesOf(pin)]).filter((file) => !uris.has(file)));
    const { refused, ...planned } = planDocuments(wanted, await readAll(beside));
    const gone = [...changes].flatMap(([uri, lost]) => (uris.has(uri) ? [] : lost));
    return {
      ...planned,
      refused: [...refused, ...gone.map(({ view }) => ({ view, problem: changedMeanwhile(view) }))],
    };
  };

  const isOutdated = async ({ document, version }: SourceDocument): Promise<boolean> => {
    const now = await documents.read(document.uri);
    return now?.version !== version || now.document.getText() !== document.getText();
  };

  return {
    plan,
    async land(changes, { label, needsConfirmation, signal }) {
      let reason: string | null = null;
      for (let tries = 0; ; tries++) {
        signal.throwIfAborted();
        const planned = await plan(changes);
        const { refused } = planned;
        const changed = planned.changes.map(({ view }) => view);
        if (changed.length === 0) return { landed: [], refused, isDiscarded: false };
        if (support.applyEdit && tries < TRIES) {
          const edit = workspaceEditOf(planned, support, needsConfirmation);
          const result = await apply({ label, edit });
          if (result.applied) return { landed: changed, refused, isDiscarded: false };
          reason = result.failureReason ?? null;
          const outdated = await Promise.all([...planned.sources.values()].map(isOutdated));
          if (outdated.includes(true)) continue;
          if (needsConfirmation) return { landed: [], refused, isDiscarded: true };
        }
        const problem = support.applyEdit ? editRefused(reason) : TAKES_NO_EDITS;
        return { landed: [], refused: [...refused, ...changed.map((view) => ({ view, problem }))], isDiscarded: false };
      }
    },
  };
}

const TAKES_NO_EDITS: Problem = {
  code: "edit-refused",
  message: 'This editor takes no edits from a language server; run "dockpin update" instead.',
};

function editRefused(reason: string | null): Problem {
  const why = reason === null || reason === "" ? "it gave no reason" : reason;
  return { code: "edit-refused", message: `The editor did not apply the edit: ${why}; try again.` };
}
