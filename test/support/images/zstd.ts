import { spawnSync } from "node:child_process";

/** Compresses with the real `zstd` on PATH. The frame's header states the size of the content only where asked. */
export function zstd(data: Uint8Array, options: { readonly statesSize?: boolean } = {}): Uint8Array {
  const size = options.statesSize === true ? [`--stream-size=${data.length}`] : [];
  const result = spawnSync("zstd", ["-q", "-c", ...size], { input: data, maxBuffer: 2 ** 31 });
  if (result.error !== undefined) throw result.error;
  if (result.status !== 0) throw new Error(`zstd: ${result.stderr.toString()}`);
  return result.stdout;
}

/** A frame that decoders skip, as zstd:chunked appends its table of contents. */
export function skippableFrame(content: Uint8Array): Uint8Array {
  const header = Buffer.alloc(8);
  header.writeUInt32LE(0x184d2a50, 0);
  header.writeUInt32LE(content.length, 4);
  return Buffer.concat([header, content]);
}
