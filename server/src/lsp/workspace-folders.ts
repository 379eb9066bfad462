import { isAbsolute, relative, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { InitializeParams, WorkspaceFoldersChangeEvent } from "vscode-languageserver";

/** The folders that the user has opened. */
export interface WorkspaceFolders {
  /** Of those on this machine's disk. */
  paths(): readonly string[];
  /** Whether a document is in one of them, wherever they are; true for all when no folder is open. */
  contains(uri: string): boolean;
  /** Relative to its folder, with slashes; empty when it is in none on disk. */
  relativePath(uri: string): string;
  change(event: WorkspaceFoldersChangeEvent): void;
}

export function openWorkspaceFolders({ workspaceFolders, rootUri }: InitializeParams): WorkspaceFolders {
  const uris = new Set(workspaceFolders?.map(({ uri }) => uri) ?? (rootUri ? [rootUri] : []));
  const paths = () => [...uris].flatMap((uri) => pathOf(uri) ?? []);
  return {
    paths,
    contains: (uri) => uris.size === 0 || [...uris].some((folder) => uri.startsWith(withSlash(folder))),
    relativePath(uri) {
      const path = pathOf(uri);
      if (path === null) return "";
      const inside = paths()
        .map((folder) => relative(folder, path))
        .filter((below) => below !== "" && !isAbsolute(below) && !/^\.\.(?:[/\\]|$)/.test(below));
      return (
        inside
          .toSorted((a, b) => a.length - b.length)[0]
          ?.split(sep)
          .join("/") ?? ""
      );
    },
    change({ added, removed }) {
      for (const { uri } of removed) uris.delete(uri);
      for (const { uri } of added) uris.add(uri);
    },
  };
}

/** Null for what is not on disk: an unsaved document, another file system. */
export function pathOf(uri: string): string | null {
  if (!uri.startsWith("file:")) return null;
  try {
    return fileURLToPath(uri);
  } catch {
    // A host, or an encoded slash: no path can name it.
    return null;
  }
}

export function uriOf(path: string): string {
  return pathToFileURL(path).href;
}

function withSlash(uri: string): string {
  return uri.endsWith("/") ? uri : `${uri}/`;
}
