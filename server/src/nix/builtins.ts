import { external, type Value } from "./value.ts";

/** The names that Nix binds outside every file; they go before what `with` offers. */
const GLOBAL_NAMES = new Set(
  (
    "abort baseNameOf break builtins derivation derivationStrict dirOf false fetchGit fetchMercurial fetchTarball fetchTree " +
    "fromTOML import isNull map null placeholder removeAttrs scopedImport throw toString true"
  ).split(" "),
);

/** The value of a built-in name; null when it is none. */
export function globalValue(name: string): Value | null {
  if (name === "true" || name === "false") return { kind: "boolean", value: name === "true" };
  if (name === "null") return { kind: "null" };
  return GLOBAL_NAMES.has(name) || name.startsWith("__") ? external([name]) : null;
}

const FAKE_HASHES: Readonly<Record<string, string>> = {
  fakeHash: "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
  fakeSha256: "0".repeat(64),
};

/** What `lib.fakeHash` or `lib.fakeSha256` of nixpkgs is, given the path that an expression stands for; else null. */
export function fakeHash(path: readonly string[]): string | null {
  const [lib, name] = path.slice(-2);
  const isNixpkgs = path.length <= 4 && path.every((part) => /^[\w'-]+$|^<?nixpkgs(?:\/lib)?>?(?:\(…\))?$/.test(part));
  return lib === "lib" && isNixpkgs && name !== undefined ? (FAKE_HASHES[name] ?? null) : null;
}
