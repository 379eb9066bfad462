import { workspace } from "vscode";

type Filter = { readonly scheme: string } & ({ readonly language: string } | { readonly pattern: string });

/**
 * Which documents dockpin works on: Nix files on disk, unsaved ones, and those of a virtual workspace. Not the old sides
 * of diffs, nor whatever else shows a copy under a scheme of its own.
 */
export function nixDocuments(): Filter[] {
  const folders = workspace.workspaceFolders ?? [];
  const schemes = new Set(["file", "untitled", ...folders.map((folder) => folder.uri.scheme)]);
  return [...schemes].flatMap((scheme) => [
    { scheme, language: "nix" },
    { scheme, pattern: "**/*.nix" },
  ]);
}
