import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  type AnnotatedTextEdit,
  type ClientCapabilities,
  type TextDocumentContentChangeEvent,
  TextDocumentEdit,
  type TextEdit,
  type WorkspaceEdit,
} from "vscode-languageserver-protocol";
import { TextDocument } from "vscode-languageserver-textdocument";

/** The documents as the client has them: open ones with a version, all others on the disk. */
export interface DocumentMirror {
  readonly open: ReadonlyMap<string, TextDocument>;
  text(uri: string): string;
  set(uri: string, text: string): TextDocument;
  change(uri: string, changes: readonly TextDocumentContentChangeEvent[]): TextDocument;
  remove(uri: string): void;
  /**
   * Applies all of an edit or nothing: refused when it was made for another version of an open document. Open documents
   * change through `changed`, closed ones on the disk.
   */
  apply(edit: WorkspaceEdit): { readonly applied: true } | { readonly applied: false; readonly failureReason: string };
}

interface FileEdit {
  readonly uri: string;
  readonly version: number | null;
  readonly edits: readonly TextEdit[];
}

/** @param changed is called with what a client would send as `textDocument/didChange` */
export function createDocumentMirror(
  changed: (document: TextDocument, changes: readonly TextDocumentContentChangeEvent[]) => void,
): DocumentMirror {
  const open = new Map<string, TextDocument>();

  const change = (uri: string, changes: readonly TextDocumentContentChangeEvent[]) => {
    const document = open.get(uri);
    if (document === undefined) throw new Error(`${uri} is not open`);
    TextDocument.update(document, [...changes], document.version + 1);
    changed(document, changes);
    return document;
  };

  const text = (uri: string) => open.get(uri)?.getText() ?? readFileSync(fileURLToPath(uri), "utf8");

  return {
    open,
    text,
    set(uri, content) {
      const document = TextDocument.create(uri, "nix", 1, content);
      open.set(uri, document);
      return document;
    },
    change,
    remove: (uri) => {
      open.delete(uri);
    },
    apply(edit) {
      const files = fileEditsOf(edit);
      const stale = files.find(({ uri, version }) => version !== null && open.get(uri)?.version !== version);
      if (stale !== undefined) {
        const failureReason = `${stale.uri} is at version ${open.get(stale.uri)?.version ?? "none"}, not ${stale.version}`;
        return { applied: false, failureReason };
      }
      for (const { uri, edits } of files) {
        if (open.has(uri)) change(uri, backwards(edits));
        else {
          const document = TextDocument.create(uri, "nix", 0, text(uri));
          writeFileSync(fileURLToPath(uri), TextDocument.applyEdits(document, [...edits]));
        }
      }
      return { applied: true };
    },
  };
}

/** The edits of each file, whichever form the workspace edit has. */
export function fileEditsOf(edit: WorkspaceEdit): readonly FileEdit[] {
  const versioned = (edit.documentChanges ?? []).map((change): FileEdit => {
    if (!TextDocumentEdit.is(change)) throw new Error(`no edit of a text: ${JSON.stringify(change)}`);
    return { ...change.textDocument, edits: change.edits.filter((one): one is TextEdit => "newText" in one) };
  });
  const plain = Object.entries(edit.changes ?? {}).map(([uri, edits]) => ({ uri, version: null, edits }));
  return [...versioned, ...plain];
}

/** What a client that announced these capabilities cannot understand in a workspace edit. */
export function unsupportedParts(edit: WorkspaceEdit, capabilities: ClientCapabilities): readonly string[] {
  const support = capabilities.workspace?.workspaceEdit;
  const annotated = fileEditsOf(edit).some(({ edits }) => edits.some((one) => "annotationId" in one));
  return [
    ...(edit.documentChanges !== undefined && support?.documentChanges !== true ? ["documentChanges"] : []),
    ...((edit.changeAnnotations !== undefined || annotated) && support?.changeAnnotationSupport === undefined
      ? ["changeAnnotations"]
      : []),
  ];
}

/** The annotation of each edit, in the order of the edit. */
export function annotationIdsOf(edit: WorkspaceEdit): readonly (string | undefined)[] {
  return fileEditsOf(edit).flatMap(({ edits }) => edits.map((one) => (one as Partial<AnnotatedTextEdit>).annotationId));
}

/** As content changes one after the other, which do not move the ranges of those that follow. */
function backwards(edits: readonly TextEdit[]): TextDocumentContentChangeEvent[] {
  return edits
    .map(({ range, newText }) => ({ range, text: newText }))
    .toSorted((a, b) => b.range.start.line - a.range.start.line || b.range.start.character - a.range.start.character);
}
