import { CodedError, orThrow } from "../base/errors.ts";
import { type Digest, isDigest } from "../oci/digest.ts";
import { type ImageIndex, type ImageManifest, parseManifest } from "../oci/manifest.ts";
import { manifestTypeOf } from "../oci/media-type.ts";
import { type Platform, platformOf as readPlatform } from "../oci/platform.ts";
import { printRepository, type Tag } from "../oci/reference.ts";
import type { ManifestHead, RegistryClient, RegistryTarget, RequestOptions } from "../registry/client.ts";

/** The JSON object that an image's config is; nothing about its members is certain. */
export type ImageConfig = Readonly<Record<string, unknown>>;

/** What a run asked registries, each question once however many pins share it. */
export interface Lookups {
  /** Where a tag points now. */
  tagHead(target: RegistryTarget, tag: Tag): Promise<ManifestHead>;
  /** Whether a digest is of an index or of one platform's image; throws `digest-gone` when the registry lacks it. */
  kindOf(target: RegistryTarget, digest: Digest): Promise<"index" | "image">;
  /** Artifacts are images here as well: what a pin's function makes of them is not asked. */
  manifest(target: RegistryTarget, digest: Digest): Promise<ImageManifest | ImageIndex>;
  /** A manifest as the registry has it. */
  manifestBytes(target: RegistryTarget, digest: Digest): Promise<Uint8Array>;
  /** The config of one platform's image; throws `config-too-large`, `config-malformed` and `artifact-not-image` for an index. */
  config(target: RegistryTarget, digest: Digest): Promise<ImageConfig>;
  /** The config that a manifest names, which the registry need not have; throws `blob-missing` then. */
  configNamedBy(target: RegistryTarget, manifest: ImageManifest): Promise<ImageConfig>;
  /** What the image of one platform's manifest says that it runs on; null when its config does not say. */
  platformOf(target: RegistryTarget, digest: Digest): Promise<Platform | null>;
}

const CONFIG_SIZE_LIMIT = 4 * 1024 * 1024;

/** Lookups for one run, with these options for all requests. Errors are those of the registry client and of `parseManifest`. */
export function createLookups(registry: RegistryClient, options: RequestOptions = {}): Lookups {
  const head = once(ofReference, (target, reference: Tag | Digest) => registry.resolve(target, reference, options));
  const fetched = once(ofReference, (target, digest: Digest) => registry.manifest(target, digest, options));
  const manifest = once(ofReference, async (target, digest: Digest) => {
    const { bytes, contentType } = await fetched(target, digest);
    return orThrow(parseManifest(bytes, contentType, "as-is"));
  });
  const configNamedBy = once(
    (image: ImageManifest) => ofReference(image.config.digest),
    async (target, image: ImageManifest) => {
      if (image.config.size > CONFIG_SIZE_LIMIT) {
        const message = `The config ${image.config.digest} is larger than 4 MiB; it is not an image's.`;
        throw new CodedError("config-too-large", message);
      }
      const chunks: Uint8Array[] = [];
      for await (const chunk of registry.blob(target, image.config, options)) chunks.push(chunk);
      return parseConfig(Buffer.concat(chunks).toString("utf8"));
    },
  );

  async function kindOf(target: RegistryTarget, digest: Digest): Promise<"index" | "image"> {
    const { contentType } = await head(target, digest);
    const type = contentType === null ? null : manifestTypeOf(contentType);
    return type?.kind ?? (await manifest(target, digest)).kind;
  }

  async function manifestBytes(target: RegistryTarget, digest: Digest): Promise<Uint8Array> {
    return (await fetched(target, digest)).bytes;
  }

  async function config(target: RegistryTarget, digest: Digest): Promise<ImageConfig> {
    const image = await manifest(target, digest);
    if (image.kind === "image") return configNamedBy(target, image);
    throw new CodedError("artifact-not-image", `${digest} is an index, which has no config; name one of its images.`);
  }

  async function platformOf(target: RegistryTarget, digest: Digest): Promise<Platform | null> {
    if ((await manifest(target, digest)).kind === "index") return null;
    return platformOfConfig(await config(target, digest));
  }

  return { tagHead: head, kindOf, manifest, manifestBytes, config, configNamedBy, platformOf };
}

/** What the image of a config runs on; null when it does not say. */
export function platformOfConfig({ os, architecture }: ImageConfig): Platform | null {
  if (typeof os !== "string" || typeof architecture !== "string") return null;
  const platform = readPlatform(os, architecture);
  return platform.ok ? platform.value : null;
}

/** A config that is JSON but no object says nothing. */
function parseConfig(text: string): ImageConfig {
  let config: unknown;
  try {
    config = JSON.parse(text);
  } catch (cause) {
    throw new CodedError("config-malformed", "The image's config is not JSON; pull the image to see what is wrong.", {
      cause,
    });
  }
  return isObject(config) ? config : {};
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function ofReference(reference: Tag | Digest): string {
  return `${isDigest(reference) ? "@" : ":"}${reference}`;
}

/** `ask`, called once per target and what `keyOf` gives. */
function once<R, T>(keyOf: (reference: R) => string, ask: (target: RegistryTarget, reference: R) => Promise<T>) {
  const answers = new Map<string, Promise<T>>();
  return (target: RegistryTarget, reference: R): Promise<T> => {
    const key = `${target.tlsVerify} ${printRepository(target.repository)}${keyOf(reference)}`;
    let answer = answers.get(key);
    if (answer === undefined) {
      answer = ask(target, reference);
      answers.set(key, answer);
    }
    return answer;
  };
}
