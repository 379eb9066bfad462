import { describe, expect, test } from "vitest";
import { folderNar } from "../../../server/src/archive/nar.ts";
import { digestOf } from "../../../server/src/oci/digest.ts";

/** The whole archive of files with these contents. */
function narOf(files: Readonly<Record<string, string>>): Buffer {
  const named = Object.entries(files).map(([name, text]) => ({ name, bytes: Buffer.from(text) }));
  const parts = folderNar(named.map(({ name, bytes }) => ({ name, size: bytes.length, bytes })));
  return Buffer.concat([...parts].map((part) => (part.kind === "bytes" ? part.bytes : part.file.bytes)));
}

/** Every string of an archive, its length and padding checked. */
function stringsOf(nar: Buffer): string[] {
  const strings: string[] = [];
  for (let at = 0; at < nar.length; ) {
    const length = Number(nar.readBigUInt64LE(at));
    const end = at + 8 + length;
    strings.push(nar.toString("utf8", at + 8, end));
    at = Math.ceil(end / 8) * 8;
    expect(nar.subarray(end, at).every((byte) => byte === 0)).toBe(true);
  }
  return strings;
}

describe("the Nix archive of a folder", () => {
  // By `nix-hash --type sha256` of Nix 2.8 for the same folders.
  test.each<[files: Readonly<Record<string, string>>, sha256: string]>([
    [{}, "a50a5ab6d992f5598edd92105059fae9acfc192981e08bd88534c2167e92526a"],
    [{ a: "" }, "b06c86c4e12a6a0de1d20c62055dee65667534c00e81d613a431f586f9ba3d60"],
    [
      { version: "Directory Transport Version: 1.1\n", "manifest.json": "{}", "0a": "1234567", "00": "12345678" },
      "5f028c465e61576d898d9bb73e60681107ae4a9fb098af53637cbd560bcfa916",
    ],
  ])("%j hashes to %s", (files, sha256) => {
    expect(digestOf(narOf(files))).toBe(`sha256:${sha256}`);
  });

  test("is strings, each with its length and padded to 8 bytes", () => {
    expect(stringsOf(narOf({ b: "content", a: "" }))).toEqual([
      ...["nix-archive-1", "(", "type", "directory"],
      ...["entry", "(", "name", "a", "node", "(", "type", "regular", "contents", "", ")", ")"],
      ...["entry", "(", "name", "b", "node", "(", "type", "regular", "contents", "content", ")", ")"],
      ")",
    ]);
  });

  test("has its files in the order of their names' bytes", () => {
    // In UTF-16 U+FF5E sorts behind U+1F600, in UTF-8 before it.
    const names = ["b", "a", "B", "10", "9", "\u{1f600}", "\uff5e", "é"];
    const strings = stringsOf(narOf(Object.fromEntries(names.map((name) => [name, ""]))));
    const inOrder = strings.filter((_, index) => strings[index - 1] === "name");
    expect(inOrder).toEqual(["10", "9", "B", "a", "b", "é", "\uff5e", "\u{1f600}"]);
  });

  test("states sizes of 4 GiB and more in 64 bits", () => {
    const [, entry] = [...folderNar([{ name: "a", size: 2 ** 32 + 5 }])];
    if (entry?.kind !== "bytes") throw new Error("the head of the entry comes first");
    expect(Buffer.from(entry.bytes).readBigUInt64LE(entry.bytes.length - 8)).toBe(2n ** 32n + 5n);
  });
});
