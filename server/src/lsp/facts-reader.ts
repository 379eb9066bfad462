import { CodedError, isAbort } from "../base/errors.ts";
import type { Digest } from "../oci/digest.ts";
import { type ImageFacts, readImageFacts } from "../pins/facts.ts";
import type { BackOff } from "./back-off.ts";
import { knowledgeKeyOf } from "./pin-identity.ts";
import type { PinKnowledgeStore } from "./pin-knowledge.ts";
import type { PinRuns } from "./pin-runs.ts";
import type { PinView } from "./pin-view.ts";
import type { PrefetchCache } from "./prefetch-cache.ts";
import type { RegistryAccess } from "./registry-access.ts";
import type { Settings } from "./settings.ts";

/** Learns what a hover tells. It is an extra: what can't be had stays unknown, and nobody is told. */
export interface FactsReader {
  read(view: PinView, digest: Digest, settings: Settings, signal: AbortSignal): Promise<ImageFacts | null>;
  /** Makes known what there is to tell of a pin. */
  learn(view: PinView, settings: Settings, signal: AbortSignal): Promise<void>;
}

interface Parts {
  readonly knowledge: PinKnowledgeStore;
  readonly runs: PinRuns;
  readonly access: RegistryAccess;
  readonly cache: PrefetchCache;
  readonly backOff: Pick<BackOff, "isBlocked">;
}

export function createFactsReader({ knowledge, runs, access, cache, backOff }: Parts): FactsReader {
  const read: FactsReader["read"] = async ({ assessment: { image } }, digest, settings, signal) => {
    if (image === null || !access.isOpen()) return null;
    try {
      const { lookups } = runs.start(settings, signal);
      const facts = await readImageFacts(image.target, digest, image.platform, lookups);
      return { ...facts, archiveSize: cache.archiveSizeOf(digest) };
    } catch (error) {
      if (isAbort(error, signal) || !(error instanceof CodedError)) throw error;
      return null;
    }
  };
  return {
    read,
    async learn(view, settings, signal) {
      const key = knowledgeKeyOf(view.assessment);
      const { image } = view.assessment;
      if (key === null || image === null || !access.isOpen()) return;
      if (backOff.isBlocked(image.target.repository.registry)) return;
      const known = knowledge.get(key);
      const of = async (digest: Digest | null, facts: ImageFacts | null) => {
        if (digest === null) return null;
        const isComplete = facts?.digest === digest && facts.archiveSize === cache.archiveSizeOf(digest);
        return isComplete ? facts : read(view, digest, settings, signal);
      };
      const [facts, newFacts, credentialSource] = await Promise.all([
        of(image.digest, known.facts),
        of(known.check?.result.newDigest ?? null, known.newFacts),
        access.credentialSource(settings.registries, image.target),
      ]);
      const learned = { facts, newFacts, credentialSource };
      const isNews =
        facts !== known.facts || newFacts !== known.newFacts || credentialSource !== known.credentialSource;
      if (isNews) knowledge.set(key, learned);
    },
  };
}
