import { type ImageConfig, readImageConfig } from "../archive/image-config.ts";
import { CodedError, orThrow } from "../base/errors.ts";
import { type Descriptor, MANIFEST_SIZE_LIMIT } from "../oci/manifest.ts";
import { type BlobSource, readBlob } from "./blob-source.ts";

/**
 * Fetches and reads an image's config. Errors: `config-too-large` over 4 MiB, `config-size-mismatch` when the manifest
 * states another length (skopeo writes that length into the archive, and fails), `config-malformed`, the registry's.
 */
export async function fetchConfig(
  descriptor: Descriptor,
  blobs: BlobSource,
  signal: AbortSignal | undefined,
): Promise<ImageConfig> {
  if (descriptor.size > MANIFEST_SIZE_LIMIT) throw tooLarge();
  const bytes = await readBlob(blobs, descriptor, signal, collect);
  if (bytes.length !== descriptor.size) {
    throw new CodedError(
      "config-size-mismatch",
      `The image's config has ${bytes.length} bytes, but its manifest says ${descriptor.size}, so skopeo fails; push the image again.`,
    );
  }
  return orThrow(readImageConfig(bytes));
}

async function collect(content: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of content) {
    size += chunk.length;
    if (size > MANIFEST_SIZE_LIMIT) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function tooLarge(): CodedError {
  return new CodedError("config-too-large", "The image's config is over 4 MiB, which skopeo refuses to read.");
}
