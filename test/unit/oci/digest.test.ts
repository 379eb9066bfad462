import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  digestFromHex,
  digestHex,
  digestOf,
  isDigest,
  parseDigest,
  shortDigest,
} from "../../../server/src/oci/digest.ts";

const HEX = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

describe("parseDigest", () => {
  test("takes sha256 and 64 lower-case digits", () => {
    expect(parseDigest(`sha256:${HEX}`)).toEqual({ ok: true, value: `sha256:${HEX}` });
  });

  test.each([
    [`sha256:${HEX.toUpperCase()}`, "malformed-digest", "lower case"],
    [`SHA256:${HEX}`, "malformed-digest", "lower case"],
    [`sha256:${HEX.slice(1)}`, "malformed-digest", "64 hexadecimal digits"],
    [`sha256:${HEX}0`, "malformed-digest", "64 hexadecimal digits"],
    [`sha256:${HEX}\n`, "malformed-digest", "64 hexadecimal digits"],
    [` sha256:${HEX}`, "malformed-digest", "64 hexadecimal digits"],
    [`sha256:g${HEX.slice(1)}`, "malformed-digest", "64 hexadecimal digits"],
    ["sha256:latest", "malformed-digest", "64 hexadecimal digits"],
    [HEX, "malformed-digest", "64 hexadecimal digits"],
    [`sha256-${HEX}`, "malformed-digest", "64 hexadecimal digits"],
    ["", "malformed-digest", "64 hexadecimal digits"],
    [`sha512:${HEX}${HEX}`, "unsupported-digest-algorithm", "sha256"],
    [`sha384:${HEX}`, "unsupported-digest-algorithm", "sha256"],
    [`md5:${HEX.slice(32)}`, "unsupported-digest-algorithm", "sha256"],
  ])("refuses %j", (text, code, why) => {
    expect(parseDigest(text)).toEqual({ ok: false, problem: { code, message: expect.stringContaining(why) } });
    expect(isDigest(text)).toBe(false);
  });

  test("gives back what digestOf makes of any bytes, and only that", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const digest = digestOf(bytes);
        expect(parseDigest(digest)).toEqual({ ok: true, value: digest });
        expect(digestFromHex(digestHex(digest))).toBe(digest);
      }),
    );
  });
});

test("digestOf is SHA-256", () => {
  expect(digestOf(Buffer.from("abc"))).toBe(`sha256:${HEX}`);
  expect(digestOf(new Uint8Array())).toBe("sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
});

test("digestFromHex wants the hex of a sha256", () => {
  expect(() => digestFromHex(HEX.toUpperCase())).toThrow(TypeError);
  expect(() => digestFromHex(HEX.slice(1))).toThrow(TypeError);
});

test("shortDigest keeps twelve digits", () => {
  expect(shortDigest(digestFromHex(HEX))).toBe("sha256:ba7816bf8f01");
});
