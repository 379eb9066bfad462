import { CodedError } from "../base/errors.ts";

/** A compressed layer that skopeo can't decompress either, or that it and this engine might read differently. */
export function corruptLayer(what: string, cause?: unknown): CodedError {
  const message = `The compressed layer is damaged: ${what}, so its archive can't be predicted; push the image again.`;
  return new CodedError("layer-corrupt", message, cause === undefined ? undefined : { cause });
}

export function trailingData(format: string): CodedError {
  return new CodedError(
    "layer-trailing-data",
    `There is data behind the end of the ${format} layer, which skopeo refuses; push the image again.`,
  );
}

export function unsupportedCompression(what: string): CodedError {
  return new CodedError("layer-compression-unsupported", `${what}; push the image with gzip layers instead.`);
}

export function layerTooLarge(limit: number): CodedError {
  return new CodedError(
    "layer-too-large",
    `A layer unpacks to more than the limit of ${limit} bytes; if the image is trusted, raise the limit.`,
  );
}
