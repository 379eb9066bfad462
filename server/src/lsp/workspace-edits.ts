import type { ChangeAnnotation, TextDocumentEdit, TextEdit, WorkspaceEdit } from "vscode-languageserver";
import { applyEdits } from "../nix/edit.ts";
import type { TextEdit as PlannedEdit } from "../nix/pin.ts";
import type { ClientSupport } from "./client-support.ts";
import type { EditPlan, PinEdits } from "./edit-planning.ts";
import { toRange } from "./features/text-positions.ts";
import type { SourceDocument } from "./pin-documents.ts";

type EditSupport = Pick<ClientSupport, "documentChanges" | "changeAnnotations">;

/**
 * One edit for all files: versioned, with one annotation per image, as far as the client knows of either.
 *
 * @param needsConfirmation whether the user ticks each annotation before it is applied
 */
export function workspaceEditOf(
  { changes, sources }: Pick<EditPlan, "changes" | "sources">,
  support: EditSupport,
  needsConfirmation: boolean,
): WorkspaceEdit {
  const changed = [...sources.values()].filter(({ document: { uri } }) =>
    changes.some(({ edits }) => edits.some(({ file }) => file === uri)),
  );
  const annotations =
    support.documentChanges && support.changeAnnotations ? createAnnotations(needsConfirmation) : null;
  const editsIn = (source: SourceDocument) => textEdits(source, changes, annotations);
  if (!support.documentChanges) {
    return { changes: Object.fromEntries(changed.map((source) => [source.document.uri, editsIn(source)])) };
  }
  const documentChanges = changed.map((source): TextDocumentEdit => {
    const { uri } = source.document;
    return { textDocument: { uri, version: source.version }, edits: editsIn(source) };
  });
  return annotations === null ? { documentChanges } : { documentChanges, changeAnnotations: annotations.all() };
}

/** The URIs of the files that an edit of `workspaceEditOf` changes. */
export function filesOfEdit({ changes = {}, documentChanges = [] }: WorkspaceEdit): string[] {
  const versioned = documentChanges.flatMap((change) => ("textDocument" in change ? [change.textDocument.uri] : []));
  return [...Object.keys(changes), ...versioned];
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
function textEdits(source: SourceDocument, all: readonly PinEdits[], annotations: Annotations | null): TextEdit[] {
  const { document } = source;
  const here = all.map((change) => ({ ...change, edits: change.edits.filter(({ file }) => file === document.uri) }));
  const changes = annotations?.areTicked ? joined(document.getText(), here) : here;
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
function joined(text: string, changes: readonly PinEdits[]): PinEdits[] {
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
    const shifted = edits.map(
      (edit): PlannedEdit => ({
        ...edit,
        range: { start: edit.range.start - range.start, end: edit.range.end - range.start },
      }),
    );
    return { ...change, edits: [{ file: first.file, range, oldText, newText: applyEdits(oldText, shifted) }] };
  });
}
