import { layerEntryHeader } from "../archive/docker-archive.ts";
import { tarPadding } from "../archive/tar-header.ts";
import { CodedError } from "../base/errors.ts";
import type { Digest } from "../oci/digest.ts";
import type { Descriptor } from "../oci/manifest.ts";
import { isMismatch } from "./blob-source.ts";
import { spoolChanged } from "./blob-spool.ts";
import type { KnownLayers } from "./known-layers.ts";
import { expectGuess } from "./layer-guesses.ts";
import type { LayerWay } from "./layer-prefixes.ts";
import { type LayerSources, type OpenedLayer, openLayer, reopenLayer } from "./opened-layer.ts";
import type { ProgressMeter } from "./progress.ts";
import { refuseUnrecognisedZstd } from "./refused-layers.ts";
import type { ArchiveHash, LayerFacts } from "./threads/threads.ts";

/** Layers that are unpacked ahead at most: each has a connection and some megabytes. */
const LAYERS_AHEAD = 4;

export interface LayerHashing extends LayerSources {
  readonly hash: ArchiveHash;
  /** Tells which layers the hash has already. */
  readonly way: LayerWay;
  /** By the digest of the blob. */
  readonly certain: ReadonlyMap<Digest, LayerFacts>;
  readonly knownLayers: KnownLayers;
  /** What the image's config claims of the uncompressed layers. */
  readonly diffIds: readonly string[] | null;
  readonly progress: ProgressMeter;
}

/** The layers whose bytes are needed behind those that are hashed already, in order and each once. */
export function neededLayers(
  layers: readonly Descriptor[],
  known: readonly LayerFacts[],
  certain: ReadonlyMap<Digest, LayerFacts>,
): Descriptor[] {
  const inArchive = new Set<Digest>(known.map(({ digest }) => digest));
  const needed = new Map<Digest, Descriptor>();
  for (const layer of layers.slice(known.length)) {
    const digest = certain.get(layer.digest)?.digest;
    if (digest === undefined || !inArchive.has(digest)) needed.set(layer.digest, needed.get(layer.digest) ?? layer);
    if (digest !== undefined) inArchive.add(digest);
  }
  return [...needed.values()];
}

/**
 * Appends an image's layers to an archive's hash, in manifest order and equal ones once, and gives what each unpacks to. A
 * layer's header states size and digest, which are known only behind its last byte: they are guessed, and where the guess
 * turns out wrong the hash goes back to what it was before the layer. Where nothing can be guessed, the layer is unpacked
 * twice. A few layers are unpacked ahead, as far as there are threads. Errors: those of `openLayer` in `archive/`, of the
 * blobs, `spool-failed`, `thread-failed`. Its signal must be aborted when it fails, or what was opened ahead goes on.
 */
export async function hashLayers(
  layers: readonly Descriptor[],
  needed: readonly Descriptor[],
  hashing: LayerHashing,
): Promise<LayerFacts[]> {
  const { hash, way, threads, progress, knownLayers, signal } = hashing;
  const done: LayerFacts[] = [...(way.known?.layers ?? [])];
  const inArchive = new Set<Digest>(done.map(({ digest }) => digest));
  const factsOf = new Map(hashing.certain);
  const ahead = new Map<Digest, Promise<OpenedLayer>>();
  const learning: Promise<void>[] = [];
  let trustsDiffIds = hashing.diffIds?.length === layers.length;

  const open = (blob: Descriptor, copy: "any" | "fresh") => {
    const diffId = trustsDiffIds ? hashing.diffIds?.[layers.indexOf(blob)] : undefined;
    return openLayer(blob, copy, { facts: factsOf.get(blob.digest), diffId }, hashing);
  };
  const openAhead = (blob: Descriptor): Promise<OpenedLayer> => {
    const position = needed.indexOf(blob);
    const lookahead = position + 1 + Math.min(threads.inflaters, LAYERS_AHEAD);
    for (const next of needed.slice(position, lookahead)) {
      if (ahead.has(next.digest)) continue;
      const opening = open(next, "any");
      opening.catch(() => undefined);
      ahead.set(next.digest, opening);
    }
    const afterwards = needed[lookahead];
    if (afterwards !== undefined && trustsDiffIds && !factsOf.has(afterwards.digest)) {
      expectGuess(afterwards, hashing.downloads);
    }
    return ahead.get(blob.digest) ?? open(blob, "any");
  };

  const learn = (blob: Descriptor, facts: LayerFacts): LayerFacts => {
    if (!factsOf.has(blob.digest)) learning.push(knownLayers.learn(blob.digest, facts));
    return facts;
  };

  /** Appends what was opened, or nothing and gives what it is. */
  const appendOpened = async (opened: OpenedLayer): Promise<LayerFacts & { readonly isAppended: boolean }> => {
    if (opened.kind === "measured") return { ...opened.facts, isAppended: false };
    const { expected, inflated } = opened;
    if (inArchive.has(expected.digest)) {
      for await (const _ of inflated.content);
      return { ...(await inflated.facts), isAppended: false };
    }
    const before = hash.save();
    try {
      await hash.append(layerEntryHeader(expected));
      const appended = await hash.appendLayer(inflated);
      const facts = await inflated.facts;
      // What a layer is may be known although its bytes were given up meanwhile.
      signal.throwIfAborted();
      if (appended !== facts.size) throw bytesLost();
      if (facts.digest === expected.digest && facts.size === expected.size) {
        await hash.append(tarPadding(facts.size));
        return { ...facts, isAppended: true };
      }
      trustsDiffIds &&= facts.digest === expected.digest;
      hash.restore(before);
      return { ...facts, isAppended: false };
    } catch (error) {
      if (isMismatch(error)) hash.restore(before);
      throw error;
    } finally {
      threads.forget(before);
    }
  };

  const appendLayer = async (blob: Descriptor, opening: Promise<OpenedLayer>): Promise<LayerFacts> => {
    const { isAppended, ...facts } = await opening.then(appendOpened).catch(async (error: unknown) => {
      // A cache on the way may hold a bad copy.
      if (!isMismatch(error)) throw error;
      return appendOpened(await open(blob, "fresh"));
    });
    if (isAppended || inArchive.has(facts.digest)) return learn(blob, facts);
    if (!hashing.spool.has(blob.digest)) progress.correctTotal(0, blob.size);
    // What was remembered of it is not true.
    if (factsOf.delete(blob.digest)) return appendLayer(blob, open(blob, "any"));
    const again = await appendOpened(reopenLayer(blob, facts, hashing));
    if (!again.isAppended) throw spoolChanged();
    await hashing.spool.remove(blob.digest);
    return learn(blob, facts);
  };

  for (const layer of layers.slice(done.length)) {
    signal.throwIfAborted();
    const known = factsOf.get(layer.digest);
    const isThere = known !== undefined && inArchive.has(known.digest);
    const facts = isThere ? known : await appendLayer(layer, openAhead(layer));
    refuseUnrecognisedZstd(layer, facts);
    factsOf.set(layer.digest, facts);
    inArchive.add(facts.digest);
    done.push(facts);
    way.reached(done, hash);
    progress.finishLayers(1);
  }
  await Promise.all(learning);
  return done;
}

/** Not all that an archive consists of went into its hash. */
export function bytesLost(): CodedError {
  return new CodedError(
    "thread-failed",
    "Bytes of a layer were lost between threads, so its hash is unknown; try again.",
  );
}
