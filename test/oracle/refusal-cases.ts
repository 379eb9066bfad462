import { type Digest, digestOf } from "../../server/src/oci/digest.ts";
import { OCI_INDEX, OCI_MANIFEST } from "../../server/src/oci/media-type.ts";
import { gzipMember } from "../support/images/gzip.ts";
import { addImage, addIndex, gzipLayer, type ImageContent, plainLayer } from "../support/images/image.ts";
import { skippableFrame, zstd } from "../support/images/zstd.ts";
import { addManifest, type RepositoryContent } from "../support/registry/content.ts";
import type { AgreementCase } from "./agreement.ts";

const CONTENT = Buffer.from("the content of a layer ".repeat(2000));
const GZIP = Buffer.from(gzipMember(CONTENT));
const OCI_LAYER = "application/vnd.oci.image.layer.v1.tar";

// Compressed "abc".
const BZIP2 = Buffer.from("QlpoOTFBWSZTWWSMu3MAAAABADgAIAAhmBmEYXckU4UJBkjLtzA=", "base64");
const XZ = Buffer.from("/Td6WFoAAATm1rRGAgAhARYAAAB0L+WjAQACYWJjAAAndicaSgnYLAABGwMLL7kQH7bzfQEAAAAABFla", "base64");

function imageOf(image: Partial<ImageContent>) {
  return (repository: RepositoryContent): Digest =>
    addImage(repository, { format: "oci", layers: [gzipLayer(CONTENT)], ...image });
}

function withLayerBlob(blob: Uint8Array | (() => Uint8Array), type = "gzip") {
  return (repository: RepositoryContent): Digest => {
    const bytes = typeof blob === "function" ? blob() : blob;
    return imageOf({ layers: [{ blob: bytes, type }, gzipLayer("above")] })(repository);
  };
}

function withBytes(bytes: string | Uint8Array, servedAs = OCI_MANIFEST) {
  return (repository: RepositoryContent): Digest => {
    addImage(repository, { format: "oci", layers: [] });
    return addManifest(repository, { mediaType: servedAs, bytes: Buffer.from(bytes) });
  };
}

/** Content that a blob's digest does not stand for. */
function withFalseBlob(changed: (blob: Uint8Array) => Uint8Array, which: "layer" | "config") {
  return (repository: RepositoryContent): Digest => {
    const config = '{"os":"linux"}';
    const image = addImage(repository, { format: "oci", config, layers: [{ blob: GZIP, type: "gzip" }] });
    const blob = which === "layer" ? GZIP : Buffer.from(config);
    repository.blobs.set(digestOf(blob), changed(blob));
    return image;
  };
}

function flipped(blob: Uint8Array): Uint8Array {
  return blob.with(blob.length >> 1, (blob[blob.length >> 1] ?? 0) ^ 1);
}

/** Gzip streams that are not whole. */
export const corruptLayerCases: readonly AgreementCase[] = [
  {
    name: "gzip with zeros behind",
    store: withLayerBlob(Buffer.concat([GZIP, Buffer.alloc(64)])),
    refused: ["layer-trailing-data", /gzip/],
  },
  {
    name: "gzip with 3 bytes behind",
    store: withLayerBlob(Buffer.concat([GZIP, Buffer.from("abc")])),
    refused: ["layer-trailing-data", /EOF/],
  },
  {
    name: "gzip with text behind",
    store: withLayerBlob(Buffer.concat([GZIP, Buffer.from("not a gzip member at all")])),
    refused: ["layer-trailing-data", /gzip/],
  },
  {
    name: "gzip with zeros and a member behind",
    store: withLayerBlob(Buffer.concat([GZIP, Buffer.alloc(64), GZIP])),
    refused: ["layer-trailing-data", /gzip/],
  },
  {
    name: "gzip cut in its data",
    store: withLayerBlob(GZIP.subarray(0, GZIP.length >> 1)),
    refused: ["layer-corrupt", /EOF/],
  },
  { name: "gzip cut in its trailer", store: withLayerBlob(GZIP.subarray(0, -3)), refused: ["layer-corrupt", /EOF/] },
  { name: "gzip cut in its header", store: withLayerBlob(GZIP.subarray(0, 9)), refused: ["layer-corrupt", /EOF/] },
  {
    name: "gzip with a wrong checksum",
    store: withLayerBlob(GZIP.with(-8, (GZIP.at(-8) ?? 0) ^ 1)),
    refused: ["layer-corrupt", /gzip: invalid checksum/],
  },
  {
    name: "gzip with a wrong length",
    store: withLayerBlob(GZIP.with(-4, (GZIP.at(-4) ?? 0) ^ 1)),
    refused: ["layer-corrupt", /gzip: invalid checksum/],
  },
  {
    name: "gzip with a wrong header checksum",
    store: withLayerBlob(gzipMember(CONTENT, { headerChecksum: "wrong" })),
    refused: ["layer-corrupt", /gzip: invalid header/],
  },
  // The library that skopeo inflates with leaves the optional fields out of the checksum (klauspost/pgzip).
  {
    name: "gzip with a header checksum and a name",
    store: withLayerBlob(gzipMember(CONTENT, { name: "layer.tar", headerChecksum: true })),
    refused: ["layer-corrupt", /gzip: invalid header/],
  },
  {
    name: "gzip whose second member is cut",
    store: withLayerBlob(Buffer.concat([GZIP, GZIP.subarray(0, 40)])),
    refused: ["layer-corrupt", /EOF/],
  },
  { name: "gzip without its trailer", store: withLayerBlob(GZIP.subarray(0, -8)), onlyWeRefuse: "layer-corrupt" },
  {
    name: "zstd with zeros behind",
    store: withLayerBlob(() => Buffer.concat([zstd(CONTENT), Buffer.alloc(20)])),
    refused: ["layer-trailing-data", /magic|EOF/],
  },
  {
    name: "zstd with a wrong checksum",
    store: withLayerBlob(() => zstd(CONTENT).with(-1, 1)),
    refused: ["layer-corrupt", /checksum|crc/i],
  },
  { name: "zstd cut", store: withLayerBlob(() => zstd(CONTENT).slice(0, -9)), refused: ["layer-corrupt", /EOF/] },
  { name: "bzip2", store: withLayerBlob(BZIP2), onlyWeRefuse: "layer-compression-unsupported" },
  { name: "xz", store: withLayerBlob(XZ), onlyWeRefuse: "layer-compression-unsupported" },
];

/** Manifests that are no image of the kinds that become a docker-archive. */
export const manifestCases: readonly AgreementCase[] = [
  {
    name: "a Helm chart",
    store: imageOf({ configDescriptor: { mediaType: "application/vnd.cncf.helm.config.v1+json" } }),
    refused: ["artifact-not-image", /artifact/],
  },
  {
    name: "an artifact with the empty config",
    store: imageOf({ config: "{}", configDescriptor: { mediaType: "application/vnd.oci.empty.v1+json" } }),
    refused: ["artifact-not-image", /artifact/],
  },
  {
    name: "a Docker config in an OCI manifest",
    store: imageOf({ configDescriptor: { mediaType: "application/vnd.docker.container.image.v1+json" } }),
    refused: ["artifact-not-image", /artifact/],
  },
  {
    name: "an attestation",
    store: imageOf({ layers: [{ ...plainLayer("{}"), type: "application/vnd.in-toto+json" }] }),
    refused: ["artifact-not-image", /Unknown media type/],
  },
  {
    name: "a Docker layer type in an OCI manifest",
    store: imageOf({ layers: [{ ...gzipLayer("x"), type: "application/vnd.docker.image.rootfs.diff.tar.gzip" }] }),
    refused: ["layer-media-type-unsupported", /Unknown media type/],
  },
  {
    name: "an OCI layer type in a Docker manifest",
    store: imageOf({ format: "docker", layers: [{ ...gzipLayer("x"), type: `${OCI_LAYER}+gzip` }] }),
    refused: ["layer-media-type-unsupported", /unsupported/i],
  },
  {
    name: "an octet stream in an OCI manifest",
    store: imageOf({ layers: [{ ...gzipLayer("x"), type: "application/octet-stream" }] }),
    refused: ["layer-media-type-unsupported", /Unknown media type/],
  },
  {
    name: "Docker's zstd type",
    store: (repository) => imageOf({ format: "docker", layers: [{ blob: zstd(CONTENT), type: "zstd" }] })(repository),
    refused: ["layer-media-type-unsupported", /unsupported|not supported/i],
  },
  {
    name: "an encrypted layer",
    store: imageOf({ layers: [{ ...gzipLayer("x"), type: `${OCI_LAYER}+gzip+encrypted` }] }),
    refused: ["layer-encrypted", /encrypted|Unknown media type/i],
  },
  {
    name: "a zstd layer that begins with a skippable frame",
    store: withLayerBlob(() => Buffer.concat([skippableFrame(CONTENT), zstd(CONTENT)]), "zstd"),
    refused: ["layer-compression-unsupported", /zstd/],
  },
  {
    name: "an uncompressed layer of zstd's type",
    store: withLayerBlob(CONTENT, "zstd"),
    refused: ["layer-compression-unsupported", /zstd/],
  },
  {
    name: "schema 1",
    store: withBytes(
      '{"schemaVersion":1,"name":"a","tag":"b","architecture":"amd64","fsLayers":[],"history":[]}',
      "application/vnd.docker.distribution.manifest.v1+prettyjws",
    ),
    refused: ["manifest-schema1", /./],
  },
  {
    name: "a manifest served as application/json",
    store: imageOf({ servedAs: "application/json" }),
    refused: ["manifest-media-type-unsupported", /unsupported schema version 2/],
  },
  {
    name: "a manifest served as text",
    store: imageOf({ format: "docker", servedAs: "text/plain" }),
    refused: ["manifest-media-type-unsupported", /unsupported schema version 2/],
  },
  {
    name: "a manifest served without a type",
    store: imageOf({ servedAs: "" }),
    refused: ["manifest-media-type-unsupported", /unsupported schema version 2/],
  },
  {
    name: "an image served as an index",
    store: imageOf({ servedAs: OCI_INDEX }),
    refused: ["manifest-ambiguous", /ambiguous|unexpected/i],
  },
  {
    name: "manifests beside layers",
    store: imageOf({ manifest: { manifests: [] } }),
    refused: ["manifest-ambiguous", /unexpected/i],
  },
  {
    name: "fsLayers beside layers",
    store: imageOf({ format: "docker", manifest: { fsLayers: [] } }),
    refused: ["manifest-schema1", /unexpected/i],
  },
  { name: "no JSON", store: withBytes("<html>"), refused: ["manifest-not-json", /invalid character/] },
  { name: "no manifest", store: withBytes("{}"), refused: ["manifest-malformed", /./] },
  {
    name: "a size as text",
    store: imageOf({ configDescriptor: { size: "2" } }),
    refused: ["manifest-malformed", /unmarshal/],
  },
  {
    name: "4 MiB and a byte",
    store: withBytes(" ".repeat(4 * 1024 * 1024 + 1)),
    refused: ["manifest-too-large", /exceeded maximum allowed size/],
  },
  {
    name: "names in another case",
    store: imageOf({ manifest: { layers: undefined, Layers: [] } }),
    onlyWeRefuse: "manifest-ambiguous",
  },
  {
    name: "an index in an index",
    store: (repository) => {
      const image = addImage(repository, { format: "oci", layers: [] });
      const inner = addIndex(repository, { format: "oci", entries: [{ manifest: image, platform: "linux/amd64" }] });
      return addIndex(repository, { format: "oci", entries: [{ manifest: inner, platform: "linux/amd64" }] });
    },
    refused: ["index-nested", /manifest list instead of a manifest/i],
  },
];

/** A registry that does not hold what the manifest names. */
export const blobCases: readonly AgreementCase[] = [
  { name: "a layer with a flipped bit", store: withFalseBlob(flipped, "layer"), refused: ["digest-mismatch", /./] },
  {
    name: "a layer in another gzip",
    // The operating system in the header, which says nothing of the content.
    store: withFalseBlob((blob) => blob.with(9, 3), "layer"),
    refused: ["digest-mismatch", /did not match/i],
  },
  {
    name: "a shorter layer",
    store: withFalseBlob(() => gzipMember(Buffer.from("short")), "layer"),
    refused: ["blob-truncated", /did not match/i],
  },
  {
    name: "a longer layer",
    store: withFalseBlob(() => Buffer.concat([GZIP, GZIP]), "layer"),
    refused: ["digest-mismatch", /did not match/i],
  },
  {
    name: "another config",
    store: withFalseBlob(() => Buffer.from('{"os":"other"}'), "config"),
    refused: ["digest-mismatch", /./],
  },
  {
    name: "a config whose size is wrong",
    store: imageOf({ configDescriptor: { size: 1 } }),
    refused: ["config-size-mismatch", /write too long/],
  },
  {
    name: "a layer whose size is too small",
    store: imageOf({ layers: [{ ...gzipLayer(CONTENT), descriptor: { size: 5 } }] }),
  },
  {
    name: "a layer whose size is too big",
    store: imageOf({ layers: [{ ...gzipLayer(CONTENT), descriptor: { size: 123456 } }] }),
  },
  {
    name: "a layer that is not there",
    store: (repository) => {
      const image = addImage(repository, { format: "oci", layers: [{ blob: GZIP, type: "gzip" }] });
      repository.blobs.delete(digestOf(GZIP));
      return image;
    },
    refused: ["blob-missing", /404|unknown/],
  },
  {
    name: "a manifest that is not there",
    store: () => digestOf(Buffer.from("nowhere")),
    refused: ["digest-gone", /manifest unknown/],
  },
  {
    name: "another manifest",
    store: (repository) => {
      const [asked, given] = [[gzipLayer("a")], [gzipLayer("b")]].map((layers) =>
        addImage(repository, { format: "oci", layers }),
      );
      repository.manifests.set(asked!, repository.manifests.get(given!)!);
      return asked!;
    },
    refused: ["digest-mismatch", /does not match/],
  },
];
