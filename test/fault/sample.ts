import type { Digest } from "../../server/src/oci/digest.ts";
import { addImage, configFor, gzipLayer, type ImageContent } from "../support/images/image.ts";
import { randomBytes } from "../support/images/random.ts";
import type { RepositoryContent } from "../support/registry/content.ts";

export const PATH = "team/app";
export const TAG = "1.0";

/** What the only layer unpacks to; it hardly compresses, so that a body has several pieces. */
export const LAYER_CONTENT = randomBytes(7, 100_000);

/** The layer as the registry stores it. */
export const LAYER_BLOB = gzipLayer(LAYER_CONTENT).blob;

/** The image that rows are about: one layer, so that requests have an order. */
export function sampleImage(repository: RepositoryContent): Digest {
  return imageLike()(repository);
}

/** The sample image with changes. */
export function imageLike(change: Partial<ImageContent> = {}): (repository: RepositoryContent) => Digest {
  return (repository) =>
    addImage(
      repository,
      {
        format: "oci",
        layers: [gzipLayer(LAYER_CONTENT)],
        config: configFor("linux/amd64", [LAYER_CONTENT]),
        ...change,
      },
      TAG,
    );
}
