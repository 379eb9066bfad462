import { describe, expect, test } from "vitest";
import { noCache } from "../../../server/src/base/cache-store.ts";
import { CodedError } from "../../../server/src/base/errors.ts";
import { digestOf } from "../../../server/src/oci/digest.ts";
import type { Descriptor } from "../../../server/src/oci/manifest.ts";
import { OCI_CONFIG, OCI_MANIFEST } from "../../../server/src/oci/media-type.ts";
import type { Tag } from "../../../server/src/oci/reference.ts";
import { type CachedClientOptions, cacheRegistry } from "../../../server/src/registry/cached-client.ts";
import type { BlobOptions, RegistryClient } from "../../../server/src/registry/client.ts";
import { manualClock } from "../../support/manual-clock.ts";
import { memoryCacheStore } from "../../support/memory-cache-store.ts";

const MINUTE = 60_000;
const MANIFEST = Buffer.from("{}");
const DIGEST = digestOf(MANIFEST);
const CONFIG = Buffer.from('{"os":"linux"}');
const LATEST = "latest" as Tag;

const target = (path: string) => ({ repository: { registry: "docker.io", path }, tlsVerify: true });
const config = (more: Partial<Descriptor> = {}): Descriptor => ({
  ...{ mediaType: OCI_CONFIG, digest: digestOf(CONFIG), size: CONFIG.length, urls: [], annotations: {} },
  ...more,
});

/** Processes that share a store, and a registry that notes what it is asked. */
function world() {
  const clock = manualClock();
  const store = memoryCacheStore();
  const asked: string[] = [];
  const broken = new Set<string>();
  const answer = <T>(path: string, question: string, value: T) => {
    asked.push(question);
    if (broken.has(path)) throw new CodedError("registry-failed", "It failed.");
    return value;
  };
  const head = { digest: DIGEST, contentType: OCI_MANIFEST, size: 2 };
  const client: RegistryClient = {
    resolve: async ({ repository: { path } }, reference) => answer(path, `head ${path} ${reference}`, head),
    manifest: async ({ repository: { path } }, reference) =>
      answer(path, `manifest ${path} ${reference}`, { ...head, bytes: MANIFEST }),
    async *blob({ repository: { path } }, { digest }) {
      yield answer(path, `blob ${path} ${digest}`, CONFIG.subarray(0, 3));
      yield CONFIG.subarray(3);
    },
    blobEnd: async () => null,
    async *tags({ repository: { path } }) {
      yield answer(path, `tags ${path}`, [LATEST]);
      yield [LATEST];
    },
    close: async () => {},
  };
  const process = (options: Partial<CachedClientOptions> = {}) =>
    cacheRegistry(client, {
      ...{ clock, store, tagLifetime: 10 * MINUTE },
      placeOf: async ({ repository: { path } }) => `there ${path}`,
      ...options,
    });
  return { clock, store, asked, broken, process };
}

async function read(blob: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of blob) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe.each([
  ["by one process", { store: noCache }],
  ["by all processes", {}],
])("a registry is asked once while its answer is young, %s", (_, options) => {
  const cached = () => {
    const here = world();
    return { ...here, registry: here.process(options) };
  };

  test("about a tag for ten minutes", async () => {
    const { registry, clock, asked } = cached();
    await Promise.all([registry.resolve(target("a"), LATEST), registry.resolve(target("a"), LATEST)]);
    await clock.pass(10 * MINUTE - 1);
    await registry.resolve(target("a"), LATEST);
    expect(asked).toEqual(["head a latest"]);
    await clock.pass(1);
    await registry.resolve(target("a"), LATEST);
    expect(asked).toHaveLength(2);
  });

  test("whether it has a digest for five", async () => {
    const { registry, clock, asked } = cached();
    await registry.resolve(target("a"), DIGEST);
    await clock.pass(5 * MINUTE - 1);
    await registry.resolve(target("a"), DIGEST);
    expect(asked).toHaveLength(1);
    await clock.pass(1);
    await registry.resolve(target("a"), DIGEST);
    expect(asked).toHaveLength(2);
  });

  test("about a digest's manifest for ever, about a tag's each time", async () => {
    const { registry, clock, asked } = cached();
    const first = await registry.manifest(target("a"), DIGEST);
    await clock.pass(100 * MINUTE);
    expect(await registry.manifest(target("a"), DIGEST)).toEqual(first);
    expect(asked).toHaveLength(1);
    await registry.manifest(target("a"), LATEST);
    await registry.manifest(target("a"), LATEST);
    expect(asked).toHaveLength(3);
  });

  test("about a config for ever, and about a layer each time", async () => {
    const { registry, asked } = cached();
    expect(await read(registry.blob(target("a"), config()))).toEqual(CONFIG);
    expect(await read(registry.blob(target("a"), config()))).toEqual(CONFIG);
    expect(asked).toHaveLength(1);
    const layer = config({ mediaType: "application/vnd.oci.image.layer.v1.tar" });
    for (let time = 0; time < 2; time++) await read(registry.blob(target("a"), layer));
    expect(asked).toHaveLength(3);
  });

  test("about its tags for an hour, unless the list was not read to its end", async () => {
    const { registry, clock, asked } = cached();
    const list = async (path: string) => {
      const pages: (readonly Tag[])[] = [];
      for await (const page of registry.tags(target(path), 10)) pages.push(page);
      return pages;
    };
    for await (const page of registry.tags(target("a"), 10)) {
      expect(page).toEqual([LATEST]);
      break;
    }
    expect(await list("a")).toEqual([[LATEST], [LATEST]]);
    expect(await list("a")).toEqual([[LATEST], [LATEST]]);
    expect(asked).toEqual(["tags a", "tags a"]);
    registry.forget(target("b"));
    await clock.pass(60 * MINUTE - 1);
    await list("a");
    expect(asked).toHaveLength(2);
    registry.forget(target("a"));
    await list("a");
    await clock.pass(60 * MINUTE);
    await list("a");
    expect(asked).toHaveLength(4);
  });

  test("unless it failed", async () => {
    const { registry, asked, broken } = cached();
    const questions: [string, () => Promise<unknown>][] = [
      ["head", () => registry.resolve(target("a"), LATEST)],
      ["manifest", () => registry.manifest(target("a"), DIGEST)],
      ["blob", () => read(registry.blob(target("a"), config()))],
    ];
    for (const [name, ask] of questions) {
      broken.add("a");
      await expect(ask()).rejects.toThrow("It failed.");
      broken.clear();
      await ask();
      expect(asked.filter((question) => question.startsWith(name))).toHaveLength(2);
    }
  });

  test("until one repository is forgotten, or all", async () => {
    const { registry, asked } = cached();
    for (const path of ["a", "ab"]) await registry.resolve(target(path), LATEST);
    registry.forget(target("a"));
    for (const path of ["a", "ab"]) await registry.resolve(target(path), LATEST);
    expect(asked).toEqual(["head a latest", "head ab latest", "head a latest"]);
    registry.forgetAll();
    for (const path of ["a", "ab"]) await registry.resolve(target(path), LATEST);
    expect(asked).toHaveLength(5);
    for (const path of ["a", "ab"]) await registry.resolve(target(path), LATEST);
    expect(asked).toHaveLength(5);
  });
});

describe("what one process learned the next one knows", () => {
  test("of a tag, from when it was learned", async () => {
    const { process, clock, asked } = world();
    const head = await process().resolve(target("a"), LATEST);
    await clock.pass(10 * MINUTE - 1);
    expect(await process().resolve(target("a"), LATEST)).toEqual(head);
    expect(asked).toHaveLength(1);
    // That it was read does not make it younger.
    await clock.pass(1);
    await process().resolve(target("a"), LATEST);
    expect(asked).toHaveLength(2);
  });

  test("of manifests and configs", async () => {
    const { process, asked } = world();
    const manifest = await process().manifest(target("a"), DIGEST);
    expect(await process().manifest(target("a"), DIGEST)).toEqual(manifest);
    await read(process().blob(target("a"), config()));
    expect(await read(process().blob(target("a"), config()))).toEqual(CONFIG);
    expect(asked).toEqual([`manifest a ${DIGEST}`, `blob a ${config().digest}`]);
  });

  test("of a tag and of a manifest, when the tag's manifest was fetched", async () => {
    const { process, asked } = world();
    await process().manifest(target("a"), LATEST);
    expect(await process().resolve(target("a"), LATEST)).toEqual({
      ...{ digest: DIGEST, contentType: OCI_MANIFEST, size: 2 },
    });
    await process().manifest(target("a"), DIGEST);
    expect(asked).toEqual(["manifest a latest"]);
  });

  test("but not of another repository, which need not have the digest", async () => {
    const { process, asked } = world();
    await process().manifest(target("a"), DIGEST);
    await process().manifest(target("b"), DIGEST);
    for (const path of ["a", "b"]) await read(process().blob(target(path), config()));
    expect(asked).toHaveLength(4);
  });

  test("but not of another place, or for another account", async () => {
    const { process, asked } = world();
    await process().resolve(target("a"), LATEST);
    await process({ placeOf: async () => "elsewhere" }).resolve(target("a"), LATEST);
    expect(asked).toHaveLength(2);
  });

  test("but not whether a digest is still there", async () => {
    const { process, asked } = world();
    for (let time = 0; time < 2; time++) await process().resolve(target("a"), DIGEST);
    expect(asked).toHaveLength(2);
  });
});

describe("what is known does not count", () => {
  test("where tags are asked for each time, though others profit", async () => {
    const { process, asked } = world();
    const impatient = process({ tagLifetime: 0 });
    for (let time = 0; time < 2; time++) await impatient.resolve(target("a"), LATEST);
    expect(asked).toHaveLength(2);
    await process().resolve(target("a"), LATEST);
    expect(asked).toHaveLength(2);
  });

  test("once it is forgotten, unless another process learned it later", async () => {
    const { process, clock, asked } = world();
    const [one, other] = [process(), process()];
    await one.resolve(target("a"), LATEST);
    await clock.pass(1);
    other.forget(target("a"));
    await other.resolve(target("a"), LATEST);
    expect(asked).toHaveLength(2);
    other.forget(target("a"));
    await clock.pass(1);
    const third = process({ tagLifetime: 0 });
    await third.resolve(target("a"), LATEST);
    await other.resolve(target("a"), LATEST);
    expect(asked).toHaveLength(3);
  });

  test("when it is from the future", async () => {
    const { process, store, clock, asked } = world();
    await process().resolve(target("a"), LATEST);
    await process({ clock: manualClock(clock.now() - 1), store }).resolve(target("a"), LATEST);
    expect(asked).toHaveLength(2);
  });

  test("where a blob is wanted anew", async () => {
    const { process, asked } = world();
    const fresh: BlobOptions = { fresh: true };
    await read(process().blob(target("a"), config()));
    await read(process().blob(target("a"), config(), fresh));
    expect(asked).toHaveLength(2);
  });

  test("where a manifest states another size of its config", async () => {
    const { process, asked } = world();
    await read(process().blob(target("a"), config()));
    await read(process().blob(target("a"), config({ size: CONFIG.length + 1 })));
    expect(asked).toHaveLength(2);
  });

  const texts = ["", "{}", "null", "[]", "x", '{"digest":"sha256:12","contentType":null,"size":1,"learnedAt":1000000}'];
  test.each(texts)("when it is not what was written: %j", async (text) => {
    const { process, store, asked } = world();
    await process().resolve(target("a"), LATEST);
    await process().manifest(target("a"), DIGEST);
    await read(process().blob(target("a"), config()));
    expect([...store.entries.keys()].map((name) => name.split(" ", 1)[0])).toEqual(["tag", "manifest", "config"]);
    for (const name of store.entries.keys()) store.entries.set(name, Buffer.from(text));
    expect((await process().resolve(target("a"), LATEST)).digest).toBe(DIGEST);
    expect((await process().manifest(target("a"), DIGEST)).bytes).toEqual(MANIFEST);
    expect(await read(process().blob(target("a"), config()))).toEqual(CONFIG);
    expect(asked).toHaveLength(6);
  });

  test("when it has another digest", async () => {
    const { process, store, asked } = world();
    await process().manifest(target("a"), DIGEST);
    for (const name of store.entries.keys()) store.entries.set(name, Buffer.from(`${OCI_MANIFEST}\n{ }`));
    expect((await process().manifest(target("a"), DIGEST)).bytes).toEqual(MANIFEST);
    expect(asked).toHaveLength(2);
  });
});

test("a blob that is not read to its end is not kept", async () => {
  const { process, store } = world();
  for await (const chunk of process().blob(target("a"), config())) {
    expect(chunk).toHaveLength(3);
    break;
  }
  expect(store.entries.size).toBe(0);
});

test("who has given up gets nothing that is known either", async () => {
  const { process } = world();
  const registry = process();
  await registry.manifest(target("a"), DIGEST);
  await read(registry.blob(target("a"), config()));
  const signal = AbortSignal.abort();
  await expect(registry.manifest(target("a"), DIGEST, { signal })).rejects.toThrow("abort");
  await expect(read(registry.blob(target("a"), config(), { signal }))).rejects.toThrow("abort");
});
