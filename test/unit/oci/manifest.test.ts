import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseImageManifest, parseManifest } from "../../../server/src/oci/manifest.ts";
import {
  DOCKER_LIST,
  DOCKER_MANIFEST,
  OCI_CONFIG,
  OCI_INDEX,
  OCI_MANIFEST,
} from "../../../server/src/oci/media-type.ts";

const A = `sha256:${"a".repeat(64)}`;
const B = `sha256:${"b".repeat(64)}`;
const OCI_GZIP = "application/vnd.oci.image.layer.v1.tar+gzip";
const DOCKER_GZIP = "application/vnd.docker.image.rootfs.diff.tar.gzip";

const config = { mediaType: OCI_CONFIG, digest: A, size: 2 };
const layer = { mediaType: OCI_GZIP, digest: B, size: 7 };
const dockerConfig = { mediaType: "application/vnd.docker.container.image.v1+json", digest: A, size: 2 };
const dockerLayer = { mediaType: DOCKER_GZIP, digest: B, size: 7 };

function bytesOf(document: unknown): Uint8Array {
  return Buffer.from(typeof document === "string" ? document : JSON.stringify(document));
}

function ociImage(changes: object = {}): object {
  return { schemaVersion: 2, config, layers: [layer], ...changes };
}

function dockerImage(changes: object = {}): object {
  return { schemaVersion: 2, mediaType: DOCKER_MANIFEST, config: dockerConfig, layers: [dockerLayer], ...changes };
}

function codeOf(document: unknown, contentType: string | null): string {
  const result = parseManifest(bytesOf(document), contentType);
  return result.ok ? "ok" : result.problem.code;
}

describe("what an image manifest says", () => {
  const plain = { urls: [], annotations: {} };

  test("OCI", () => {
    expect(parseManifest(bytesOf(ociImage({ mediaType: OCI_MANIFEST })), OCI_MANIFEST)).toEqual({
      ok: true,
      value: {
        kind: "image",
        format: "oci",
        config: { mediaType: OCI_CONFIG, digest: A, size: 2, ...plain },
        layers: [{ mediaType: OCI_GZIP, digest: B, size: 7, ...plain }],
      },
    });
  });

  test("Docker schema 2, with a foreign layer", () => {
    const foreign = {
      mediaType: "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
      digest: B,
      size: 7,
      urls: ["https://example.org/layer"],
      annotations: { note: "n", Size: "annotations are the author's own" },
    };
    const result = parseManifest(bytesOf(dockerImage({ layers: [foreign, dockerLayer] })), DOCKER_MANIFEST);
    expect(result).toMatchObject({
      ok: true,
      value: { kind: "image", format: "docker", layers: [foreign, { ...dockerLayer, urls: [] }] },
    });
  });

  test("an index: entries in order, a platform or none, an empty variant is none", () => {
    const manifests = [
      { mediaType: OCI_MANIFEST, digest: A, size: 5, platform: { os: "linux", architecture: "arm", variant: "v7" } },
      { mediaType: OCI_MANIFEST, digest: B, size: 6, platform: { os: "linux", architecture: "amd64", variant: "" } },
      { mediaType: OCI_MANIFEST, digest: B, size: 6, annotations: { a: "b" } },
      { mediaType: OCI_MANIFEST, digest: B, size: 6, platform: null },
      { mediaType: OCI_MANIFEST, digest: B, size: 6, platform: {} },
    ];
    const result = parseManifest(bytesOf({ schemaVersion: 2, manifests }), OCI_INDEX);
    expect(result).toMatchObject({
      ok: true,
      value: {
        kind: "index",
        format: "oci",
        entries: [
          { digest: A, size: 5, platform: { os: "linux", architecture: "arm", variant: "v7" } },
          { digest: B, platform: { os: "linux", architecture: "amd64", variant: null } },
          { platform: null, annotations: { a: "b" } },
          { platform: null },
          { platform: { os: "", architecture: "", variant: null } },
        ],
      },
    });
  });
});

test.each<[name: string, document: unknown, contentType: string | null, code: string]>([
  ["no layers", ociImage({ layers: [] }), OCI_MANIFEST, "ok"],
  ["layers missing", ociImage({ layers: undefined }), OCI_MANIFEST, "ok"],
  ["layers null", ociImage({ layers: null }), OCI_MANIFEST, "ok"],
  ["no schemaVersion", ociImage({ schemaVersion: undefined }), OCI_MANIFEST, "ok"],
  ["an empty mediaType", ociImage({ mediaType: "" }), OCI_MANIFEST, "ok"],
  ["annotations that are null", ociImage({ annotations: null }), OCI_MANIFEST, "ok"],
  ["parameters of the content type", ociImage(), `${OCI_MANIFEST}; charset=utf-8`, "ok"],
  ["upper case in the content type", dockerImage(), DOCKER_MANIFEST.toUpperCase(), "ok"],
  ["any config type in a Docker manifest", dockerImage({ config }), DOCKER_MANIFEST, "ok"],
  ["an index without entries", { schemaVersion: 2, manifests: [] }, DOCKER_LIST, "ok"],
  ["a subject and an artifact type", ociImage({ subject: config, artifactType: "a/b" }), OCI_MANIFEST, "ok"],
  ["what is the author's own", ociImage({ "x-other": [1, { Layers: 1, Size: "s" }] }), OCI_MANIFEST, "ok"],
  ["signatures, which are no field of schema 2", dockerImage({ signatures: [] }), DOCKER_MANIFEST, "ok"],
  ["white space around", ` \n${JSON.stringify(ociImage())}\n`, OCI_MANIFEST, "ok"],

  ["schema 1 by its type", dockerImage(), "application/vnd.docker.distribution.manifest.v1+json", "manifest-schema1"],
  [
    "signed schema 1 by its type",
    dockerImage(),
    "application/vnd.docker.distribution.manifest.v1+prettyjws",
    "manifest-schema1",
  ],
  ["schema 1 by its version", { schemaVersion: 1 }, "application/json", "manifest-schema1"],
  ["schema 1 by its layers", { fsLayers: [] }, DOCKER_MANIFEST, "manifest-schema1"],

  ["no content type", ociImage(), null, "manifest-media-type-unsupported"],
  ["an empty content type", ociImage(), "", "manifest-media-type-unsupported"],
  ["application/json", ociImage(), "application/json; charset=utf-8", "manifest-media-type-unsupported"],
  ["text/plain", dockerImage(), "text/plain", "manifest-media-type-unsupported"],

  ["HTML", "<html></html>", OCI_MANIFEST, "manifest-not-json"],
  ["nothing", "", OCI_MANIFEST, "manifest-not-json"],
  ["a truncated document", JSON.stringify(ociImage()).slice(0, -1), OCI_MANIFEST, "manifest-not-json"],
  ["an array", [ociImage()], OCI_MANIFEST, "manifest-malformed"],
  ["null", "null", OCI_MANIFEST, "manifest-malformed"],
  ["no config", ociImage({ config: null }), OCI_MANIFEST, "manifest-malformed"],
  ["a config that is a string", ociImage({ config: A }), OCI_MANIFEST, "manifest-malformed"],
  ["layers that are an object", ociImage({ layers: {} }), OCI_MANIFEST, "manifest-malformed"],
  ["a layer that is null", ociImage({ layers: [null] }), OCI_MANIFEST, "manifest-malformed"],
  [
    "no schemaVersion in a Docker manifest",
    dockerImage({ schemaVersion: null }),
    DOCKER_MANIFEST,
    "manifest-malformed",
  ],
  ["no mediaType in a Docker manifest", dockerImage({ mediaType: undefined }), DOCKER_MANIFEST, "manifest-malformed"],
  ["an empty mediaType in a Docker manifest", dockerImage({ mediaType: "" }), DOCKER_MANIFEST, "manifest-ambiguous"],
  ["schemaVersion 3", ociImage({ schemaVersion: 3 }), OCI_MANIFEST, "manifest-malformed"],
  ["schemaVersion as text", ociImage({ schemaVersion: "2" }), OCI_MANIFEST, "manifest-malformed"],
  ["a negative size", ociImage({ layers: [{ ...layer, size: -1 }] }), OCI_MANIFEST, "manifest-malformed"],
  ["a fraction of a byte", ociImage({ layers: [{ ...layer, size: 1.5 }] }), OCI_MANIFEST, "manifest-malformed"],
  ["a size as text", ociImage({ layers: [{ ...layer, size: "7" }] }), OCI_MANIFEST, "manifest-malformed"],
  ["a size beyond 2^53", ociImage({ layers: [{ ...layer, size: 2 ** 60 }] }), OCI_MANIFEST, "manifest-malformed"],
  [
    "a size with exponent",
    JSON.stringify(ociImage()).replace('"size":7', '"size":7e0'),
    OCI_MANIFEST,
    "manifest-malformed",
  ],
  ["a missing size", ociImage({ layers: [{ ...layer, size: undefined }] }), OCI_MANIFEST, "manifest-malformed"],
  ["a missing digest", ociImage({ layers: [{ ...layer, digest: null }] }), OCI_MANIFEST, "manifest-malformed"],
  ["urls that are no list", ociImage({ layers: [{ ...layer, urls: "u" }] }), OCI_MANIFEST, "manifest-malformed"],
  [
    "an annotation that is no string",
    ociImage({ layers: [{ ...layer, annotations: { a: 1 } }] }),
    OCI_MANIFEST,
    "manifest-malformed",
  ],
  [
    "an annotation of the manifest that is no string",
    ociImage({ annotations: { a: 1 } }),
    OCI_MANIFEST,
    "manifest-malformed",
  ],
  ["a subject that is a digest", ociImage({ subject: A }), OCI_MANIFEST, "manifest-malformed"],
  ["a subject with a size as text", ociImage({ subject: { size: "1" } }), OCI_MANIFEST, "manifest-malformed"],
  [
    "a platform that is text",
    ociImage({ layers: [{ ...layer, platform: "linux" }] }),
    OCI_MANIFEST,
    "manifest-malformed",
  ],
  ["data that is not base64", ociImage({ layers: [{ ...layer, data: "eA" }] }), OCI_MANIFEST, "manifest-malformed"],
  [
    "features of an operating system that are no list",
    {
      manifests: [
        { mediaType: OCI_MANIFEST, digest: A, size: 1, platform: { os: "windows", "os.features": "win32k" } },
      ],
    },
    OCI_INDEX,
    "manifest-malformed",
  ],
  ["1001 layers", ociImage({ layers: Array(1001).fill(layer) }), OCI_MANIFEST, "manifest-malformed"],
  ["1000 layers", ociImage({ layers: Array(1000).fill(layer) }), OCI_MANIFEST, "ok"],
  [
    "4097 entries",
    { manifests: Array(4097).fill({ mediaType: OCI_MANIFEST, digest: A, size: 1 }) },
    OCI_INDEX,
    "manifest-malformed",
  ],
  [
    "33 levels",
    ociImage({ data: JSON.parse(`${"[".repeat(32)}${"]".repeat(32)}`) }),
    OCI_MANIFEST,
    "manifest-malformed",
  ],

  [
    "a path for a digest",
    ociImage({ config: { ...config, digest: "sha256:../../x" } }),
    OCI_MANIFEST,
    "malformed-digest",
  ],
  [
    "an upper-case digest",
    ociImage({ layers: [{ ...layer, digest: `sha256:${"A".repeat(64)}` }] }),
    OCI_MANIFEST,
    "malformed-digest",
  ],
  [
    "sha512",
    ociImage({ layers: [{ ...layer, digest: `sha512:${"a".repeat(128)}` }] }),
    OCI_MANIFEST,
    "unsupported-digest-algorithm",
  ],

  ["manifests beside layers", ociImage({ manifests: [] }), OCI_MANIFEST, "manifest-ambiguous"],
  ["manifests served as an image", { manifests: [] }, OCI_MANIFEST, "manifest-ambiguous"],
  ["an image served as an index", ociImage(), OCI_INDEX, "manifest-ambiguous"],
  ["history in an OCI manifest", ociImage({ history: [] }), OCI_MANIFEST, "manifest-ambiguous"],
  [
    "a mediaType that is not the content type",
    ociImage({ mediaType: DOCKER_MANIFEST }),
    OCI_MANIFEST,
    "manifest-ambiguous",
  ],
  ["Layers for layers", ociImage({ layers: undefined, Layers: [layer] }), OCI_MANIFEST, "manifest-ambiguous"],
  ["layerſ for layers", ociImage({ layerſ: [layer] }), OCI_MANIFEST, "manifest-ambiguous"],
  ["SIZE beside size", ociImage({ layers: [{ ...layer, SIZE: 9 }] }), OCI_MANIFEST, "manifest-ambiguous"],
  [
    "config twice",
    JSON.stringify(ociImage()).replace('"config":', '"config":null,"config":'),
    OCI_MANIFEST,
    "manifest-ambiguous",
  ],
  [
    "digest twice, once escaped",
    JSON.stringify(ociImage()).replace('"digest":', '"d\\u0069gest":"x","digest":'),
    OCI_MANIFEST,
    "manifest-ambiguous",
  ],

  [
    "a Helm chart",
    ociImage({ config: { ...config, mediaType: "application/vnd.cncf.helm.config.v1+json" } }),
    OCI_MANIFEST,
    "artifact-not-image",
  ],
  [
    "an artifact with the empty config",
    ociImage({ config: { ...config, mediaType: "application/vnd.oci.empty.v1+json" } }),
    OCI_MANIFEST,
    "artifact-not-image",
  ],
  ["a config without a type", ociImage({ config: { ...config, mediaType: "" } }), OCI_MANIFEST, "artifact-not-image"],
  ["a Docker config in an OCI manifest", ociImage({ config: dockerConfig }), OCI_MANIFEST, "artifact-not-image"],
  [
    "an attestation",
    ociImage({ layers: [{ ...layer, mediaType: "application/vnd.in-toto+json" }] }),
    OCI_MANIFEST,
    "artifact-not-image",
  ],
  ["an artifact manifest", { schemaVersion: 2 }, "application/vnd.oci.artifact.manifest.v1+json", "artifact-not-image"],
])("%s", (_name, document, contentType, code) => {
  expect(codeOf(document, contentType)).toBe(code);
});

describe("layer types", () => {
  const oci = "application/vnd.oci.image.layer.";
  const docker = "application/vnd.docker.image.rootfs.";

  test.each([
    [`${oci}v1.tar`, "ok", "layer-media-type-unsupported"],
    [`${oci}v1.tar+gzip`, "ok", "layer-media-type-unsupported"],
    [`${oci}v1.tar+zstd`, "ok", "layer-media-type-unsupported"],
    [`${oci}nondistributable.v1.tar`, "ok", "layer-media-type-unsupported"],
    [`${oci}nondistributable.v1.tar+gzip`, "ok", "layer-media-type-unsupported"],
    [`${oci}nondistributable.v1.tar+zstd`, "ok", "layer-media-type-unsupported"],
    [`${oci}v1.tar+gzip+encrypted`, "layer-encrypted", "layer-encrypted"],
    [`${oci}v1.tar+bzip2`, "layer-media-type-unsupported", "layer-media-type-unsupported"],
    [`${docker}diff.tar`, "layer-media-type-unsupported", "ok"],
    [`${docker}diff.tar.gzip`, "layer-media-type-unsupported", "ok"],
    [`${docker}foreign.diff.tar`, "layer-media-type-unsupported", "ok"],
    [`${docker}foreign.diff.tar.gzip`, "layer-media-type-unsupported", "ok"],
    [`${docker}diff.tar.zstd`, "layer-media-type-unsupported", "layer-media-type-unsupported"],
    ["application/octet-stream", "layer-media-type-unsupported", "layer-media-type-unsupported"],
    ["", "layer-media-type-unsupported", "layer-media-type-unsupported"],
  ])("%s", (mediaType, inOci, inDocker) => {
    expect(codeOf(ociImage({ layers: [{ ...layer, mediaType }] }), OCI_MANIFEST)).toBe(inOci);
    expect(codeOf(dockerImage({ layers: [{ ...dockerLayer, mediaType }] }), DOCKER_MANIFEST)).toBe(inDocker);
  });
});

describe("size", () => {
  const limit = 4 * 1024 * 1024;
  const document = JSON.stringify(ociImage());

  test.each([
    ["4 MiB", limit, "ok"],
    ["one byte more", limit + 1, "manifest-too-large"],
  ])("%s", (_name, length, code) => {
    expect(codeOf(document.padEnd(length), OCI_MANIFEST)).toBe(code);
  });
});

describe("messages say what to do", () => {
  test.each<[document: object, contentType: string | null, message: RegExp]>([
    [
      ociImage({ mediaType: OCI_MANIFEST }),
      null,
      /without a Content-Type, so nix build would fail .* serve it as .*oci/,
    ],
    [
      dockerImage({ mediaType: undefined }),
      "application/json",
      /as "application\/json", so nix build would fail .* serve it with its type/,
    ],
    [ociImage({ layers: [layer, { ...layer, size: -1 }] }), OCI_MANIFEST, /"size" of layer 2 is not a size/],
    [ociImage({ layers: [{ ...layer, digest: "sha256:A" }] }), OCI_MANIFEST, /layer 1: "sha256:A" is not a digest/],
    [ociImage({ "Layers\u001b[2J": 1, Layers: 1 }), OCI_MANIFEST, /"Layers" for "layers"/],
  ])("%#", (document, contentType, message) => {
    const result = parseManifest(bytesOf(document), contentType);
    expect(result.ok ? "" : result.problem.message).toMatch(message);
  });
});

describe("what an index entry points to", () => {
  test.each([
    ["an image", ociImage(), OCI_MANIFEST, "ok"],
    ["an index", { manifests: [] }, OCI_INDEX, "index-nested"],
    ["an artifact", ociImage({ config: { ...config, mediaType: "x" } }), OCI_MANIFEST, "artifact-not-image"],
  ])("%s", (_name, document, contentType, code) => {
    const result = parseImageManifest(bytesOf(document), contentType);
    expect(result.ok ? "ok" : result.problem.code).toBe(code);
  });
});

describe("never throws", () => {
  const contentTypes = fc.constantFrom(OCI_MANIFEST, OCI_INDEX, DOCKER_MANIFEST, DOCKER_LIST, "application/json", null);

  test("on any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array(), contentTypes, (bytes, contentType) => {
        expect(parseManifest(bytes, contentType)).toHaveProperty("ok", false);
      }),
    );
  });

  test("on any JSON in any place of an image", () => {
    const fields = fc.record(
      { schemaVersion: fc.jsonValue(), mediaType: fc.jsonValue(), config: fc.jsonValue(), layers: fc.jsonValue() },
      { requiredKeys: [] },
    );
    const layerFields = fc.record(
      { digest: fc.jsonValue(), size: fc.jsonValue(), urls: fc.jsonValue(), platform: fc.jsonValue() },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fields, layerFields, contentTypes, (changes, layerChanges, contentType) => {
        const document = ociImage({ layers: [{ ...layer, ...layerChanges }], ...changes });
        expect(typeof parseManifest(bytesOf(document), contentType).ok).toBe("boolean");
      }),
    );
  });
});

describe("an image that is copied as it is", () => {
  const chart = { ...config, mediaType: "application/vnd.cncf.helm.config.v1+json" };
  const typed = (mediaType: string) => ({ ...layer, mediaType });
  test.each<[title: string, document: unknown, contentType: string, code: string]>([
    ["an artifact", ociImage({ config: chart }), OCI_MANIFEST, "ok"],
    ["a layer of any OCI type", ociImage({ layers: [typed("a/b")] }), OCI_MANIFEST, "ok"],
    ["an encrypted layer", ociImage({ layers: [typed(`${OCI_GZIP}+encrypted`)] }), OCI_MANIFEST, "ok"],
    [
      "a Docker manifest without its type",
      dockerImage({ mediaType: undefined }),
      DOCKER_MANIFEST,
      "manifest-malformed",
    ],
    [
      "a layer of another type in a Docker manifest",
      dockerImage({ layers: [typed("a/b")] }),
      DOCKER_MANIFEST,
      "layer-media-type-unsupported",
    ],
    ["no config", ociImage({ config: undefined }), OCI_MANIFEST, "manifest-malformed"],
    ["an index and an image at once", ociImage({ manifests: [] }), OCI_MANIFEST, "manifest-ambiguous"],
  ])("%s: %s", (_, document, contentType, code) => {
    const result = parseManifest(bytesOf(document), contentType, "as-is");
    expect(result.ok ? "ok" : result.problem.code).toBe(code);
  });
});
