import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type HashEncoding,
  isPlaceholderHash,
  parseHash,
  printHash,
  sriHash,
} from "../../../server/src/nix/hash-encoding.ts";
import type { HashAttribute } from "../../../server/src/nix/pin.ts";
import { type Digest, digestFromHex } from "../../../server/src/oci/digest.ts";

const HEX = "98ea6e4f216f2fb4b69fff9b3a44842c38686ca685f3f55dc48c5d3fb1107be4";
const DIGEST = digestFromHex(HEX);
const BASE64 = "mOpuTyFvL7S2n/+bOkSELDhobKaF8/VdxIxdP7EQe+Q=";
const BASE32 = "1r3v22qkypccqifzbww5lrn6hf1chi23m6zzkyvb8bvg457nxslq";

/** The same hash, as Nix prints it in every encoding. */
const WRITTEN: Record<HashEncoding, string> = {
  sri: `sha256-${BASE64}`,
  base32: BASE32,
  base64: BASE64,
  base16: HEX,
  "prefixed-base32": `sha256:${BASE32}`,
  "prefixed-base64": `sha256:${BASE64}`,
  "prefixed-base16": `sha256:${HEX}`,
};
const ENCODINGS = Object.keys(WRITTEN) as HashEncoding[];
const anyDigest: fc.Arbitrary<Digest> = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes) => digestFromHex(Buffer.from(bytes).toString("hex")));

describe("one hash in every encoding", () => {
  test.each(ENCODINGS)("%s", (encoding) => {
    expect(printHash(DIGEST, encoding)).toBe(WRITTEN[encoding]);
    expect(parseHash(WRITTEN[encoding], "sha256")).toEqual({ ok: true, value: { digest: DIGEST, encoding } });
  });

  // Published pair of the nixpkgs manual's example.
  test("a base32 and an SRI hash of the same image", () => {
    const digest = parseHash("1q6cf2pdrasa34zz0jw7pbs6lvv52rq2aibgxccbwcagwkg2qj1q", "sha256");
    expect(digest.ok && sriHash(digest.value.digest)).toBe("sha256-OEgs3uRPMb4Y629FJXAWZW9q9LqHS/A/GUqr3K5wzOA=");
  });

  test("any digest comes back from any encoding", () => {
    fc.assert(
      fc.property(anyDigest, fc.constantFrom(...ENCODINGS), (digest, encoding) => {
        expect(parseHash(printHash(digest, encoding), "sha256")).toEqual({ ok: true, value: { digest, encoding } });
      }),
    );
  });
});

describe("what an attribute accepts", () => {
  test.each<[HashAttribute, string, HashEncoding]>([
    ["hash", WRITTEN.sri, "sri"],
    ["hash", WRITTEN.sri.slice(0, -1), "sri"],
    ["hash", WRITTEN["prefixed-base32"], "prefixed-base32"],
    ["hash", WRITTEN["prefixed-base16"], "prefixed-base16"],
    ["hash", WRITTEN["prefixed-base64"], "prefixed-base64"],
    ["hash", `sha256:${HEX.toUpperCase()}`, "prefixed-base16"],
    ["sha256", WRITTEN.sri.slice(0, -1), "sri"],
    ["sha256", HEX.toUpperCase(), "base16"],
    ["outputHash", BASE32, "base32"],
    // Two bits of the last character mean nothing, and Nix does not look at them.
    ["hash", `sha256-${BASE64.replace("Q=", "R=")}`, "sri"],
  ])("%s = %j", (attribute, text, encoding) => {
    expect(parseHash(text, attribute)).toEqual({ ok: true, value: { digest: DIGEST, encoding } });
  });

  const malformed = { code: "malformed-hash" };
  test.each<[HashAttribute, string, { code: string; message?: unknown }]>([
    ["hash", BASE32, { ...malformed, message: expect.stringContaining(WRITTEN.sri) }],
    ["hash", HEX, { ...malformed, message: expect.stringContaining(WRITTEN.sri) }],
    ["hash", BASE64, { ...malformed, message: expect.stringContaining(WRITTEN.sri) }],
    ["hash", `sha256-${BASE32}`, { ...malformed, message: expect.stringContaining('"sha256:"') }],
    ["hash", `sha256-${HEX}`, { ...malformed, message: expect.stringContaining('"sha256:"') }],
    ["hash", "sha256-", malformed],
    ["hash", "sha256:", malformed],
    ["hash", "", malformed],
    ["hash", "lib.fakeHash", malformed],
    ["sha256", "sha256-latest", malformed],
    ["sha256", BASE64.slice(0, -1), malformed],
    ["sha256", `sha256:${BASE64.slice(0, -1)}`, malformed],
    ["sha256", BASE32.slice(1), malformed],
    ["sha256", `${BASE32}0`, malformed],
    ["sha256", BASE32.toUpperCase(), malformed],
    ["sha256", BASE32.replace("q", "e"), malformed],
    ["sha256", "z".repeat(52), malformed],
    ["sha256", HEX.slice(1), malformed],
    ["sha256", `g${HEX.slice(1)}`, malformed],
    ["sha256", ` ${HEX}`, malformed],
    ["sha256", `${HEX}\n`, malformed],
    ["sha256", `sha256:${WRITTEN.sri}`, malformed],
    ["sha256", `SHA256-${BASE64}`, malformed],
    ["sha256", `sha256-${BASE64.replaceAll("+", "-").replaceAll("/", "_")}`, malformed],
    ["sha256", `sha256-${BASE64.slice(0, 20)}=${BASE64.slice(21)}`, malformed],
    ["sha256", `md5-${BASE64}`, malformed],
    ["hash", `sha512-${"A".repeat(86)}==`, { code: "hash-encoding-unsupported" }],
    ["hash", `sha1:${"0".repeat(40)}`, { code: "hash-encoding-unsupported" }],
  ])("%s = %j is refused", (attribute, text, problem) => {
    expect(parseHash(text, attribute)).toMatchObject({ ok: false, problem });
  });

  test("nothing makes it throw", () => {
    const attribute = fc.constantFrom<HashAttribute>("hash", "sha256", "outputHash");
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: fc.constantFrom(...`${BASE32}=+/A-:`), minLength: 40, maxLength: 66 }),
    );
    fc.assert(
      fc.property(fc.constantFrom("", "sha256-", "sha256:", "sha512-"), text, attribute, (prefix, rest, under) => {
        const parsed = parseHash(prefix + rest, under);
        if (parsed.ok) expect(parseHash(printHash(parsed.value.digest, parsed.value.encoding), under)).toEqual(parsed);
        else expect(parsed.problem.message).toMatch(/^The hash ".*[.]$/);
      }),
    );
  });
});

describe("a placeholder", () => {
  const zero = digestFromHex("0".repeat(64));
  test.each(["", "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", ...ENCODINGS.map((e) => printHash(zero, e))])(
    "%j is one",
    (text) => {
      expect(isPlaceholderHash(text)).toBe(true);
    },
  );

  test.each([...Object.values(WRITTEN), "sha256-", "0", " "])("%j is none", (text) => {
    expect(isPlaceholderHash(text)).toBe(false);
  });
});
