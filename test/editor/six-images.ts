import { addImage, configFor, gzipLayer } from "../support/images/image.ts";
import { type RegistryContent, repositoryOf } from "../support/registry/content.ts";

const IMAGES = {
  caddy: "2.8-alpine",
  grafana: "11.1.4",
  memcached: "1.6-alpine",
  nats: "2.10",
  postgres: "16-alpine",
  redis: "7.2",
} as const;

export type ImageName = keyof typeof IMAGES;
export const IMAGE_NAMES = Object.keys(IMAGES) as ImageName[];

/** Where the pin of an image is. */
export function fileOf(name: ImageName): string {
  return `images/${name}.nix`;
}

/** Six images, each with a tag that has moved on, and a file for each that pins what the tag was before. */
export function sixImages(): { readonly content: RegistryContent; readonly files: Record<string, string> } {
  const content: RegistryContent = new Map();
  const files: Record<string, string> = {};
  for (const name of IMAGE_NAMES) {
    const repository = repositoryOf(content, `library/${name}`);
    const [oldDigest] = ["old", "new"].map((age) => {
      const layer = `${age} ${name}\n`.repeat(5000);
      const image = { format: "oci", layers: [gzipLayer(layer)], config: configFor("linux/amd64", [layer]) } as const;
      return addImage(repository, image, IMAGES[name]);
    });
    files[fileOf(name)] = [
      "{ dockerTools }:",
      "",
      "dockerTools.pullImage {",
      `  imageName = "${name}";`,
      `  imageDigest = "${oldDigest}";`,
      '  hash = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";',
      `  finalImageTag = "${IMAGES[name]}";`,
      '  os = "linux";',
      '  arch = "amd64";',
      "}",
      "",
    ].join("\n");
  }
  return { content, files };
}
