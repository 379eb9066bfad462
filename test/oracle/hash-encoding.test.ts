import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { type HashEncoding, parseHash, printHash } from "../../server/src/nix/hash-encoding.ts";
import { digestHex, digestOf } from "../../server/src/oci/digest.ts";
import { isMissing } from "../support/tools.ts";

const run = promisify(execFile);

const DIGESTS = Array.from({ length: 100 }, (_, seed) => digestOf(Buffer.from(`image ${seed}`)));
const ENCODINGS: readonly HashEncoding[] = [
  "sri",
  "base32",
  "base64",
  "base16",
  "prefixed-base32",
  "prefixed-base64",
  "prefixed-base16",
];

/** A fixed-output derivation as nixpkgs makes it of `hash` or `sha256`; its path depends on what Nix reads the hash as. */
function outPath(attribute: "hash" | "sha256", hash: string): string {
  const algorithm = attribute === "sha256" ? 'outputHashAlgo = "sha256"; ' : "";
  const name = 'name = "image.tar"; system = "x86_64-linux"; builder = "none"; outputHashMode = "flat"; ';
  return `(derivation { ${name}${algorithm}outputHash = ${JSON.stringify(hash)}; }).outPath`;
}

async function evaluate(expression: string): Promise<unknown> {
  const { stdout } = await run("nix-instantiate", [
    ...["--eval", "--strict", "--json", "--store", "dummy://"],
    ...["-E", expression],
  ]);
  return JSON.parse(stdout);
}

describe.skipIf(isMissing("nix-hash"))("nix-hash", () => {
  test.each(["base32", "base16"] as const)("prints %s as printHash does", async (encoding) => {
    const { stdout } = await run("nix-hash", ["--type", "sha256", `--to-${encoding}`, ...DIGESTS.map(digestHex)]);
    expect(stdout.trim().split("\n")).toEqual(DIGESTS.map((digest) => printHash(digest, encoding)));
  });
});

describe.skipIf(isMissing("nix-instantiate"))("Nix", () => {
  test("reads the same hash out of every encoding that printHash writes", async () => {
    const ofHex = DIGESTS.map((digest) => outPath("sha256", digestHex(digest)));
    for (const encoding of ENCODINGS) {
      const written = DIGESTS.map((digest) => outPath("sha256", printHash(digest, encoding)));
      const lists = `[ [ ${written.map((path) => `(${path})`).join(" ")} ] [ ${ofHex.map((path) => `(${path})`).join(" ")} ] ]`;
      const [actual, expected] = (await evaluate(lists)) as [string[], string[]];
      expect(actual).toEqual(expected);
      expect(new Set(actual).size).toBe(DIGESTS.length);
    }
  });

  const [digest] = DIGESTS as [(typeof DIGESTS)[number]];
  const [base64, base32, hex] = (["base64", "base32", "base16"] as const).map((one) => printHash(digest, one)) as [
    string,
    string,
    string,
  ];
  const texts = [
    ...ENCODINGS.map((encoding) => printHash(digest, encoding)),
    hex.toUpperCase(),
    `sha256:${hex.toUpperCase()}`,
    `sha256-${base64.slice(0, -1)}`,
    base64.slice(0, -1),
    `sha256:${base64.slice(0, -1)}`,
    `sha256-${base32}`,
    `sha256-${hex}`,
    `sha256:sha256-${base64}`,
    `SHA256-${base64}`,
    `md5-${base64}`,
    base32.toUpperCase(),
    base32.slice(1),
    `e${base32.slice(1)}`,
    "z".repeat(52),
    hex.slice(1),
    `sha256-${base64.slice(0, 20)}=${base64.slice(21)}`,
    `sha256-${base64.slice(0, 20)}_${base64.slice(21)}`,
    "sha256-",
    "sha256:",
    "sha256-latest",
    "TODO",
  ];
  test.each(texts.flatMap((text) => [["hash", text] as const, ["sha256", text] as const]))(
    "accepts or refuses %s = %j as parseHash does",
    async (attribute, text) => {
      const lists = `[ (${outPath(attribute, text)}) (${outPath("sha256", hex)}) ]`;
      const isRead = await (evaluate(lists) as Promise<string[]>).then(
        ([actual, expected]) => actual === expected,
        (error: Error) => {
          expect(error.message).toMatch(/hash|Base64/);
          return false;
        },
      );
      const parsed = parseHash(text, attribute);
      expect(parsed.ok && parsed.value.digest === digest).toBe(isRead);
    },
  );
});
