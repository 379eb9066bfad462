import type { ImageConfig } from "../archive/image-config.ts";
import { isZstdLayerType } from "../archive/layer-compression.ts";
import { unsupportedCompression } from "../archive/layer-errors.ts";
import { CodedError } from "../base/errors.ts";
import type { Descriptor, ImageManifest } from "../oci/manifest.ts";
import type { LayerFacts } from "./threads/threads.ts";

/**
 * Refuses an image for what its layers turned out to be: `manifest-malformed` when one is also its config, which skopeo
 * writes once, as a layer, and then misses; `layer-corrupt` when a zstd layer is not the one that the config names.
 */
export function refuseLayers(
  { config: { digest } }: ImageManifest,
  config: ImageConfig,
  layers: readonly LayerFacts[],
) {
  if (layers.some((layer) => layer.digest === digest)) {
    const message = `The config of the image, ${digest}, is also one of its layers, which skopeo refuses; rebuild the image.`;
    throw new CodedError("manifest-malformed", message);
  }
  const { diffIds } = config;
  if (diffIds === null || diffIds.length !== layers.length) return;
  for (const [index, layer] of layers.entries()) {
    // zstd decoders differ in which damage they notice, so there what skopeo would make of such a layer can't be told.
    if (layer.compression !== "zstd" || layer.digest === diffIds[index]) continue;
    const message = `Layer ${index + 1} unpacks to ${layer.digest}, but the config says ${diffIds[index]}; push the image again.`;
    throw new CodedError("layer-corrupt", message);
  }
}

/** Refuses what skopeo finds nothing to unpack in, but must still take for zstd, which has no Docker type. */
export function refuseUnrecognisedZstd({ mediaType }: Descriptor, { compression }: LayerFacts): void {
  if (compression !== "none" || !isZstdLayerType(mediaType)) return;
  throw unsupportedCompression("A layer of zstd type does not begin as zstd data does, which skopeo refuses");
}
