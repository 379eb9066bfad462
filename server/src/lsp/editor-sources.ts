import { realpathSync } from "node:fs";
import type { TextDocument } from "vscode-languageserver-textdocument";
import type { Clock } from "../base/clock.ts";
import { createSourceFiles, type WorkspaceSourceFiles } from "../files/source-files.ts";
import { isSystemError } from "../files/system-error.ts";
import type { SourceFiles } from "../nix/source.ts";
import { pathOf, uriOf, type WorkspaceFolders } from "./workspace-folders.ts";

/** The files of the workspace by URI: as they are in the editor, else on disk. */
export interface EditorSources extends SourceFiles {
  /** A file on disk may have changed. */
  forget(): void;
}

interface Parts {
  readonly documents: { get(uri: string): TextDocument | undefined; all(): TextDocument[] };
  readonly folders: Pick<WorkspaceFolders, "paths">;
  readonly clock: Pick<Clock, "now">;
}

/** Milliseconds that what was read from the disk counts, for the sake of editors that do not watch files. */
const TRUSTED_FOR = 2_000;

export function createEditorSources({ documents, folders, clock }: Parts): EditorSources {
  /** The open document at each path, links resolved. */
  const openByPath = (): Map<string, TextDocument> => {
    const pairs = documents.all().flatMap((document) => {
      const path = pathOf(document.uri);
      return path === null ? [] : [[resolved(path), document] as const];
    });
    return new Map(pairs);
  };
  const create = (): WorkspaceSourceFiles => {
    const open = openByPath();
    return createSourceFiles({
      folders: folders.paths(),
      pathOf,
      nameOf: (path) => open.get(resolved(path))?.uri ?? uriOf(path),
      // A file may be open that is not on the disk yet.
      overlay: (path) => open.get(resolved(path))?.getText() ?? null,
    });
  };

  let known: { readonly files: WorkspaceSourceFiles; readonly open: string; readonly since: number } | null = null;
  const current = (): WorkspaceSourceFiles => {
    const open = documents
      .all()
      .map(({ uri }) => uri)
      .join("\n");
    if (known?.open !== open || clock.now() - known.since > TRUSTED_FOR) {
      known = { files: create(), open, since: clock.now() };
    }
    return known.files;
  };

  return {
    open(from, path, kind) {
      const found = current().open(from, path, kind);
      if (!("text" in found)) return found;
      return { file: found.file, text: documents.get(found.file)?.getText() ?? found.text };
    },
    forget() {
      known = null;
    },
  };
}

function resolved(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if (isSystemError(error)) return path;
    throw error;
  }
}
