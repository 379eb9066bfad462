import type { CodeAction, WorkspaceEdit } from "vscode-languageserver";
import type { Clock } from "../base/clock.ts";
import { CodedError } from "../base/errors.ts";
import type { ClientSupport } from "./client-support.ts";
import type { EditLanding } from "./edit-landing.ts";
import type { WantedChange } from "./edit-planning.ts";
import { type CodeActionData, fixAllPins } from "./features/code-action.ts";
import { offlineEdits } from "./features/offline-edits.ts";
import { changesOf, type PinPlace, updatePlaces } from "./many-pins.ts";
import { type PinDocuments, textsOf } from "./pin-documents.ts";
import { type PinOperations, problemOf } from "./pin-operations.ts";
import { createProgressReport } from "./progress-report.ts";
import { workspaceEditOf } from "./workspace-edits.ts";

interface Parts {
  readonly documents: PinDocuments;
  readonly operations: PinOperations;
  readonly landing: Pick<EditLanding, "plan">;
  readonly support: ClientSupport;
  readonly clock: Clock;
}

/** Computes the edit of a code action, which may download. Throws what hinders it. */
export async function editOfAction(
  action: CodeAction,
  { documents, operations, landing, support, clock }: Parts,
  signal: AbortSignal,
): Promise<WorkspaceEdit | null> {
  const data = action.data as CodeActionData;
  if (data.kind === "fixAll") {
    const document = await documents.open(data.uri);
    if (document === null) return null;
    const places = fixAllPins(document.views).map((view) => ({ document, view }));
    const report = createProgressReport({ report: () => {} }, places.length, clock, signal);
    const outcomes = await updatePlaces(places, operations, document.settings.concurrency, report, signal);
    return planned(landing, support, data.uri, changesOf(outcomes).get(data.uri) ?? []);
  }
  const place = await documents.find(data.pin);
  if (place === null) throw new CodedError("file-changed", "The pin was changed since; ask for the actions anew.");
  if (data.kind === "offline") return offlineEdit(data.fix, place, support);
  const options = { settings: place.document.settings, signal, isFresh: true, isAttended: true };
  const { view, document } = place;
  if (data.kind === "rehash") {
    const result = await operations.rehash(view, options);
    return result?.ok ? planned(landing, support, data.pin.uri, [{ view, change: result.value }]) : refuse(result);
  }
  const result = await operations.update(view, textsOf(document), options);
  if (!result?.ok) return refuse(result);
  const { change, problem } = result.value;
  if (change !== null) return planned(landing, support, data.pin.uri, [{ view, change }]);
  if (problem !== null) throw new CodedError(problem.code, problem.message);
  return null;
}

/** The edit of a fix that needs no registry. */
export function offlineEdit(
  fix: Extract<CodeActionData, { kind: "offline" }>["fix"],
  { document, view }: PinPlace,
  support: Pick<ClientSupport, "documentChanges">,
): WorkspaceEdit {
  const edits = offlineEdits(fix, textsOf(document), view, document.views);
  const changes = [{ view, edits, label: "", description: "" }];
  return workspaceEditOf({ changes, sources: document.sources }, { ...support, changeAnnotations: false }, false);
}

async function planned(
  landing: Pick<EditLanding, "plan">,
  support: ClientSupport,
  uri: string,
  wanted: readonly WantedChange[],
): Promise<WorkspaceEdit> {
  const plan = await landing.plan(new Map([[uri, wanted]]));
  const [refused] = plan.refused;
  if (plan.changes.length === 0 && refused !== undefined) {
    throw new CodedError(refused.problem.code, refused.problem.message);
  }
  // The user picked this one action: there is nothing to choose between.
  return workspaceEditOf(plan, { ...support, changeAnnotations: false }, false);
}

function refuse(result: Parameters<typeof problemOf>[0]): null {
  const problem = problemOf(result);
  if (problem !== null) throw new CodedError(problem.code, problem.message);
  return null;
}
