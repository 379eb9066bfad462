import { ByteReader } from "./byte-reader.ts";
import { inflateGzip } from "./gzip.ts";
import { COMPRESSION_MAGIC_LENGTH, detectCompression, type LayerCompression } from "./layer-compression.ts";
import { layerTooLarge, unsupportedCompression } from "./layer-errors.ts";
import type { OutputMemory } from "./zlib-engine.ts";
import { inflateZstd } from "./zstd.ts";
import { createZstdDecoders } from "./zstd-decoder.ts";

/** No layer of a real image comes near; what unpacks to more is an attack. */
export const DEFAULT_LAYER_SIZE_LIMIT = 32 * 1024 ** 3;

/** A layer's blob, opened for one reading. */
export interface OpenedLayer {
  readonly compression: LayerCompression;
  /** The uncompressed bytes. A piece is valid until the next is asked for. */
  readonly content: AsyncGenerator<Uint8Array, void, undefined>;
}

/**
 * Opens a layer's blob and removes one level of compression, which the first bytes tell; what has none of the known
 * beginnings is kept as it is, as skopeo keeps it. Once begun, read `content` to its end or return it, or the blob stays open.
 * `content` throws `layer-corrupt`, `layer-trailing-data`, `layer-compression-unsupported`, and `layer-too-large` for
 * more than `sizeLimit` uncompressed bytes. The rule throughout is to be no more lenient than skopeo.
 *
 * @param output where decompressors that can write pieces into given memory find it
 */
export async function openLayer(
  blob: AsyncIterable<Uint8Array>,
  sizeLimit: number = DEFAULT_LAYER_SIZE_LIMIT,
  output?: OutputMemory,
): Promise<OpenedLayer> {
  const reader = new ByteReader(blob);
  const compression = detectCompression(await reader.peek(COMPRESSION_MAGIC_LENGTH));
  return { compression, content: limited(reader, inflaterFor(compression, reader, output), sizeLimit) };
}

function inflaterFor(
  compression: LayerCompression,
  reader: ByteReader,
  output: OutputMemory | undefined,
): AsyncIterable<Uint8Array> {
  if (compression === "gzip") return inflateGzip(reader, output);
  if (compression === "zstd") return inflateZstd(reader, createZstdDecoders(output));
  if (compression === "none") return keepAsIs(reader);
  return refuse(compression);
}

async function* keepAsIs(reader: ByteReader): AsyncGenerator<Uint8Array, void, undefined> {
  for (let bytes = await reader.available(); bytes.length > 0; bytes = await reader.available()) {
    yield bytes;
    reader.consume(bytes.length);
  }
}

// biome-ignore lint/correctness/useYield: refused when read, as every other fault of a layer
async function* refuse(compression: LayerCompression): AsyncGenerator<Uint8Array, void, undefined> {
  throw unsupportedCompression(`A layer is compressed with ${compression}, which is not supported`);
}

async function* limited(
  reader: ByteReader,
  inflated: AsyncIterable<Uint8Array>,
  sizeLimit: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    let size = 0;
    for await (const piece of inflated) {
      size += piece.length;
      if (size > sizeLimit) throw layerTooLarge(sizeLimit);
      yield piece;
    }
  } finally {
    await reader.close();
  }
}
