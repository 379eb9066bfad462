/** The names that Nix binds outside every file; they go before what `with` offers. */
const GLOBAL_NAMES = new Set(
  (
    "abort baseNameOf break builtins derivation derivationStrict dirOf false fetchGit fetchMercurial fetchTarball fetchTree " +
    "fromTOML import isNull map null placeholder removeAttrs scopedImport throw toString true"
  ).split(" "),
);

/** Whether Nix itself binds a name. */
export function isGlobalName(name: string): boolean {
  return GLOBAL_NAMES.has(name) || name.startsWith("__");
}
