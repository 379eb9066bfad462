import { CodedError } from "../base/errors.ts";
import type { Descriptor } from "../oci/manifest.ts";
import type { BlobPlace } from "./blob-places.ts";
import { isPartFrom } from "./blobs.ts";
import { discard, readBounded } from "./bounded-body.ts";
import type { RequestOptions } from "./client.ts";
import type { SessionContext } from "./session.ts";

/**
 * The last bytes of a blob, from the first place that gives them: `count`, or the whole of a smaller blob. Nothing verifies
 * them. The range is stated by its offsets, since not all storage knows one that counts from the end. Null when no place gives
 * that part of a blob of that size; only an abort is an error.
 */
export async function fetchBlobEnd(
  places: readonly BlobPlace[],
  { log }: Pick<SessionContext, "log">,
  { size }: Descriptor,
  count: number,
  options: RequestOptions,
): Promise<Uint8Array | null> {
  const offset = Math.max(0, size - count);
  if (offset === size) return new Uint8Array(0);
  for (const place of places) {
    try {
      const server = await place.open(options);
      const range = { range: `bytes=${offset}-${size - 1}` };
      const response = await server.retries.run(server.origin, options, () => server.get(range, options));
      if (response.status === 206 && isPartFrom(response, offset)) {
        const bytes = await readBounded(response.body, size - offset, response.url, options.signal);
        if (bytes?.length === size - offset) return bytes;
      } else discard(response.body);
    } catch (error) {
      options.signal?.throwIfAborted();
      if (!(error instanceof CodedError)) throw error;
      log.debug(`the end of a blob is not to be had: ${error.message}`);
    }
  }
  return null;
}
