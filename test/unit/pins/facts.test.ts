import { describe, expect, test } from "vitest";
import type { Digest } from "../../../server/src/oci/digest.ts";
import type { Platform } from "../../../server/src/oci/platform.ts";
import { parseRepository } from "../../../server/src/oci/reference.ts";
import { readImageFacts } from "../../../server/src/pins/facts.ts";
import { createLookups } from "../../../server/src/pins/lookups.ts";
import { addImage, addIndex, configFor, plainLayer } from "../../support/images/image.ts";
import { memoryRegistryClient } from "../../support/memory-registry-client.ts";
import { type RegistryContent, type RepositoryContent, repositoryOf } from "../../support/registry/content.ts";

const AMD64: Platform = { os: "linux", architecture: "amd64" };
const ARM64: Platform = { os: "linux", architecture: "arm64" };

/** A registry with the repository `org/app`, and the facts of what is in it. */
function registry() {
  const content: RegistryContent = new Map();
  const app = repositoryOf(content, "org/app");
  const client = memoryRegistryClient(content);
  const lookups = createLookups(client);
  const repository = parseRepository("org/app");
  if (!repository.ok) throw new Error("org/app is a name");
  const target = { repository: repository.value, tlsVerify: true };
  const factsOf = (digest: Digest, platform = AMD64) => readImageFacts(target, digest, platform, lookups);
  return { app, client, factsOf };
}

function addApp(app: RepositoryContent, config: string, ...layers: readonly string[]): Digest {
  return addImage(app, { format: "oci", layers: layers.map(plainLayer), config });
}

const configWith = (labels: unknown, more: object = {}) =>
  JSON.stringify({ ...JSON.parse(configFor("linux/amd64")), config: { Labels: labels }, ...more });

describe("the facts of an image", () => {
  test("of a single platform", async () => {
    const { app, factsOf } = registry();
    const config = configWith({ "org.opencontainers.image.version": "1.2" });
    const digest = addApp(app, config, "first layer", "second");
    expect(await factsOf(digest)).toEqual({
      digest,
      kind: "image",
      created: "2024-01-02T03:04:05Z",
      compressedSize: config.length + "first layer".length + "second".length,
      archiveSize: null,
      layers: 2,
      platforms: [],
      labels: { "org.opencontainers.image.version": "1.2" },
    });
  });

  test("of an index: of the image for the platform, with all platforms that there are", async () => {
    const { app, factsOf } = registry();
    const amd64 = addApp(app, configFor("linux/amd64"), "amd64");
    const arm64 = addApp(app, configFor("linux/arm64"), "layer for arm64", "and another");
    const digest = addIndex(app, {
      format: "oci",
      entries: [
        { manifest: amd64, platform: "linux/amd64" },
        { manifest: arm64, platform: "linux/arm64/v8" },
        { manifest: arm64, platform: "linux/arm64/v8" },
        { manifest: amd64, platform: "unknown/unknown" },
        { manifest: amd64, platform: null },
      ],
    });
    expect(await factsOf(digest, ARM64)).toMatchObject({
      digest,
      kind: "index",
      layers: 2,
      platforms: ["linux/amd64", "linux/arm64/v8"],
    });
  });

  test("of an index without the platform: which it has instead", async () => {
    const { app, factsOf } = registry();
    const manifest = addApp(app, configFor("linux/arm64"), "layer");
    const digest = addIndex(app, { format: "oci", entries: [{ manifest, platform: "linux/arm64" }] });
    expect(await factsOf(digest, AMD64)).toEqual({
      digest,
      kind: "index",
      created: null,
      compressedSize: null,
      archiveSize: null,
      layers: null,
      platforms: ["linux/arm64"],
      labels: {},
    });
  });

  test("labels of the config go before annotations of the index", async () => {
    const { app, factsOf } = registry();
    const manifest = addApp(app, configWith({ version: "config" }), "layer");
    const annotations = { version: "annotation", source: "annotation" };
    const digest = addIndex(app, { format: "oci", entries: [{ manifest, platform: "linux/amd64", annotations }] });
    expect((await factsOf(digest)).labels).toEqual({ version: "config", source: "annotation" });
  });

  test.each<[title: string, config: string, facts: object]>([
    ["no date", configWith({}, { created: undefined }), { created: null, labels: {} }],
    ["a date that is no text", configWith({}, { created: 12 }), { created: null }],
    ["labels that are null", configWith(null), { labels: {} }],
    ["labels that are a list", configWith(["a"]), { labels: {} }],
    ["labels that are no texts", configWith({ a: 1, b: "two", c: null }), { labels: { b: "two" } }],
    ["nothing", "{}", { created: null, labels: {} }],
    ["a config that is no object", "[]", { created: null, labels: {} }],
  ])("a config with %s", async (_, config, facts) => {
    const { app, factsOf } = registry();
    expect(await factsOf(addApp(app, config, "layer"))).toMatchObject(facts);
  });

  test("no layer is downloaded, and nothing twice", async () => {
    const { app, client, factsOf } = registry();
    const manifest = addApp(app, configFor("linux/amd64"), "layer");
    const digest = addIndex(app, { format: "oci", entries: [{ manifest, platform: "linux/amd64" }] });
    await Promise.all([factsOf(digest), factsOf(digest), factsOf(manifest)]);
    expect(client.requests.map((request) => request.split(" ")[0]).toSorted()).toEqual([
      "blob",
      "manifest",
      "manifest",
    ]);
  });

  test.each<[code: string, add: (app: RepositoryContent) => Digest]>([
    ["config-malformed", (app) => addApp(app, "not JSON", "layer")],
    [
      "index-nested",
      (app) => {
        const manifest = addApp(app, configFor("linux/amd64"), "layer");
        const inner = addIndex(app, { format: "oci", entries: [{ manifest, platform: "linux/amd64" }] });
        return addIndex(app, { format: "oci", entries: [{ manifest: inner, platform: "linux/amd64" }] });
      },
    ],
    [
      "config-too-large",
      (app) => addImage(app, { format: "oci", layers: [], configDescriptor: { size: 5 * 1024 * 1024 } }),
    ],
  ])("%s", async (code, add) => {
    const { app, factsOf } = registry();
    await expect(factsOf(add(app))).rejects.toMatchObject({ code });
  });
});
