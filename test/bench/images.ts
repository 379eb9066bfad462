import type { Digest } from "../../server/src/oci/digest.ts";
import { DOCKER_MANIFEST, OCI_CONFIG, OCI_MANIFEST } from "../../server/src/oci/media-type.ts";
import { configFor } from "../support/images/image.ts";
import { seededRandom } from "../support/images/random.ts";
import { pushContent } from "../support/push.ts";
import { addBlob, addManifest, type RegistryContent, repositoryOf } from "../support/registry/content.ts";
import { isMissing } from "../support/tools.ts";
import { type BenchLayer, createPieces, type Pieces } from "./layers.ts";

/** An image that the registry of the benchmarks holds. */
export interface BenchImage {
  /** For people. */
  readonly title: string;
  readonly repository: string;
  readonly tag: string;
  readonly digest: Digest;
  readonly layers: readonly StoredLayer[];
  /** Bytes of layers and config, as stored. */
  readonly compressedSize: number;
  readonly uncompressedSize: number;
}

export interface StoredLayer extends Omit<BenchLayer, "blob"> {
  readonly size: number;
}

const LAYER_TYPES = {
  gzip: "application/vnd.docker.image.rootfs.diff.tar.gzip",
  zstd: "application/vnd.oci.image.layer.v1.tar+zstd",
} as const;
const DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json";

/** Images that belong together, by what needs them. */
export const IMAGE_SETS = {
  fiveLayers: async (making: Making) => [await making.add("1 GB, 5 layers", "five-layers", making.fiveLayers())],
  oneLayer: async (making: Making) => [await making.add("1 GB, 1 layer", "one-layer", [making.gzip(1000)])],
  manyLayers: async (making: Making) => [
    await making.add(
      "300 MB, 80 layers",
      "many-layers",
      unevenly(300, 80).map((megabytes) => making.gzip(megabytes)),
    ),
  ],
  /** The same content as that of `fiveLayers`, so that the hash must be the same. */
  zstd: async (making: Making) => {
    if (isMissing("zstd")) return [];
    const layers = [];
    for (const chosen of FIVE_LAYERS) layers.push(await making.pieces.zstdLayer(chosen, making.folder));
    return [await making.add("1 GB, 5 zstd layers", "zstd", layers)];
  },
  sixGigabytes: async (making: Making) => [
    await making.add(
      "6 GB, 8 layers",
      "six-gigabytes",
      (function* () {
        for (let layer = 0; layer < 8; layer++) yield making.gzip(750);
      })(),
    ),
  ],
  /** An image, the next one on the same base, one with a layer of the size of what is new in that, and an older one of that. */
  nextTag: async (making: Making) => {
    const base = [...making.fiveLayers().slice(0, 4), making.gzip(150)];
    return [
      await making.add("950 + 50 MB", "next-tag", [...base, making.gzip(50)], "1.0"),
      await making.add("950 + other 50 MB", "next-tag", [...base, making.gzip(50)], "1.1"),
      await making.add("50 MB", "alone", [making.gzip(50)]),
      await making.add("old", "alone", [making.gzip(1)], "0.9"),
    ];
  },
  /** Twelve applications on three bases, each in a repository of its own that has an old image before the current one. */
  applications: async (making: Making) => {
    const bases = [0, 1, 2].map(() => [30, 20, 10].map((megabytes) => making.gzip(megabytes)));
    const images = [];
    for (let number = 0; number < 12; number++) {
      const repository = `application-${number}`;
      const layers = [...(bases[number % 3] ?? []), making.gzip(8), making.gzip(2)];
      images.push(await making.add(`old application ${number}`, repository, [making.gzip(1)], "0.9"));
      images.push(await making.add(`application ${number}`, repository, layers, "1.0"));
    }
    return images;
  },
  /** A small image under a hundred tags. */
  manyTags: async (making: Making) => {
    const layers = [making.gzip(1)];
    const images = [];
    for (let tag = 0; tag < 100; tag++) images.push(await making.add("small", "many-tags", layers, `1.${tag}`));
    return images;
  },
} as const;

export type ImageSet = keyof typeof IMAGE_SETS;
export type Images = Readonly<Record<ImageSet, readonly BenchImage[]>>;

const FIVE_LAYERS = Array.from({ length: 5 }, (_, layer) =>
  Array.from({ length: 200 }, (_, piece) => layer * 200 + piece),
);

interface Making {
  readonly pieces: Pieces;
  /** For temporary files. */
  readonly folder: string;
  gzip(megabytes: number): BenchLayer;
  fiveLayers(): readonly BenchLayer[];
  /** Pushes an image. */
  add(title: string, repository: string, layers: Iterable<BenchLayer>, tag?: string): Promise<BenchImage>;
}

/** Makes these images and pushes them to a registry; other sets are empty. The same on every run. */
export async function pushImages(host: string, wanted: ReadonlySet<ImageSet>, folder: string): Promise<Images> {
  const images = Object.fromEntries(Object.keys(IMAGE_SETS).map((name) => [name, []])) as unknown as Record<
    ImageSet,
    readonly BenchImage[]
  >;
  if (wanted.size === 0) return images;
  const pieces = await createPieces();
  const gzip = (chosen: readonly number[]) => pieces.gzipLayer(chosen);
  let five: readonly BenchLayer[] | null = null;
  const making: Making = {
    pieces,
    folder,
    gzip: (megabytes) => gzip(pieces.shuffled(megabytes)),
    fiveLayers: () => {
      five ??= FIVE_LAYERS.map(gzip);
      return five;
    },
    add: (title, repository, layers, tag = "1.0") => push(host, { title, repository, tag }, layers),
  };
  for (const [name, make] of Object.entries(IMAGE_SETS)) {
    if (wanted.has(name as ImageSet)) images[name as ImageSet] = await make(making);
  }
  return images;
}

/** Layer by layer, so that not all of a large image must be in memory. */
async function push(
  host: string,
  image: Pick<BenchImage, "title" | "repository" | "tag">,
  layers: Iterable<BenchLayer>,
): Promise<BenchImage> {
  const stored: StoredLayer[] = [];
  for (const { blob, ...layer } of layers) {
    const content: RegistryContent = new Map();
    addBlob(repositoryOf(content, image.repository), blob);
    await pushContent(host, content);
    stored.push({ ...layer, size: blob.length });
  }
  const config = Buffer.from(configOf(stored));
  const content: RegistryContent = new Map();
  const repository = repositoryOf(content, image.repository);
  const isDocker = stored.every(({ type }) => type === "gzip");
  const mediaType = isDocker ? DOCKER_MANIFEST : OCI_MANIFEST;
  const manifest = {
    schemaVersion: 2,
    mediaType,
    config: {
      mediaType: isDocker ? DOCKER_CONFIG : OCI_CONFIG,
      digest: addBlob(repository, config),
      size: config.length,
    },
    layers: stored.map(({ type, digest, size }) => ({
      mediaType: isDocker || type === "zstd" ? LAYER_TYPES[type] : "application/vnd.oci.image.layer.v1.tar+gzip",
      digest,
      size,
    })),
  };
  const digest = addManifest(repository, { mediaType, bytes: Buffer.from(JSON.stringify(manifest)) }, image.tag);
  await pushContent(host, content);
  const sum = (sizes: readonly number[]) => sizes.reduce((total, size) => total + size, 0);
  return {
    ...image,
    digest,
    layers: stored,
    compressedSize: sum(stored.map(({ size }) => size)) + config.length,
    uncompressedSize: sum(stored.map(({ uncompressedSize }) => uncompressedSize)),
  };
}

function configOf(layers: readonly StoredLayer[]): string {
  const config: object = JSON.parse(configFor("linux/amd64"));
  return JSON.stringify({
    ...config,
    rootfs: { type: "layers", diff_ids: layers.map(({ uncompressedDigest }) => uncompressedDigest) },
  });
}

/** So many whole numbers with this sum: few are large, as layers of images are. */
function unevenly(sum: number, count: number): number[] {
  const below = seededRandom(count);
  const numbers = Array.from({ length: count }, () => 1);
  const favourites = Math.ceil(count / 8);
  for (let left = sum - count; left > 0; left--) {
    const index = below(4) === 0 ? below(count) : below(favourites) * 8;
    if (numbers[index] === undefined) left++;
    else numbers[index]++;
  }
  return numbers;
}
