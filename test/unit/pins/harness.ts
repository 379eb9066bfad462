import { CodedError } from "../../../server/src/base/errors.ts";
import type { Pin, TextOf } from "../../../server/src/nix/pin.ts";
import { readNixFile } from "../../../server/src/nix/reading.ts";
import { NO_SOURCE_FILES, type SourceFiles } from "../../../server/src/nix/source.ts";
import { type Digest, digestOf, isDigest } from "../../../server/src/oci/digest.ts";
import type { PinSettings } from "../../../server/src/pins/assess.ts";
import { createLookups } from "../../../server/src/pins/lookups.ts";
import { type PinRun, prefetchOnce } from "../../../server/src/pins/run.ts";
import type { PrefetchedImage, PrefetchRequest } from "../../../server/src/prefetch/prefetch.ts";
import type { RegistryClient } from "../../../server/src/registry/client.ts";
import { addImage, addIndex, configFor, plainLayer } from "../../support/images/image.ts";
import { memoryRegistryClient } from "../../support/memory-registry-client.ts";
import { nixParser } from "../../support/nix-parser.ts";
import { type RegistryContent, type RepositoryContent, repositoryOf } from "../../support/registry/content.ts";

export const SRI = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
export const PLACEHOLDER = "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
export const UNKNOWN_DIGEST = `sha256:${"d".repeat(64)}`;
export const SETTINGS: PinSettings = { platform: null, tlsVerify: true };

/** A pin with these attributes, in a text of its own. */
export function pinWith(
  attributes: Readonly<Record<string, string>>,
  overrides: Partial<Pin> = {},
): { readonly text: string; readonly textOf: TextOf; readonly pin: Pin } {
  const isBoolean = (value: string) => value === "true" || value === "false";
  const lines = Object.entries(attributes).map(
    ([name, value]) => `  ${name} = ${isBoolean(value) ? value : JSON.stringify(value)};\n`,
  );
  const text = `pullImage {\n${lines.join("")}}\n`;
  const [pin] = readNixFile(nixParser, "image.nix", text).pins;
  if (pin === undefined) throw new Error(`no pin in ${text}`);
  return { text, textOf: () => text, pin: { ...pin, ...overrides } };
}

/** The only pin of a text. */
export function pinIn(text: string, files: SourceFiles = NO_SOURCE_FILES): Pin {
  const { pins } = readNixFile(nixParser, "image.nix", text, { files });
  const [pin] = pins;
  if (pin === undefined || pins.length > 1) throw new Error(`${pins.length} pins in ${text}`);
  return pin;
}

/** What the repository `org/app` on Docker Hub holds: an older and a newer index of two platforms, and single images. */
export interface AppDigests {
  readonly oldIndex: Digest;
  readonly oldAmd64: Digest;
  readonly oldArm64: Digest;
  /** Tagged `1.0`. */
  readonly newIndex: Digest;
  readonly newAmd64: Digest;
  readonly newArm64: Digest;
  /** Tagged `single`; not in an index. */
  readonly newSingle: Digest;
  readonly oldSingle: Digest;
}

export function appRegistry(): { readonly content: RegistryContent; readonly digests: AppDigests } {
  const content: RegistryContent = new Map();
  const app = repositoryOf(content, "org/app");
  const [oldAmd64, oldArm64] = [addApp(app, "old", "linux/amd64"), addApp(app, "old", "linux/arm64")];
  const [newAmd64, newArm64] = [addApp(app, "new", "linux/amd64"), addApp(app, "new", "linux/arm64")];
  const digests = {
    ...{ oldAmd64, oldArm64, newAmd64, newArm64 },
    oldIndex: addPlatforms(app, oldAmd64, oldArm64),
    newIndex: addPlatforms(app, newAmd64, newArm64, "1.0"),
    oldSingle: addApp(app, "old single", "linux/amd64"),
    newSingle: addApp(app, "new single", "linux/amd64", "single"),
  };
  return { content, digests };
}

function addApp(repository: RepositoryContent, version: string, platform: string, ...tags: string[]): Digest {
  const layer = `${version} ${platform}`;
  return addImage(
    repository,
    { format: "oci", layers: [plainLayer(layer)], config: configFor(platform, [layer]) },
    ...tags,
  );
}

function addPlatforms(repository: RepositoryContent, amd64: Digest, arm64: Digest, ...tags: string[]): Digest {
  const entries = [
    { manifest: amd64, platform: "linux/amd64" },
    { manifest: arm64, platform: "linux/arm64" },
  ];
  return addIndex(repository, { format: "oci", entries }, ...tags);
}

export interface Bench {
  readonly run: PinRun;
  /** What registries were asked, in order: `resolve 1.0`. */
  readonly requests: readonly string[];
  /** What was prefetched. */
  readonly prefetched: readonly PrefetchRequest[];
}

/** A run over a registry in memory, whose hashes are those of `hashOf`. */
export function benchOver(content: RegistryContent, overrides: Partial<PinRun> = {}): Bench {
  const memory = memoryRegistryClient(content);
  const registry = withGoneDigests(memory);
  const prefetched: PrefetchRequest[] = [];
  const run: PinRun = {
    settings: SETTINGS,
    lookups: createLookups(registry),
    prefetch: prefetchOnce(async (request, onProgress) => {
      prefetched.push(request);
      onProgress({ receivedBytes: 1, totalBytes: 1, layersDone: 1, layersTotal: 1, waiting: null });
      const reference = request.reference as Digest;
      const { contentType } = await registry.manifest(request.target, reference);
      return prefetchedImage(request, contentType?.includes("index") ? "index" : "image");
    }),
    concurrency: 2,
    ...overrides,
  };
  return { run, requests: memory.requests, prefetched };
}

/** What the bench says that an image hashes to. */
export function hashOf(digest: string, platform = "linux/amd64", finalReference = "org/app:latest"): Digest {
  return digestOf(Buffer.from(`${digest} ${platform} ${finalReference}`));
}

function prefetchedImage(request: PrefetchRequest, kind: "index" | "image"): PrefetchedImage {
  const { platform, finalImageName, finalImageTag } = request;
  const reference = request.reference as Digest;
  return {
    digest: reference,
    digestOf: kind,
    platformDigest: reference,
    archiveDigest: hashOf(reference, `${platform.os}/${platform.architecture}`, `${finalImageName}:${finalImageTag}`),
    archiveSize: 1,
    warnings: [],
  };
}

/** The memory client says `tag-not-found` of everything; the real one tells digests apart. */
function withGoneDigests(client: RegistryClient): RegistryClient {
  const telling = <A extends readonly [unknown, string, ...unknown[]], R>(ask: (...args: A) => Promise<R>) => {
    return (...args: A) =>
      ask(...args).catch((error: unknown) => {
        const isGone = error instanceof CodedError && error.code === "tag-not-found" && isDigest(args[1]);
        throw isGone ? new CodedError("digest-gone", "There is no such manifest.") : error;
      });
  };
  return { ...client, resolve: telling(client.resolve), manifest: telling(client.manifest) };
}
