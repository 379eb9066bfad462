/** How a layer's blob is compressed; `none` also stands for whatever skopeo keeps as it is. */
export const LAYER_COMPRESSIONS = ["none", "gzip", "zstd", "bzip2", "xz"] as const;
export type LayerCompression = (typeof LAYER_COMPRESSIONS)[number];

/** As many bytes as are needed to tell. */
export const COMPRESSION_MAGIC_LENGTH = 6;

const MAGIC: readonly (readonly [LayerCompression, readonly number[]])[] = [
  ["gzip", [0x1f, 0x8b, 0x08]],
  ["bzip2", [0x42, 0x5a, 0x68]],
  ["xz", [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
  ["zstd", [0x28, 0xb5, 0x2f, 0xfd]],
];

/**
 * Tells the compression by the first bytes of a blob; the media type has no say. A zstd stream that starts with a
 * skippable frame is not recognised. Source: containers/image `pkg/compression`.
 */
export function detectCompression(head: Uint8Array): LayerCompression {
  const found = MAGIC.find(([, magic]) => magic.every((byte, index) => head[index] === byte));
  return found?.[0] ?? "none";
}

/** Whether a layer's media type, which is none of Docker's, says zstd. */
export function isZstdLayerType(mediaType: string): boolean {
  return mediaType.endsWith("+zstd");
}
