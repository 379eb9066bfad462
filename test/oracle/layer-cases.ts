import { digestOf } from "../../server/src/oci/digest.ts";
import { gzipMember, gzipMembers } from "../support/images/gzip.ts";
import {
  addImage,
  configFor,
  gzipLayer,
  type ImageFormat,
  plainLayer,
  type StoredLayer,
} from "../support/images/image.ts";
import { randomBytes } from "../support/images/random.ts";
import { realisticContent } from "../support/images/realistic.ts";
import { skippableFrame, zstd } from "../support/images/zstd.ts";
import type { AgreementCase } from "./agreement.ts";

const FORMATS: readonly ImageFormat[] = ["docker", "oci"];
const CONTENT = realisticContent(7, 200_000);
const [FIRST, SECOND, THIRD] = [randomBytes(1, 511), randomBytes(2, 512), randomBytes(3, 513)] as const;

/** How a layer can be stored in a manifest of either format, and every one of them is read alike. */
const COMPRESSIONS: Readonly<Record<string, () => StoredLayer>> = {
  "not compressed": () => plainLayer(CONTENT),
  gzip: () => gzipLayer(CONTENT),
  "gzip that only stores": () => ({ blob: gzipMember(CONTENT, { level: 0 }), type: "gzip" }),
  "gzip at its best": () => ({ blob: gzipMember(CONTENT, { level: 9 }), type: "gzip" }),
  "gzip of 5 members": () => ({ blob: gzipMembers(CONTENT, 5), type: "gzip" }),
  "gzip of 997 members": () => ({ blob: gzipMembers(CONTENT, 997), type: "gzip" }),
  "gzip with an empty last member": () => ({
    blob: Buffer.concat([gzipMember(CONTENT), gzipMember(Buffer.alloc(0))]),
    type: "gzip",
  }),
  "gzip with all header fields": () => ({
    blob: gzipMember(CONTENT, { text: true, extra: randomBytes(4, 300), name: "layer.tar", comment: "é" }),
    type: "gzip",
  }),
  "gzip with a header checksum": () => ({ blob: gzipMember(CONTENT, { headerChecksum: true }), type: "gzip" }),
  "gzip of nothing": () => ({ blob: gzipMember(Buffer.alloc(0)), type: "gzip" }),
  "gzip in gzip": () => ({ blob: gzipMember(gzipMember(CONTENT)), type: "gzip" }),
  "gzip called plain": () => ({ blob: gzipMember(CONTENT), type: "plain" }),
  "plain called gzip": () => ({ blob: CONTENT, type: "gzip" }),
  "zstd called gzip": () => ({ blob: zstd(CONTENT), type: "gzip" }),
  "zstd called plain": () => ({ blob: zstd(CONTENT, { statesSize: true }), type: "plain" }),
  "a zstd stream that begins with a skippable frame, called gzip": () => ({
    blob: Buffer.concat([skippableFrame(Buffer.from("x")), zstd(CONTENT)]),
    type: "gzip",
  }),
  "no bytes": () => plainLayer(""),
  "two bytes of a gzip header": () => plainLayer(Buffer.from([0x1f, 0x8b])),
};

/** Layers of OCI's zstd type, which skopeo 1.9.3 does not convert: compared with the archive of the gzip twin. */
const ZSTD: Readonly<Record<string, () => Uint8Array>> = {
  zstd: () => zstd(CONTENT),
  "zstd that states its size": () => zstd(CONTENT, { statesSize: true }),
  "zstd of two frames": () => Buffer.concat([zstd(CONTENT.subarray(0, 77_777)), zstd(CONTENT.subarray(77_777))]),
  "zstd with a skippable frame behind": () => Buffer.concat([zstd(CONTENT), skippableFrame(randomBytes(5, 999))]),
  "zstd with a skippable frame between": () =>
    Buffer.concat([zstd(CONTENT.subarray(0, 99)), skippableFrame(Buffer.alloc(0)), zstd(CONTENT.subarray(99))]),
  "zstd's type for gzip bytes": () => gzipMember(CONTENT),
};

const LAYER_LISTS: Readonly<Record<string, readonly StoredLayer[]>> = {
  "no layers": [],
  "four layers around the tar block size": [FIRST, SECOND, THIRD, randomBytes(4, 1024)].map(gzipLayer),
  "the same layer twice": [gzipLayer(FIRST), gzipLayer(FIRST)],
  "a layer again after another": [gzipLayer(FIRST), gzipLayer(SECOND), gzipLayer(FIRST)],
  "the same content plain, as gzip and in two members": [
    plainLayer(THIRD),
    gzipLayer(THIRD),
    { blob: gzipMembers(THIRD, 2), type: "gzip" },
  ],
  "Docker's empty layer between others": [gzipLayer(FIRST), gzipLayer(Buffer.alloc(1024)), gzipLayer(SECOND)],
  "empty layers only": [gzipLayer(""), plainLayer(""), gzipLayer("")],
  "127 layers": Array.from({ length: 127 }, (_, index) => gzipLayer(`layer ${index % 50}`)),
  "a layer of 20 MB": [gzipLayer(FIRST), gzipLayer(realisticContent(9, 20_000_000))],
};

export const layerCases: readonly AgreementCase[] = FORMATS.flatMap((format) => [
  ...Object.entries(COMPRESSIONS).map(
    ([name, layer]): AgreementCase => ({
      name: `${format}: ${name}`,
      store: (repository) => addImage(repository, { format, layers: [gzipLayer("first"), layer()] }),
    }),
  ),
  ...Object.entries(LAYER_LISTS).map(
    ([name, layers]): AgreementCase => ({
      name: `${format}: ${name}`,
      store: (repository) => addImage(repository, { format, layers }),
    }),
  ),
]);

export const zstdCases: readonly AgreementCase[] = [
  ...Object.entries(ZSTD).map(
    ([name, blob]): AgreementCase => ({
      name: `oci: ${name}`,
      store: (repository) => ({
        pull: addImage(repository, { format: "oci", layers: [gzipLayer("first"), { blob: blob(), type: "zstd" }] }),
        twin: addImage(repository, { format: "oci", layers: [gzipLayer("first"), gzipLayer(CONTENT)] }),
      }),
    }),
  ),
  {
    name: "oci: zstd of 20 MB",
    store: (repository) => {
      const content = realisticContent(11, 20_000_000);
      const config = configFor("linux/amd64", [content]);
      return {
        pull: addImage(repository, { format: "oci", config, layers: [{ blob: zstd(content), type: "zstd" }] }),
        twin: addImage(repository, { format: "oci", config, layers: [gzipLayer(content)] }),
      };
    },
  },
];

/** What the manifest or config claims of the layers, true or not, and skopeo does not look at. */
export const claimCases: readonly AgreementCase[] = [
  {
    name: "true diff_ids",
    store: (repository) =>
      addImage(repository, {
        format: "oci",
        config: configFor("linux/amd64", [FIRST, SECOND]),
        layers: [gzipLayer(FIRST), gzipLayer(SECOND)],
      }),
  },
  {
    name: "diff_ids in the wrong order",
    store: (repository) =>
      addImage(repository, {
        format: "oci",
        config: configFor("linux/amd64", [SECOND, FIRST]),
        layers: [gzipLayer(FIRST), gzipLayer(SECOND)],
      }),
  },
  {
    name: "too few diff_ids",
    store: (repository) =>
      addImage(repository, {
        format: "docker",
        config: configFor("linux/amd64", [FIRST]),
        layers: [gzipLayer(FIRST), gzipLayer(SECOND)],
      }),
  },
  {
    name: "annotations and unknown fields",
    store: (repository) =>
      addImage(repository, {
        format: "oci",
        layers: [{ ...gzipLayer(FIRST), descriptor: { annotations: { a: "b" }, "x-more": { y: [1, null] } } }],
        manifest: { annotations: { "org.opencontainers.image.title": "t" }, "x-more": 1 },
      }),
  },
  {
    name: "a manifest without a mediaType",
    store: (repository) =>
      addImage(repository, { format: "oci", layers: [gzipLayer(FIRST)], manifest: { mediaType: undefined } }),
  },
  {
    name: "a subject, as attached images have",
    store: (repository) =>
      addImage(repository, {
        format: "oci",
        layers: [gzipLayer(FIRST)],
        manifest: {
          subject: { mediaType: "application/vnd.oci.image.manifest.v1+json", digest: digestOf(FIRST), size: 511 },
        },
      }),
  },
  ...["nondistributable.v1.tar", "nondistributable.v1.tar+gzip"].map(
    (type): AgreementCase => ({
      name: `a layer of the type ${type} without addresses`,
      store: (repository) =>
        addImage(repository, {
          format: "oci",
          layers: [{ ...gzipLayer(FIRST), type: `application/vnd.oci.image.layer.${type}` }],
        }),
    }),
  ),
];
