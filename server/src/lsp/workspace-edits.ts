import type { ChangeAnnotation, TextDocumentEdit, TextEdit, WorkspaceEdit } from "vscode-languageserver";
import type { ClientSupport } from "./client-support.ts";
import type { DocumentPlan, PinEdits } from "./edit-planning.ts";
import { toRange } from "./features/text-positions.ts";

type EditSupport = Pick<ClientSupport, "documentChanges" | "changeAnnotations">;

/**
 * One edit for all documents: versioned, with one annotation per image, as far as the client knows of either.
 *
 * @param needsConfirmation whether the user ticks each annotation before it is applied
 */
export function workspaceEditOf(
  plans: readonly DocumentPlan[],
  support: EditSupport,
  needsConfirmation: boolean,
): WorkspaceEdit {
  const changed = plans.filter(({ changes }) => changes.length > 0);
  if (!support.documentChanges) {
    return { changes: Object.fromEntries(changed.map((plan) => [plan.document.document.uri, textEdits(plan, null)])) };
  }
  const annotations = support.changeAnnotations ? createAnnotations(needsConfirmation) : null;
  const documentChanges = changed.map((plan): TextDocumentEdit => {
    const { document, version } = plan.document;
    return { textDocument: { uri: document.uri, version }, edits: textEdits(plan, annotations) };
  });
  return annotations === null ? { documentChanges } : { documentChanges, changeAnnotations: annotations.all() };
}

interface Annotations {
  /** The same for pins whose image changes in the same way. */
  idOf(change: PinEdits): string;
  all(): Record<string, ChangeAnnotation>;
}

function createAnnotations(needsConfirmation: boolean): Annotations {
  const known: Record<string, ChangeAnnotation> = {};
  return {
    idOf({ label, description }) {
      const id = `${label} ${description}`;
      known[id] ??= { label, description, needsConfirmation };
      return id;
    },
    all: () => known,
  };
}

/** In the order of the text. */
function textEdits({ document: { document }, changes }: DocumentPlan, annotations: Annotations | null): TextEdit[] {
  return changes
    .flatMap((change) => change.edits.map((edit) => ({ edit, change })))
    .toSorted((one, other) => one.edit.range.start - other.edit.range.start)
    .map(({ edit, change }) => ({
      range: toRange(document, edit.range),
      newText: edit.newText,
      ...(annotations !== null && { annotationId: annotations.idOf(change) }),
    }));
}
