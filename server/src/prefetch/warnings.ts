import type { ImageConfig } from "../archive/image-config.ts";
import { isZstdLayerType } from "../archive/layer-compression.ts";
import type { Digest } from "../oci/digest.ts";
import { type Platform, printPlatform } from "../oci/platform.ts";
import type { PrefetchPlan } from "./plan.ts";

/**
 * What a user should know about an image whose hash was computed all the same.
 *
 * @param layers what they unpack to
 */
export function imageWarnings(
  plan: PrefetchPlan,
  platform: Platform,
  config: ImageConfig,
  layers: readonly Digest[],
): string[] {
  const warnings = [...plan.warnings];
  if (plan.manifest.layers.some(({ mediaType }) => isZstdLayerType(mediaType))) {
    warnings.push("the image has zstd layers, which skopeo can pull since 1.14");
  }
  const { os, architecture } = config;
  const isOther = os !== platform.os || architecture !== platform.architecture;
  if (plan.digestOf === "image" && os !== null && architecture !== null && isOther) {
    const [actual, wanted] = [printPlatform({ os, architecture }), printPlatform(platform)];
    warnings.push(`the image is for ${actual}, not ${wanted}, and has no others to choose from`);
  }
  const { diffIds } = config;
  const agree = diffIds?.length === layers.length && layers.every((digest, index) => digest === diffIds[index]);
  if (diffIds !== null && !agree) {
    warnings.push("the config's diff_ids are not those of the layers: skopeo ignores that, but Docker may refuse it");
  }
  return warnings;
}
