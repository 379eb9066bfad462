import type { Digest } from "../../server/src/oci/digest.ts";

/** A pin that an update is wanted for. */
export interface StalePin {
  /** `HOST/NAME` */
  readonly image: string;
  readonly tag: string;
  /** Another than the tag's. */
  readonly digest: Digest;
  /** `image` when absent. */
  readonly finalName?: string;
}

const OLD_HASH = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

/** A Nix file with these pins. */
export function pinsFile(pins: readonly StalePin[]): string {
  const calls = pins.map(({ image, tag, digest, finalName = image }, index) =>
    [
      `  image-${index} = dockerTools.pullImage {`,
      `    imageName = "${image}";`,
      `    imageDigest = "${digest}";`,
      `    hash = "${OLD_HASH}";`,
      `    finalImageName = "${finalName}";`,
      `    finalImageTag = "${tag}";`,
      "  };",
    ].join("\n"),
  );
  return `{ dockerTools }:\n{\n${calls.join("\n")}\n}\n`;
}
