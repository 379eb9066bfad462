import { workspace } from "vscode";

type Filter = { readonly scheme: string } & ({ readonly language: string } | { readonly pattern: string });

/**
 * Nix code on disk, unsaved, and in a virtual workspace. Not the old sides of diffs, nor whatever else shows a copy under a
 * scheme of its own.
 */
export function nixDocuments(): Filter[] {
  return ["untitled", ...fileSchemes()].flatMap((scheme) => [
    { scheme, language: "nix" },
    { scheme, pattern: "**/*.nix" },
  ]);
}

/** Files that Nix code may read its data from. The server looks closer only at those that have a digest. */
export function dataDocuments(): Filter[] {
  return fileSchemes().map((scheme) => ({ scheme, pattern: "**/*.{json,toml}" }));
}

function fileSchemes(): string[] {
  const folders = workspace.workspaceFolders ?? [];
  return [...new Set(["file", ...folders.map((folder) => folder.uri.scheme)])];
}
