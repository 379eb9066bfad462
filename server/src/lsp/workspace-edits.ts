import type { ChangeAnnotation, TextDocumentEdit, TextEdit, WorkspaceEdit } from "vscode-languageserver";
import { applyEdits } from "../nix/edit.ts";
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
  readonly areTicked: boolean;
  /** The same for pins whose image changes in the same way. */
  idOf(change: PinEdits): string;
  all(): Record<string, ChangeAnnotation>;
}

function createAnnotations(needsConfirmation: boolean): Annotations {
  const known: Record<string, ChangeAnnotation> = {};
  return {
    areTicked: needsConfirmation,
    idOf({ label, description }) {
      const id = `${label} ${description}`;
      known[id] ??= { label, description, needsConfirmation };
      return id;
    },
    all: () => known,
  };
}

/** In the order of the text. */
function textEdits(plan: DocumentPlan, annotations: Annotations | null): TextEdit[] {
  const { document } = plan.document;
  const changes = annotations?.areTicked ? joined(plan) : plan.changes;
  return changes
    .flatMap((change) => change.edits.map((edit) => ({ edit, change })))
    .toSorted((one, other) => one.edit.range.start - other.edit.range.start)
    .map(({ edit, change }) => ({
      range: toRange(document, edit.range),
      newText: edit.newText,
      ...(annotations !== null && { annotationId: annotations.idOf(change) }),
    }));
}

/** A pin's edits as one, with what stands between them, so that a preview can't tick its digest without its hash. */
function joined({ document: { document }, changes }: DocumentPlan): PinEdits[] {
  const text = document.getText();
  const all = changes.flatMap(({ edits }) => edits);
  return changes.map((change) => {
    const edits = change.edits.toSorted((one, other) => one.range.start - other.range.start);
    const [first] = edits;
    const last = edits.at(-1);
    if (first === undefined || last === undefined) return change;
    const range = { start: first.range.start, end: last.range.end };
    const isInterleaved = all.some(
      (edit) => !edits.includes(edit) && edit.range.start >= range.start && edit.range.end <= range.end,
    );
    if (isInterleaved) return change;
    const oldText = text.slice(range.start, range.end);
    const shifted = edits.map((edit) => ({
      ...edit,
      range: { start: edit.range.start - range.start, end: edit.range.end - range.start },
    }));
    return { ...change, edits: [{ file: first.file, range, oldText, newText: applyEdits(oldText, shifted) }] };
  });
}
