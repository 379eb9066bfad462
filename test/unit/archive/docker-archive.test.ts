import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { type ArchiveImage, archiveParts, layerEntryHeader } from "../../../server/src/archive/docker-archive.ts";
import { parseFinalReference } from "../../../server/src/archive/final-reference.ts";
import { readImageConfig } from "../../../server/src/archive/image-config.ts";
import { orThrow } from "../../../server/src/base/errors.ts";
import { digestOf } from "../../../server/src/oci/digest.ts";
import { ARCHIVE_VECTORS, type ArchiveVector } from "../../support/archive-vectors.ts";
import { readTar } from "../../support/tar-reader.ts";

function imageOf(vector: ArchiveVector): ArchiveImage {
  return {
    layers: vector.contents.map((content) => ({ digest: digestOf(Buffer.from(content)), size: content.length })),
    configDigest: digestOf(vector.config),
    config: orThrow(readImageConfig(vector.config)),
    reference: orThrow(parseFinalReference(vector.finalImageName, vector.finalImageTag)),
  };
}

function archiveOf(vector: ArchiveVector): Buffer {
  const contents = new Map(vector.contents.map((content) => [digestOf(Buffer.from(content)), content]));
  const pieces = [...archiveParts(imageOf(vector))].map((part) =>
    part.kind === "bytes" ? part.bytes : Buffer.from(contents.get(part.layer.digest)!),
  );
  return Buffer.concat(pieces);
}

describe("the bytes that skopeo writes", () => {
  test.each(ARCHIVE_VECTORS)("%s", (_, vector) => {
    const archive = archiveOf(vector);
    expect(archive.length).toBe(vector.size);
    expect(createHash("sha256").update(archive).digest("hex")).toBe(vector.sha256);
  });
});

test("entries: distinct layers, config, a folder for each layer, manifest, repositories", () => {
  const [, vector] = ARCHIVE_VECTORS[2]!;
  const entries = readTar(archiveOf(vector));
  const abc = digestOf(Buffer.from("abc")).slice(7);
  const d512 = digestOf(Buffer.from("d".repeat(512))).slice(7);
  const config = digestOf(vector.config).slice(7);
  const shortened = entries.map(
    ({ name, linkTarget }) => `${name.replace(/^([0-9a-f]{8})[0-9a-f]{56}/, "$1")}${linkTarget && ` -> ${linkTarget}`}`,
  );
  const folder = (id: string, layer: string) => [`${id}/layer.tar -> ../${layer}.tar`, `${id}/VERSION`, `${id}/json`];
  expect(shortened).toEqual([
    `${abc.slice(0, 8)}.tar`,
    `${d512.slice(0, 8)}.tar`,
    `${config.slice(0, 8)}.json`,
    ...folder("f13c10e5", abc),
    ...folder("f87ba872", d512),
    ...folder("13d864c5", abc),
    "manifest.json",
    "repositories",
  ]);
  const text = (name: string) => entries.find((entry) => entry.name === name)!.body.toString();
  expect(text("manifest.json")).toBe(
    `[{"Config":"${config}.json","RepoTags":["quay.io/x/y:1.2"],"Layers":["${abc}.tar","${d512}.tar","${abc}.tar"]}]`,
  );
  expect(text("repositories")).toMatch(/^\{"quay\.io\/x\/y":\{"1\.2":"13d864c5[0-9a-f]{56}"\}\}$/);
});

test("the parts up to the end of a layer do not depend on what comes after it", () => {
  const layer = { digest: digestOf(Buffer.from("abc")), size: 3 };
  const [, vector] = ARCHIVE_VECTORS[0]!;
  const [header, body] = archiveParts(imageOf(vector));
  expect(header).toEqual({ kind: "bytes", bytes: layerEntryHeader(layer) });
  expect(body).toEqual({ kind: "layer", layer });
});

test("a layer of 8 GiB is announced by an extended header", () => {
  const layer = { digest: digestOf(Buffer.from("abc")), size: 8 * 1024 ** 3 };
  expect(layerEntryHeader(layer)).toHaveLength(3 * 512);
  expect(layerEntryHeader({ ...layer, size: layer.size - 1 })).toHaveLength(512);
});
