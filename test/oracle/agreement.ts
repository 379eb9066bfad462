import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../../server/src/base/clock.ts";
import type { ErrorCode } from "../../server/src/base/error-codes.ts";
import { CodedError, orThrow } from "../../server/src/base/errors.ts";
import { silentLog } from "../../server/src/base/log.ts";
import type { Digest } from "../../server/src/oci/digest.ts";
import { parsePlatform } from "../../server/src/oci/platform.ts";
import { parseReference } from "../../server/src/oci/reference.ts";
import { type ArchiveFormat, type PrefetchOptions, prefetchImage } from "../../server/src/prefetch/prefetch.ts";
import { createRegistryClient } from "../../server/src/registry/create-client.ts";
import { memoryCacheStore } from "../support/memory-cache-store.ts";
import { engineInProcess, engineWithThreads, WRONG_GUESSES } from "../support/prefetch-engine.ts";
import { type RegistryContent, type RepositoryContent, repositoryOf } from "../support/registry/content.ts";
import { copyFolderWithSkopeo, copyWithSkopeo, type SkopeoOutcome } from "../support/skopeo.ts";
import { isMissing } from "../support/tools.ts";

/** An image, and what pulling it must come to. */
export interface AgreementCase {
  readonly name: string;
  /** Stores the image; gives the digest to pull, and a twin's where skopeo 1.9.3 can't read the image itself. */
  readonly store: (repository: RepositoryContent) => Digest | { readonly pull: Digest; readonly twin: Digest };
  /** `linux/amd64` when absent. */
  readonly platform?: string;
  /** `nixos/nix` and `2.19.3` when absent. */
  readonly final?: FinalImage;
  /** Both refuse: our code, and what skopeo says. Both write the same archive when absent. */
  readonly refused?: readonly [code: ErrorCode, bySkopeo: RegExp];
  /** Only we refuse, where releases of skopeo or its libraries differ. */
  readonly onlyWeRefuse?: ErrorCode;
}

export interface FinalImage {
  readonly name: string;
  readonly tag: string;
}

export interface StartedRegistry {
  readonly host: string;
  close(): Promise<void>;
}

const DEFAULT_PLATFORM = "linux/amd64";
const DEFAULT_FINAL: FinalImage = { name: "nixos/nix", tag: "2.19.3" };

type Outcome = { readonly archive: { readonly digest: Digest; readonly size: number } } | { readonly code: ErrorCode };

/** Pulls every case from a registry with the real skopeo and with our engine, and compares. */
export function describeAgreement(
  title: string,
  start: (content: RegistryContent) => Promise<StartedRegistry>,
  cases: readonly AgreementCase[],
  programs: readonly string[] = [],
  format: ArchiveFormat = "docker-archive",
): void {
  describeCases(title, start, cases, programs, async (agreementCase, { repository, pull, twin }) => {
    const { refused, onlyWeRefuse } = agreementCase;
    const [bySkopeo, byUs] = await Promise.all([
      copyBySkopeo(agreementCase, repository, twin, format),
      prefetchInAllWays(agreementCase, repository, pull, format),
    ]);
    if (refused !== undefined) {
      expect(bySkopeo).toEqual({ refusal: expect.stringMatching(refused[1]) });
      expect(byUs).toEqual({ code: refused[0] });
      return;
    }
    expect(bySkopeo).toHaveProperty("archive");
    expect(byUs).toEqual(onlyWeRefuse === undefined ? bySkopeo : { code: onlyWeRefuse });
  });
}

/** Our engine may refuse, whatever the cases say, but never gives another hash than skopeo, or one where skopeo refuses. */
export function describeNoOtherHash(
  title: string,
  start: (content: RegistryContent) => Promise<StartedRegistry>,
  cases: readonly AgreementCase[],
  programs: readonly string[],
  format: ArchiveFormat,
): void {
  describeCases(title, start, cases, programs, async (agreementCase, { repository, pull }) => {
    const [bySkopeo, byUs] = await Promise.all([
      copyBySkopeo(agreementCase, repository, pull, format),
      prefetchCase(agreementCase, repository, pull, format),
    ]);
    expect([bySkopeo, { code: expect.any(String) }]).toContainEqual(byUs);
  });
}

interface StoredCase {
  readonly repository: string;
  readonly pull: Digest;
  readonly twin: Digest;
}

function describeCases(
  title: string,
  start: (content: RegistryContent) => Promise<StartedRegistry>,
  cases: readonly AgreementCase[],
  programs: readonly string[],
  compare: (agreementCase: AgreementCase, stored: StoredCase) => Promise<void>,
): void {
  describe.skipIf(isMissing("skopeo", "zstd", ...programs))(title, () => {
    const content: RegistryContent = new Map();
    const stored = new Map<AgreementCase, { path: string; pull: Digest; twin: Digest }>();
    let registry: StartedRegistry;

    beforeAll(async () => {
      for (const [position, agreementCase] of cases.entries()) {
        const path = `case/n${position}`;
        const digests = agreementCase.store(repositoryOf(content, path));
        stored.set(agreementCase, {
          path,
          ...(typeof digests === "string" ? { pull: digests, twin: digests } : digests),
        });
      }
      registry = await start(content);
    });

    afterAll(async () => {
      await registry.close();
    });

    test.for(cases)("$name", async (agreementCase) => {
      const { path, pull, twin } = stored.get(agreementCase)!;
      await compare(agreementCase, { repository: `${registry.host}/${path}`, pull, twin });
    });
  });
}

function copyBySkopeo(
  { platform = DEFAULT_PLATFORM, final = DEFAULT_FINAL }: AgreementCase,
  repository: string,
  digest: Digest,
  format: ArchiveFormat,
): Promise<SkopeoOutcome> {
  const source = `${repository}@${digest}`;
  return format === "nix2container"
    ? copyFolderWithSkopeo({ source, platform })
    : copyWithSkopeo({ source, platform, finalReference: `${final.name}:${final.tag}` });
}

/**
 * What our engine gives with threads that guess what layers will be, when it knows, and when all of its guesses are wrong. It
 * must be the same.
 */
async function prefetchInAllWays(
  agreementCase: AgreementCase,
  repository: string,
  digest: Digest,
  format: ArchiveFormat,
): Promise<Outcome> {
  const prefetchWith = (ways: Ways) => prefetchCase(agreementCase, repository, digest, format, ways);
  const cache = memoryCacheStore();
  const outcome = await prefetchWith({ engine: engineWithThreads(cache) });
  for (const key of cache.entries.keys()) if (key.startsWith("image ")) cache.entries.delete(key);
  const known = await prefetchWith({ engine: engineInProcess(cache) });
  expect(known, "with what was learnt of layers").toEqual(outcome);
  for (const [name, guess] of Object.entries(WRONG_GUESSES)) {
    const guessedWrong = await prefetchWith({ engine: engineInProcess(), guess });
    expect(guessedWrong, `with guesses of ${name}`).toEqual(outcome);
  }
  return outcome;
}

function prefetchCase(
  { platform = DEFAULT_PLATFORM, final = DEFAULT_FINAL }: AgreementCase,
  repository: string,
  digest: Digest,
  format: ArchiveFormat,
  ways?: Ways,
): Promise<Outcome> {
  return prefetch({ repository, digest, final, platform, format }, ways);
}

/** How our engine goes about it. */
type Ways = Pick<PrefetchOptions, "engine" | "guess">;

interface PrefetchCall {
  readonly repository: string;
  readonly digest: Digest;
  readonly final: FinalImage;
  readonly platform: string;
  /** "docker-archive" when absent. */
  readonly format?: ArchiveFormat;
}

/** What our engine gives for an image of an http registry; it must leave no temporary file either way. */
export async function prefetch(call: PrefetchCall, ways: Ways = { engine: engineWithThreads() }): Promise<Outcome> {
  const temporaryFolder = await mkdtemp(join(tmpdir(), "dockpin-oracle-"));
  const registry = createRegistryClient({ version: "0", log: silentLog, clock: systemClock, random: Math.random });
  try {
    const image = await prefetchImage(
      {
        target: { repository: orThrow(parseReference(call.repository)), tlsVerify: false },
        reference: call.digest,
        platform: orThrow(parsePlatform(call.platform)),
        ...(call.format && { format: call.format }),
        finalImageName: call.final.name,
        finalImageTag: call.final.tag,
      },
      { ...ways, registry, log: silentLog, temporaryFolder },
    );
    return { archive: { digest: image.archiveDigest, size: image.archiveSize } };
  } catch (error) {
    if (error instanceof CodedError) return { code: error.code };
    throw error;
  } finally {
    await Promise.all([registry.close(), ways.engine.close()]);
    expect(await readdir(temporaryFolder)).toEqual([]);
    await rm(temporaryFolder, { recursive: true });
  }
}
