import { CodedError } from "../base/errors.ts";
import type { Descriptor } from "../oci/manifest.ts";
import type { BlobPlace } from "./blob-places.ts";
import { isPartFrom } from "./blobs.ts";
import { discard, readBounded } from "./bounded-body.ts";
import type { RequestOptions } from "./client.ts";
import { header } from "./headers.ts";
import { OriginPaused, TransientFailure } from "./retry.ts";
import type { SessionContext } from "./session.ts";
import type { HttpResponse } from "./transport.ts";

/**
 * The last bytes of a blob, from the first place that gives them: `count`, or the whole of a smaller blob. Nothing verifies
 * them. The range is stated by its offsets, since not all storage knows one that counts from the end. Null when no place gives
 * that part of a blob of that size; only an abort is an error.
 *
 * Each place is asked once: the bytes are good for a guess, which is not worth a wait, nor a wait of others for this.
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
      const response = await server.get({ range: `bytes=${offset}-${size - 1}` }, options);
      if (response.status === 206 && isEndFrom(response, offset, size)) {
        const bytes = await readBounded(response.body, size - offset, response.url, options.signal);
        if (bytes?.length === size - offset) return bytes;
      } else discard(response.body);
    } catch (error) {
      options.signal?.throwIfAborted();
      if (!isFailure(error)) throw error;
      log.debug(`the end of a blob is not to be had: ${error.message}`);
    }
  }
  return null;
}

/** Of a blob that has another size than the manifest claims, this would be any part. */
function isEndFrom(response: HttpResponse, offset: number, size: number): boolean {
  const total = /\/(\d+|\*)$/.exec(header(response, "content-range") ?? "")?.[1];
  return isPartFrom(response, offset) && (total === "*" || Number(total) === size);
}

function isFailure(error: unknown): error is Error {
  return error instanceof CodedError || error instanceof TransientFailure || error instanceof OriginPaused;
}
