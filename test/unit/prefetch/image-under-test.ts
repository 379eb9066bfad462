import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { type Log, silentLog } from "../../../server/src/base/log.ts";
import type { Digest } from "../../../server/src/oci/digest.ts";
import type { Tag } from "../../../server/src/oci/reference.ts";
import {
  type PrefetchedImage,
  type PrefetchOptions,
  type PrefetchRequest,
  prefetchImage,
} from "../../../server/src/prefetch/prefetch.ts";
import {
  type MemoryRegistryClient,
  type MemoryRegistryOptions,
  memoryRegistryClient,
} from "../../support/memory-registry-client.ts";
import { engineInProcess } from "../../support/prefetch-engine.ts";
import { type RegistryContent, type RepositoryContent, repositoryOf } from "../../support/registry/content.ts";

const PATH = "example/image";

export interface ImageUnderTest {
  readonly registry: MemoryRegistryClient;
  readonly temporaryFolder: string;
  /** What is left in the temporary folder. */
  leftovers(): Promise<string[]>;
  prefetch(change?: Partial<PrefetchRequest>, options?: Partial<PrefetchOptions>): Promise<PrefetchedImage>;
}

/** A registry with one repository, filled by `fill`, whose result is what `prefetch` asks for unless told otherwise. */
export async function imageUnderTest(
  fill: (repository: RepositoryContent) => Digest,
  registryOptions?: MemoryRegistryOptions,
): Promise<ImageUnderTest> {
  const content: RegistryContent = new Map();
  const reference = fill(repositoryOf(content, PATH));
  const registry = memoryRegistryClient(content, registryOptions);
  const temporaryFolder = await mkdtemp(join(tmpdir(), "dockpin-test-"));
  onTestFinished(() => rm(temporaryFolder, { recursive: true, force: true }));
  const log: Log = silentLog;
  return {
    registry,
    temporaryFolder,
    leftovers: () => readdir(temporaryFolder),
    prefetch: (change, options) =>
      prefetchImage(
        {
          target: { repository: { registry: "registry.example", path: PATH }, tlsVerify: true },
          reference,
          platform: { os: "linux", architecture: "amd64" },
          finalImageName: "example/image",
          finalImageTag: "1.0",
          ...change,
        },
        { engine: engineInProcess(), registry, log, temporaryFolder, ...options },
      ),
  };
}

export const LATEST = "latest" as Tag;
