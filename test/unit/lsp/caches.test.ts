import { describe, expect, test } from "vitest";
import { createPrefetchCache } from "../../../server/src/lsp/prefetch-cache.ts";
import { createThrottle } from "../../../server/src/lsp/throttle.ts";
import { digestOf } from "../../../server/src/oci/digest.ts";
import type { Tag } from "../../../server/src/oci/reference.ts";
import type { PrefetchedImage, PrefetchRequest } from "../../../server/src/prefetch/prefetch.ts";
import { manualClock } from "../../support/manual-clock.ts";

const DIGEST = digestOf(Buffer.from("{}"));
const target = (path: string) => ({ repository: { registry: "docker.io", path }, tlsVerify: true });
const LATEST = "latest" as Tag;
const never = new AbortController().signal;

describe("a hash is computed once", () => {
  const request = (finalImageTag: string, reference: PrefetchRequest["reference"] = DIGEST): PrefetchRequest => ({
    target: target("a"),
    reference,
    platform: { os: "linux", architecture: "amd64" },
    finalImageName: "a",
    finalImageTag,
  });
  const image = (content: string): PrefetchedImage => ({
    ...{ digest: DIGEST, digestOf: "image", platformDigest: DIGEST, archiveSize: 5, warnings: [] },
    archiveDigest: digestOf(Buffer.from(content)),
  });

  function computing(limit = 100) {
    const cache = createPrefetchCache();
    const computed: string[] = [];
    const prefetch = cache.through(
      async ({ finalImageTag }) => {
        computed.push(finalImageTag);
        await Promise.resolve();
        return image(finalImageTag);
      },
      limit,
      never,
    );
    return { cache, computed, prefetch: (one: PrefetchRequest) => prefetch(one, () => {}) };
  }

  test("for all who ask, at once or later", async () => {
    const { computed, prefetch } = computing();
    await Promise.all([prefetch(request("1")), prefetch(request("1"))]);
    await prefetch(request("1"));
    await prefetch(request("2"));
    expect(computed).toEqual(["1", "2"]);
  });

  test("but each time for a tag, which may have moved", async () => {
    const { computed, prefetch } = computing();
    await prefetch(request("1", LATEST));
    await prefetch(request("1", LATEST));
    expect(computed).toEqual(["1", "1"]);
  });

  test("and the oldest are forgotten first; with a limit of 0 nothing is kept", async () => {
    const two = computing(2);
    for (const tag of ["1", "2", "3", "2", "1"]) await two.prefetch(request(tag));
    expect(two.computed).toEqual(["1", "2", "3", "1"]);
    const none = computing(0);
    for (const tag of ["1", "1"]) await none.prefetch(request(tag));
    expect(none.computed).toEqual(["1", "1"]);
  });

  test("and what it was computed for is known", async () => {
    const { cache, prefetch } = computing();
    await prefetch(request("1"));
    const hash = image("1").archiveDigest;
    expect(cache.hashes()).toEqual([{ imageDigest: DIGEST, finalImageName: "a", finalImageTag: "1", hash }]);
    expect(cache.archiveSizeOf(DIGEST)).toBe(5);
    cache.clear();
    expect(cache.archiveSizeOf(DIGEST)).toBeNull();
  });
});

describe("what is announced is announced once for many changes", () => {
  test("soon after the first, then not before the pause is over", async () => {
    const clock = manualClock();
    const times: number[] = [];
    const start = clock.now();
    const announce = createThrottle(clock, { delay: 30, pause: 250, signal: never }, async () => {
      times.push(clock.now() - start);
    });
    const ask = () => void announce();
    ask();
    ask();
    await clock.pass(30);
    ask();
    await clock.pass(30);
    ask();
    await clock.pass(219);
    expect(times).toEqual([30]);
    await clock.pass(1);
    expect(times).toEqual([30, 280]);
    await clock.pass(1000);
    expect(times).toHaveLength(2);
  });
});
