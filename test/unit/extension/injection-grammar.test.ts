import { describe, expect, test } from "vitest";
import { manifest, read } from "./manifest.ts";

interface Pattern {
  readonly match: string;
  readonly name: string;
  readonly captures?: Readonly<Record<string, { readonly name: string }>>;
}

const grammar = JSON.parse(read("syntaxes/dockpin.injection.tmLanguage.json")) as {
  readonly scopeName: string;
  readonly injectionSelector: string;
  readonly patterns: readonly { readonly include: string }[];
  readonly repository: Readonly<Record<string, Pattern>>;
};

/** Scope to text, as an editor colours a string: the pattern that matches first wins, then the first in the list. */
function coloured(line: string): Record<string, string> {
  const [first] = grammar.patterns
    .map(({ include }) => grammar.repository[include.slice(1)]!)
    .map((pattern) => ({ pattern, found: new RegExp(pattern.match).exec(line) }))
    .filter(({ found }) => found !== null)
    .toSorted((one, other) => one.found!.index - other.found!.index);
  if (first === undefined) return {};
  const { pattern, found } = first;
  const captures = Object.entries(pattern.captures ?? { 0: { name: pattern.name } });
  return Object.fromEntries(
    captures.flatMap(([group, { name }]) =>
      found![Number(group)] === undefined ? [] : [[name, found![Number(group)]!]],
    ),
  );
}

const digits = "026fa2448a89b050d9316d8c562a813441ab0ec130a7853d57f819a271e60ba9";

test.each([
  [
    "a digest",
    `imageDigest = "sha256:${digits}";`,
    {
      "keyword.other.algorithm.dockpin": "sha256",
      "punctuation.separator.digest.dockpin": ":",
      "constant.numeric.hex.digest.dockpin": digits,
    },
  ],
  [
    "an SRI hash",
    'hash = "sha256-IjMYsAmRJPGeM4Ap8XYkUFXumXHsFC01cuOuuITy5to=";',
    {
      "keyword.other.algorithm.dockpin": "sha256",
      "punctuation.separator.hash.dockpin": "-",
      "constant.numeric.hash.dockpin": "IjMYsAmRJPGeM4Ap8XYkUFXumXHsFC01cuOuuITy5to=",
    },
  ],
  [
    "a hash in Nix's base32",
    'sha256 = "1aqx051br39xrq7z67ix9pnm8nd3ys44prsblfhb0s8af4c3r7sq";',
    { "constant.numeric.hash.dockpin": "1aqx051br39xrq7z67ix9pnm8nd3ys44prsblfhb0s8af4c3r7sq" },
  ],
  ["a hash in hexadecimal", `sha256 = "${digits}";`, { "constant.numeric.hash.dockpin": digits }],
  [
    "a name with a registry",
    'imageName = "ghcr.io/example/notes";',
    {
      "entity.name.namespace.registry.dockpin": "ghcr.io",
      "punctuation.separator.path.dockpin": "/",
      "entity.name.type.repository.dockpin": "example/notes",
    },
  ],
  [
    "a reference with port and tag",
    'image = "localhost:5000/app:v1.2";',
    {
      "entity.name.namespace.registry.dockpin": "localhost:5000",
      "punctuation.separator.path.dockpin": "/",
      "entity.name.type.repository.dockpin": "app",
      "punctuation.separator.tag.dockpin": ":",
      "constant.other.tag.dockpin": "v1.2",
    },
  ],
  [
    "a name on Docker Hub",
    'imageName = "library/alpine";',
    { "meta.reference.dockpin entity.name.type.repository.dockpin": "library/alpine" },
  ],
])("colours %s", (_, line, scopes) => {
  expect(coloured(line)).toEqual(scopes);
});

describe("leaves alone", () => {
  test.each([
    'description = "A tool to pull alpine";',
    'path = "/etc/nixos/configuration.nix";',
    'url = "https://example.org/file.tar.gz";',
    'version = "3.20";',
    'hash = "";',
    'digest = "sha256:123";',
    `sha256 = "${digits}0";`,
  ])("%s", (line) => {
    expect(coloured(line)).toEqual({});
  });
});

test("is injected into the strings of the Nix grammar, and replaces none", () => {
  expect(manifest.contributes.grammars).toEqual([
    {
      scopeName: "dockpin.injection",
      path: "./syntaxes/dockpin.injection.tmLanguage.json",
      injectTo: ["source.nix"],
    },
  ]);
  expect(grammar.scopeName).toBe("dockpin.injection");
  expect(grammar.injectionSelector).toBe("L:string.quoted.double.nix, L:string.quoted.other.nix");
  expect(grammar.patterns.map(({ include }) => include.slice(1)).toSorted()).toEqual(
    Object.keys(grammar.repository).toSorted(),
  );
});
