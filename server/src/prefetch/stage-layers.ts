import { createHash } from "node:crypto";
import type { ArchiveLayer } from "../archive/docker-archive.ts";
import { openLayer } from "../archive/inflate.ts";
import { isZstdLayerType, type LayerCompression } from "../archive/layer-compression.ts";
import { unsupportedCompression } from "../archive/layer-errors.ts";
import { mapConcurrently } from "../base/concurrency.ts";
import { type Digest, digestFromHex } from "../oci/digest.ts";
import type { Descriptor } from "../oci/manifest.ts";
import { type BlobSource, readBlob } from "./blob-source.ts";
import type { BlobSpool } from "./blob-spool.ts";

const DOWNLOADS_AT_ONCE = 3;

/** A layer whose blob is in the spool. */
export interface StagedLayer extends ArchiveLayer {
  readonly blob: Digest;
  readonly compression: LayerCompression;
}

/** Where staging works. */
export interface Staging {
  readonly blobs: BlobSource;
  readonly spool: BlobSpool;
  readonly layerSizeLimit: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * Brings the blobs of all layers into the spool, each once and a few at a time, and measures them unpacked: a tar
 * header needs digest and size before the bytes, and only unpacking tells them. Gives the layers in manifest order.
 * The first failure stops the other downloads. Errors: those of the source, the spool and `openLayer`.
 */
export async function stageLayers(layers: readonly Descriptor[], staging: Staging): Promise<StagedLayer[]> {
  const failure = new AbortController();
  const signal = staging.signal ? AbortSignal.any([staging.signal, failure.signal]) : failure.signal;
  const blobs = new Map(layers.map((layer) => [layer.digest, layer]));
  try {
    const measured = await mapConcurrently([...blobs.values()], DOWNLOADS_AT_ONCE, async (descriptor) => {
      try {
        await readBlob(staging.blobs, descriptor, signal, (chunks) => staging.spool.add(descriptor.digest, chunks));
        return await measure(descriptor.digest, { ...staging, signal });
      } catch (error) {
        failure.abort(error);
        throw error;
      }
    });
    const byBlob = new Map(measured.map((layer) => [layer.blob, layer]));
    return layers.flatMap((layer) => {
      const staged = byBlob.get(layer.digest);
      if (staged === undefined) return [];
      refuseUnrecognisedZstd(layer, staged);
      return [staged];
    });
  } catch (error) {
    // Whatever the stopped downloads threw, the reason is the first failure, or the caller's abort.
    signal.throwIfAborted();
    throw error;
  }
}

async function measure(blob: Digest, { spool, layerSizeLimit, signal }: Staging): Promise<StagedLayer> {
  const { compression, content } = await openLayer(spool.read(blob), layerSizeLimit);
  const hash = createHash("sha256");
  let size = 0;
  for await (const piece of content) {
    signal?.throwIfAborted();
    hash.update(piece);
    size += piece.length;
  }
  return { blob, digest: digestFromHex(hash.digest("hex")), size, compression };
}

function refuseUnrecognisedZstd({ mediaType }: Descriptor, { compression }: StagedLayer): void {
  if (compression !== "none" || !isZstdLayerType(mediaType)) return;
  // skopeo finds nothing to unpack, and then no Docker type for what it must still take for zstd.
  throw unsupportedCompression("A layer of zstd type does not begin as zstd data does, which skopeo refuses");
}
