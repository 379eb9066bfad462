import { describe, expect, test } from "vitest";
import { CodedError } from "../../../server/src/base/errors.ts";
import { cacheRegistry } from "../../../server/src/lsp/cached-registry.ts";
import { createPrefetchCache } from "../../../server/src/lsp/prefetch-cache.ts";
import { createThrottle } from "../../../server/src/lsp/throttle.ts";
import { digestOf } from "../../../server/src/oci/digest.ts";
import type { Tag } from "../../../server/src/oci/reference.ts";
import type { PrefetchedImage, PrefetchRequest } from "../../../server/src/prefetch/prefetch.ts";
import type { RegistryClient } from "../../../server/src/registry/client.ts";
import { manualClock } from "../../support/manual-clock.ts";

const DIGEST = digestOf(Buffer.from("{}"));
const target = (path: string) => ({ repository: { registry: "docker.io", path }, tlsVerify: true });
const LATEST = "latest" as Tag;
const never = new AbortController().signal;

describe("a registry is asked once while its answer is young", () => {
  function cached() {
    const clock = manualClock();
    const asked: string[] = [];
    const broken = new Set<string>();
    const answer = <T>(path: string, question: string, value: T) => {
      asked.push(question);
      if (broken.has(path)) throw new CodedError("registry-failed", "It failed.");
      return value;
    };
    const head = { digest: DIGEST, contentType: null, size: 2 };
    const client: RegistryClient = {
      resolve: async ({ repository: { path } }, reference) => answer(path, `head ${path} ${reference}`, head),
      manifest: async ({ repository: { path } }, reference) =>
        answer(path, `manifest ${path} ${reference}`, { ...head, bytes: Buffer.from("{}") }),
      async *blob() {},
      blobEnd: async () => null,
      async *tags({ repository: { path } }) {
        yield answer(path, `tags ${path}`, [LATEST]);
        yield [LATEST];
      },
      close: async () => {},
    };
    return { registry: cacheRegistry(client, clock), clock, asked, broken };
  }

  test("about a tag for five minutes", async () => {
    const { registry, clock, asked } = cached();
    await Promise.all([registry.resolve(target("a"), LATEST), registry.resolve(target("a"), LATEST)]);
    await clock.pass(5 * 60_000 - 1);
    await registry.resolve(target("a"), LATEST);
    expect(asked).toEqual(["head a latest"]);
    await clock.pass(1);
    await registry.resolve(target("a"), LATEST);
    expect(asked).toHaveLength(2);
  });

  test("about a digest's manifest for ever, about a tag's each time", async () => {
    const { registry, clock, asked } = cached();
    await registry.manifest(target("a"), DIGEST);
    await clock.pass(10 * 60_000);
    await registry.manifest(target("a"), DIGEST);
    expect(asked).toHaveLength(1);
    await registry.manifest(target("a"), LATEST);
    await registry.manifest(target("a"), LATEST);
    expect(asked).toHaveLength(3);
  });

  test("about its tags for an hour, unless the list was not read to its end", async () => {
    const { registry, clock, asked } = cached();
    const read = async (path: string) => {
      const pages: (readonly Tag[])[] = [];
      for await (const page of registry.tags(target(path), 10)) pages.push(page);
      return pages;
    };
    for await (const page of registry.tags(target("a"), 10)) {
      expect(page).toEqual([LATEST]);
      break;
    }
    expect(await read("a")).toEqual([[LATEST], [LATEST]]);
    expect(await read("a")).toEqual([[LATEST], [LATEST]]);
    expect(asked).toEqual(["tags a", "tags a"]);
    registry.forget(target("b"));
    await clock.pass(60 * 60_000 - 1);
    await read("a");
    expect(asked).toHaveLength(2);
    registry.forget(target("a"));
    await read("a");
    await clock.pass(60 * 60_000);
    await read("a");
    expect(asked).toHaveLength(4);
  });

  test("unless it failed", async () => {
    const { registry, asked, broken } = cached();
    broken.add("a");
    await expect(registry.resolve(target("a"), LATEST)).rejects.toThrow("It failed.");
    broken.clear();
    await registry.resolve(target("a"), LATEST);
    expect(asked).toHaveLength(2);
  });

  test("until one repository is forgotten, or all", async () => {
    const { registry, asked } = cached();
    for (const path of ["a", "ab"]) await registry.resolve(target(path), LATEST);
    registry.forget(target("a"));
    for (const path of ["a", "ab"]) await registry.resolve(target(path), LATEST);
    expect(asked).toEqual(["head a latest", "head ab latest", "head a latest"]);
    registry.clear();
    await registry.resolve(target("ab"), LATEST);
    expect(asked).toHaveLength(4);
  });
});

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
