import { createHash } from "node:crypto";
import { type Digest, digestOf } from "../oci/digest.ts";
import { LEGACY_ATTRIBUTES, type LegacyAttribute } from "./image-config.ts";

/** The folder that `docker load` before 1.10 reads for a layer. */
export interface LegacyLayer {
  readonly layer: Digest;
  /** Name of the folder: 64 hexadecimal digits. */
  readonly id: string;
  /** Its file `json`. */
  readonly json: Uint8Array;
}

/**
 * The legacy folders of an image's layers, in manifest order; a layer that occurs twice has two folders.
 * Source: containers/image `docker/internal/tarfile/writer.go`, unchanged since skopeo 1.2.
 */
export function legacyLayers(
  layers: readonly Digest[],
  attributes: ReadonlyMap<LegacyAttribute, Uint8Array>,
): LegacyLayer[] {
  const folders: LegacyLayer[] = [];
  let chainId = "";
  layers.forEach((layer, index) => {
    chainId = index === 0 ? layer : digestOf(Buffer.from(`${chainId} ${layer}`));
    const parent = folders.at(-1)?.id ?? null;
    const copied = index === layers.length - 1 ? attributes : null;
    const id = createHash("sha256")
      .update(layerJson(["layer_id", chainId], parent, copied))
      .digest("hex");
    folders.push({ layer, id, json: layerJson(["id", id], parent, copied) });
  });
  return folders;
}

/** Compact JSON with its keys in byte order: "id" and "layer_id" both stand between the copied attributes and "os". */
function layerJson(
  [key, value]: readonly ["id" | "layer_id", string],
  parent: string | null,
  attributes: ReadonlyMap<LegacyAttribute, Uint8Array> | null,
): Uint8Array {
  const members: [string, Uint8Array][] = [[key, quoted(value)]];
  if (parent !== null) members.push(["parent", quoted(parent)]);
  if (attributes !== null) {
    for (const attribute of LEGACY_ATTRIBUTES) members.push([attribute, attributes.get(attribute) ?? NULL]);
  }
  members.sort(([a], [b]) => (a < b ? -1 : 1));
  const pieces = members.flatMap(([name, json], index) => [
    Buffer.from(`${index === 0 ? "{" : ","}"${name}":`, "latin1"),
    json,
  ]);
  return Buffer.concat([...pieces, Buffer.from("}", "latin1")]);
}

const NULL = Buffer.from("null", "latin1");

/** For hexadecimal digits and digests, which need no escapes. */
function quoted(text: string): Uint8Array {
  return Buffer.from(`"${text}"`, "latin1");
}
