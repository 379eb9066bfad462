import { describe, expect, test } from "vitest";
import { printHash } from "../../../server/src/nix/hash-encoding.ts";
import type { Pin } from "../../../server/src/nix/pin.ts";
import { verifyPins } from "../../../server/src/pins/verify.ts";
import {
  type AppDigests,
  appRegistry,
  benchOver,
  hashOf,
  PLACEHOLDER,
  pinWith,
  SRI,
  UNKNOWN_DIGEST,
} from "./harness.ts";

async function verifyOne(attributes: (digests: AppDigests) => Record<string, string>, overrides: Partial<Pin> = {}) {
  const { content, digests } = appRegistry();
  const bench = benchOver(content);
  const { pin } = pinWith({ imageName: "org/app", ...attributes(digests) }, overrides);
  const [verification] = await verifyPins([pin], bench.run);
  if (verification === undefined) throw new Error("no result");
  return { ...verification, bench, digests };
}

describe("verifying a hash", () => {
  test("of the pinned digest, whatever the tag points to now", async () => {
    const hashFor = (digests: AppDigests) => printHash(hashOf(digests.oldAmd64, "linux/amd64", "org/app:1.0"), "sri");
    const { status, bench } = await verifyOne((digests) => ({
      imageDigest: digests.oldAmd64,
      hash: hashFor(digests),
      finalImageTag: "1.0",
    }));
    expect(status).toBe("verified");
    expect(bench.requests.filter((request) => request.startsWith("resolve"))).toEqual([]);
  });

  test("a wrong one is told with the right one", async () => {
    const { status, problem, computedHash, digests } = await verifyOne((digests) => ({
      imageDigest: digests.oldAmd64,
      hash: SRI,
    }));
    expect({ status, code: problem?.code }).toEqual({ status: "wrongHash", code: "hash-mismatch" });
    expect(computedHash).toBe(hashOf(digests.oldAmd64));
  });

  test("an index without arch may be right on another system, and the message says so", async () => {
    const { problem } = await verifyOne((digests) => ({ imageDigest: digests.oldIndex, hash: SRI }));
    expect(problem?.message).toMatch(/this was for linux\/amd64; add arch/);
  });

  test.each<[title: string, (digests: AppDigests) => Record<string, string>, Partial<Pin>, string, string]>([
    ["placeholder", (d) => ({ imageDigest: d.oldIndex, hash: PLACEHOLDER }), {}, "incomplete", "placeholder-hash"],
    ["no digest", () => ({ hash: SRI }), {}, "incomplete", "missing-digest"],
    ["digest gone", () => ({ imageDigest: UNKNOWN_DIGEST, hash: SRI }), {}, "gone", "digest-gone"],
    [
      "no such repository",
      (d) => ({ imageName: "org/none", imageDigest: d.oldIndex, hash: SRI }),
      {},
      "unknown",
      "registry-not-found",
    ],
    ["ignored", (d) => ({ imageDigest: d.oldIndex, hash: SRI }), { ignored: true }, "ignored", "pin-ignored"],
    [
      "computed",
      (d) => ({ imageDigest: d.oldIndex, hash: SRI }),
      { hash: { state: "unknown", at: { file: "a.nix", start: 0, end: 1 }, reason: "x" } },
      "computed",
      "pin-computed",
    ],
  ])("%s", async (_, attributes, overrides, status, code) => {
    const result = await verifyOne(attributes, overrides);
    expect(result).toMatchObject({ status, problem: { code }, computedHash: null });
  });
});
