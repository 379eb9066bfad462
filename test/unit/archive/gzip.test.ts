import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { gzipMember, gzipMembers } from "../../support/images/gzip.ts";
import { randomBytes } from "../../support/images/random.ts";
import { readLayer } from "../../support/read-layer.ts";

const DATA = Buffer.from("layer ".repeat(20));
const MEMBER = Buffer.from(gzipMember(DATA));

function changed(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at < 0 ? copy.length + at : at]! ^= 1;
  return copy;
}

/** Every way to cut a blob into equal chunks, and the whole. */
function chunkSizesOf(blob: Uint8Array): number[] {
  return Array.from({ length: blob.length }, (_, index) => index + 1);
}

describe("gzip that skopeo unpacks, at every chunk size", () => {
  const twice = Buffer.concat([DATA, DATA]);
  test.each<[string, Uint8Array, Uint8Array]>([
    ["one member", MEMBER, DATA],
    ["nothing in it", gzipMember(Buffer.alloc(0)), Buffer.alloc(0)],
    ["stored, not deflated", gzipMember(DATA, { level: 0 }), DATA],
    ["two members", Buffer.concat([MEMBER, MEMBER]), twice],
    [
      "members with nothing in them around",
      Buffer.concat([gzipMember(Buffer.alloc(0)), MEMBER, gzipMember(Buffer.alloc(0))]),
      DATA,
    ],
    ["many members", gzipMembers(DATA, 30), DATA],
    ["all optional fields", gzipMember(DATA, { extra: Buffer.from("extra"), name: "name", comment: "comment" }), DATA],
    ["a second member with a name", Buffer.concat([MEMBER, gzipMember(DATA, { name: "second" })]), twice],
    ["a header checksum", gzipMember(DATA, { headerChecksum: true }), DATA],
    ["reserved flags", gzipMember(DATA, { reservedFlags: 0xe0, text: true }), DATA],
    ["the longest name that Go reads", gzipMember(DATA, { name: "n".repeat(511) }), DATA],
    ["gzip inside, which stays", gzipMember(MEMBER), MEMBER],
  ])("%s", async (_, blob, content) => {
    for (const size of chunkSizesOf(blob)) expect(await readLayer(blob, size)).toEqual(Buffer.from(content));
  });
});

describe("gzip that it refuses, or that is damaged, at every chunk size", () => {
  test.each<[string, Uint8Array, string]>([
    ["one zero behind", Buffer.concat([MEMBER, Buffer.alloc(1)]), "layer-trailing-data"],
    ["zeros behind", Buffer.concat([MEMBER, Buffer.alloc(64)]), "layer-trailing-data"],
    ["zeros between members", Buffer.concat([MEMBER, Buffer.alloc(64), MEMBER]), "layer-trailing-data"],
    ["text behind", Buffer.concat([MEMBER, Buffer.from("trailing text")]), "layer-trailing-data"],
    ["the start of a magic number behind", Buffer.concat([MEMBER, MEMBER.subarray(0, 2)]), "layer-trailing-data"],
    ["a member that breaks off in its header", Buffer.concat([MEMBER, MEMBER.subarray(0, 6)]), "layer-corrupt"],
    ["a member that breaks off in its data", Buffer.concat([MEMBER, MEMBER.subarray(0, 14)]), "layer-corrupt"],
    ["nothing but the magic number", MEMBER.subarray(0, 3), "layer-corrupt"],
    ["nothing but a header", MEMBER.subarray(0, 10), "layer-corrupt"],
    ["no trailer", MEMBER.subarray(0, -8), "layer-corrupt"],
    ["half a trailer", MEMBER.subarray(0, -4), "layer-corrupt"],
    ["a byte less", MEMBER.subarray(0, -1), "layer-corrupt"],
    ["a wrong checksum", changed(MEMBER, -8), "layer-corrupt"],
    ["a wrong length", changed(MEMBER, -4), "layer-corrupt"],
    [
      "a block type that there is not",
      Buffer.concat([MEMBER.subarray(0, 10), Buffer.from([7]), MEMBER.subarray(11)]),
      "layer-corrupt",
    ],
    ["a wrong header checksum", gzipMember(DATA, { headerChecksum: "wrong" }), "layer-corrupt"],
    [
      "a header checksum over more than Go reads into it",
      gzipMember(DATA, { headerChecksum: true, name: "n" }),
      "layer-corrupt",
    ],
    ["a name longer than Go reads", gzipMember(DATA, { name: "n".repeat(512) }), "layer-corrupt"],
    ["a comment longer than Go reads", gzipMember(DATA, { comment: "c".repeat(600) }), "layer-corrupt"],
  ])("%s", async (_, blob, code) => {
    for (const size of chunkSizesOf(blob)) await expect(readLayer(blob, size)).rejects.toMatchObject({ code });
  });
});

test("cut anywhere but at its end, a layer of two members is either whole or an error", async () => {
  const blob = Buffer.concat([MEMBER, MEMBER]);
  for (let length = 3; length < blob.length; length++) {
    const reading = readLayer(blob.subarray(0, length), 7);
    if (length === MEMBER.length) expect(await reading).toEqual(DATA);
    else
      await expect(reading).rejects.toMatchObject({ code: expect.stringMatching(/^layer-(corrupt|trailing-data)$/) });
  }
});

test("any data in any members and chunks unpacks to itself", async () => {
  const large = Buffer.concat([randomBytes(1, 300_000), Buffer.alloc(700_000, "layer "), randomBytes(2, 100)]);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(large.length), fc.nat(large.length), fc.constantFrom(0, 1, 9)), {
        minLength: 1,
        maxLength: 3,
      }),
      fc.integer({ min: 100, max: 2_000_000 }),
      async (slices, chunkSize) => {
        const contents = slices.map(([a, b]) => large.subarray(Math.min(a, b), Math.max(a, b)));
        const members = contents.map((content, index) => gzipMember(content, { level: slices[index]![2] }));
        const read = await readLayer(Buffer.concat(members), chunkSize);
        expect(read.equals(Buffer.concat(contents))).toBe(true);
      },
    ),
    { numRuns: 30 },
  );
});
