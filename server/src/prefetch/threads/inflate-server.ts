import { createHash } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { openLayer } from "../../archive/inflate.ts";
import { OUTPUT_SIZE } from "../../archive/zlib-engine.ts";
import { digestFromHex } from "../../oci/digest.ts";
import type { InflateJob, UnpackedLayer } from "./calls.ts";
import { ChannelReader } from "./channel-reader.ts";
import { ChannelWriter } from "./channel-writer.ts";

/** Bytes after which others have a turn, where no channel makes the unpacking wait. */
const TURN = 4 * 1024 * 1024;

/**
 * Unpacks the blob that comes through `input`. When nobody reads `output` any more, the rest is only measured. Errors: those
 * of `openLayer`; `ChannelBroken` where the input breaks.
 */
export async function inflate(job: InflateJob): Promise<UnpackedLayer> {
  const { input, output, sizeLimit, knownDigest, hashesContent } = job;
  const writer = output === null ? null : new ChannelWriter(output);
  // It may be waiting for a reader.
  const blob = new ChannelReader(input, () => writer?.close());
  try {
    const { compression, content } = await openLayer(blob, sizeLimit, () => writer?.room(OUTPUT_SIZE) ?? null);
    const hash = knownDigest === null && hashesContent ? createHash("sha256") : null;
    let size = 0;
    let turn = TURN;
    for await (const piece of content) {
      blob.throwIfBroken();
      hash?.update(piece);
      size += piece.length;
      if (size > turn) {
        turn = size + TURN;
        await setImmediate();
      }
      await writer?.write(piece);
    }
    writer?.end();
    const digest = hash === null ? knownDigest : digestFromHex(hash.digest("hex"));
    return { digest, size, compression };
  } catch (error) {
    writer?.close();
    throw error;
  }
}
