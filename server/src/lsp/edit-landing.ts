import type { ApplyWorkspaceEditParams, ApplyWorkspaceEditResult } from "vscode-languageserver";
import type { Problem } from "../base/errors.ts";
import type { ClientSupport } from "./client-support.ts";
import { changedMeanwhile, type DocumentPlan, planDocument, type WantedChange } from "./edit-planning.ts";
import type { PinDocuments } from "./pin-documents.ts";
import type { PinView } from "./pin-view.ts";
import { workspaceEditOf } from "./workspace-edits.ts";

/** Wanted changes by the URI of their document. */
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
  plan(changes: ChangesByDocument): Promise<DocumentPlan[]>;
  land(changes: ChangesByDocument, options: LandingOptions): Promise<Landing>;
}

/** A document may change between the planning and the arrival of the edit, which the client then refuses whole. */
const TRIES = 3;

export function createEditLanding(
  documents: Pick<PinDocuments, "read">,
  support: Pick<ClientSupport, "applyEdit" | "documentChanges" | "changeAnnotations">,
  apply: (params: ApplyWorkspaceEditParams) => Promise<ApplyWorkspaceEditResult>,
): EditLanding {
  const plan = async (changes: ChangesByDocument): Promise<DocumentPlan[]> => {
    const plans = [...changes].map(async ([uri, wanted]) => {
      const document = await documents.read(uri);
      return document === null ? null : planDocument(document, wanted);
    });
    return (await Promise.all(plans)).filter((one) => one !== null);
  };

  const isOutdated = async ({ document: { document, version } }: DocumentPlan): Promise<boolean> => {
    const now = await documents.read(document.uri);
    return now?.version !== version || now.document.getText() !== document.getText();
  };

  return {
    plan,
    async land(changes, { label, needsConfirmation, signal }) {
      let reason: string | null = null;
      for (let tries = 0; ; tries++) {
        signal.throwIfAborted();
        const plans = await plan(changes);
        const changed = plans.flatMap((one) => one.changes.map(({ view }) => view));
        const there = new Set(plans.map(({ document }) => document.document.uri));
        const gone = [...changes].flatMap(([uri, wanted]) => (there.has(uri) ? [] : wanted));
        const refused = [
          ...plans.flatMap((one) => one.refused),
          ...gone.map(({ view }) => ({ view, problem: changedMeanwhile(view) })),
        ];
        if (changed.length === 0) return { landed: [], refused, isDiscarded: false };
        if (support.applyEdit && tries < TRIES) {
          const edit = workspaceEditOf(plans, support, needsConfirmation);
          const result = await apply({ label, edit });
          if (result.applied) return { landed: changed, refused, isDiscarded: false };
          reason = result.failureReason ?? null;
          const outdated = await Promise.all(plans.map(isOutdated));
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
