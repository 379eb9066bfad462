import { systemOfPackages } from "./systems.ts";

const FAKE_HASHES: Readonly<Record<string, string>> = {
  fakeHash: "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
  fakeSha256: "0".repeat(64),
};

/** What `lib.fakeHash` or `lib.fakeSha256` of nixpkgs is, given the path that an expression stands for; else null. */
export function fakeHash(path: readonly string[]): string | null {
  const [lib, name] = path.slice(-2);
  if (path.length === 2 && lib === "<nixpkgs/lib>") return FAKE_HASHES[name ?? ""] ?? null;
  const isNixpkgs =
    path.length <= 4 && path.every((part) => /^[\w'-]+$|^<?nixpkgs(?:\/lib)?>?(?:\([\w…?-]*\))?$/.test(part));
  return lib === "lib" && isNixpkgs && name !== undefined ? (FAKE_HASHES[name] ?? null) : null;
}

const LIBRARY_PARTS = new Set(["attrsets", "customisation", "importers", "lists", "strings", "trivial", "versions"]);

/**
 * Which function of nixpkgs' `lib` a path stands for: `mapAttrs` of `lib.mapAttrs`, `pkgs.lib.attrsets.mapAttrs` or
 * `inputs.nixpkgs.lib.mapAttrs`; null when it is no such path. Another flake's `lib` (`inputs.x.lib`) is none.
 */
export function libraryName(path: readonly string[]): string | null {
  const name = path.at(-1);
  const part = path.at(-2);
  const libraryAt = part !== undefined && LIBRARY_PARTS.has(part) ? path.length - 3 : path.length - 2;
  if (path[libraryAt] === "<nixpkgs/lib>" && libraryAt === 0) return name ?? null;
  if (name === undefined || path[libraryAt] !== "lib") return null;
  return path.slice(0, libraryAt).every(isWordOfNixpkgs) ? name : null;
}

/** Whether a path stands for nixpkgs' `callPackage` or one of its kin. */
export function isCallPackage(path: readonly string[]): boolean {
  const [name] = path.slice(-1);
  return (name === "callPackage" || name === "callPackages") && path.length <= 4;
}

/** Names of nixpkgs, of its package sets, and of what they are found in. */
function isWordOfNixpkgs(word: string): boolean {
  return (
    /pkgs/i.test(word) || /^(?:inputs|final|prev|super|legacyPackages)$/.test(word) || systemOfPackages(word) !== null
  );
}

/** Whether what a path stands for gives a package set of nixpkgs when it is called: `import nixpkgs`. */
export function isNixpkgsSource(path: readonly string[]): boolean {
  return (
    /nixpkgs|^pkgs$/i.test(path.at(-1) ?? "") && path.slice(0, -1).every((word) => /^(?:inputs|sources)$/.test(word))
  );
}
