import type { Problem } from "../base/errors.ts";
import type { Evaluation } from "./evaluation.ts";
import { distinctRanges, literalKeysOf, statementKey } from "./merge-pins.ts";
import { PIN_ATTRIBUTES, type Pin } from "./pin.ts";
import { keyOfPlace } from "./pin-place.ts";
import type { PinSite } from "./pin-sites.ts";
import type { SyntaxNode } from "./syntax.ts";
import { isSystemAsked, isUsedOnSystem, systemNaming } from "./system-conditions.ts";
import { SYSTEMS } from "./systems.ts";
import type { Value } from "./value.ts";

/** What was found in a text for one system, or without one. */
export interface SystemReading {
  readonly evaluation: Evaluation;
  readonly sites: readonly PinSite[];
  readonly read: (site: PinSite) => Pin;
}

interface ReadSite {
  readonly site: PinSite;
  readonly pin: Pin;
}

/** Those that most people build for are tried always, others where a text names them. */
const ALWAYS_TRIED = 4;

/**
 * The pins of a text, in its order, with what they are on each system where that differs.
 *
 * @param readOn reads the text for a Nix system; null: what depends on it is unknown
 */
export function pinsBySystem(root: SyntaxNode, readOn: (system: string | null) => SystemReading): readonly Pin[] {
  const plain = readOn(null);
  const anywhere = withoutSources(plain.sites.map((site) => ({ site, pin: plain.read(site) }))).read;
  if (!dependsOnSystem(plain, anywhere)) return anywhere.map(({ site, pin }) => named(site, pin));

  const systems = systemsFor(root);
  const readings = systems.map((system) => ({ system, ...readOn(system) }));
  const isMoving = movingCalls(readings);
  const entries = new Map<string, Entry[]>();
  const sources = new Set<string>();
  const answered = new Set<SyntaxNode>();
  for (const reading of readings) {
    const isMapped = severalOfOneCall(reading.sites);
    const read = reading.sites
      .filter((site) => isUsed(site, isMapped(site), reading.evaluation, plain.evaluation))
      .map((site) => (isMoving(site) ? { ...site, place: site.argument } : site))
      .map((site) => ({ site, pin: reading.read(site) }));
    const kept = withoutSources(read);
    for (const { site } of kept.sources) sources.add(keyOfPlace(site.place));
    for (const site of reading.sites) if (isMoving(site)) sources.add(keyOfPlace(site.place));
    for (const [key, each] of keyed(kept.read)) {
      const same = entries.get(key);
      if (same === undefined) entries.set(key, [{ ...each, system: reading.system }]);
      else same.push({ ...each, system: reading.system });
      if (!isUnanswered(each.site.value)) for (const call of each.site.calls) answered.add(call);
    }
  }
  const pins = [...entries.values()].flatMap((all) => {
    const called = all.filter(({ site }) => site.calls.length > 0);
    const [first] = all;
    if (first === undefined) return [];
    if (called.length === 0 && sources.has(keyOfPlace(first.site.place))) return [];
    // Nix fails on these systems, and has an answer on others, which stands elsewhere.
    const isNone = all.every(({ site }) => isUnanswered(site.value));
    if (isNone && first.site.calls.some((call) => answered.has(call))) return [];
    return [combined(called.length === 0 ? all : called, systems)];
  });
  const found = new Set(entries.keys());
  const onNone = [...keyed(anywhere)].filter(
    ([key, { site }]) =>
      !found.has(key) && !sources.has(keyOfPlace(site.place)) && site.system === null && !isUnanswered(site.value),
  );
  return [...pins, ...onNone.map(([, { pin }]) => pin)].sort(inOrderOf(root.source.file));
}

/** Whether what a call is given can't be told. */
function isUnanswered(value: Value): boolean {
  if (value.kind !== "set") return true;
  return value.unlisted !== null && !value.attributes.has("imageDigest");
}

interface Entry extends ReadSite {
  readonly system: string;
}

function inOrderOf(file: string): (one: Pin, other: Pin) => number {
  const rank = (pin: Pin) => (pin.file === file ? 0 : 1);
  return (one, other) => rank(one) - rank(other) || one.range.start - other.range.start;
}

/** Sites by where they stand; several at one place are told apart by their order. */
function* keyed(read: readonly ReadSite[]): Iterable<[string, ReadSite]> {
  const counts = new Map<string, number>();
  for (const each of read) {
    const place = keyOfPlace(each.site.place);
    const count = counts.get(place) ?? 0;
    counts.set(place, count + 1);
    yield [`${count} ${place}`, each];
  }
}

function dependsOnSystem({ evaluation }: SystemReading, read: readonly ReadSite[]): boolean {
  if (read.some(({ site }) => site.system !== null)) return true;
  const isAsked = ({ site, pin }: ReadSite) =>
    PIN_ATTRIBUTES.some((name) => pin[name].state === "unknown") ||
    standing(site).some((node) => isSystemAsked(node, evaluation));
  const asked = read.some(isAsked);
  return asked && evaluation.isSystemWanted();
}

function systemsFor({ footprint, source: { text } }: SyntaxNode): readonly string[] {
  return SYSTEMS.filter((system, index) => {
    if (index < ALWAYS_TRIED) return true;
    footprint.texts.add(system);
    return text.includes(system);
  });
}

/** The expressions that decide whether a site is used: its calls, or itself where none is seen, and what is keyed by system. */
function standing({ place, calls }: PinSite): readonly SyntaxNode[] {
  if (calls.length > 0) return calls;
  return place.node === null ? [] : [place.node];
}

/** @param isMapped the call takes several sets, so that it says nothing of one of them which systems it is for */
function isUsed(site: PinSite, isMapped: boolean, evaluation: Evaluation, anywhere: Evaluation): boolean {
  const nodes = standing(site);
  const { node } = site.place;
  if (isMapped && node !== null && !isOn(systemNaming(node), evaluation.system)) return false;
  return nodes.length === 0 || nodes.some((node) => isUsedOnSystem(node, evaluation, anywhere));
}

function isOn(system: string | null, assumed: string | null): boolean {
  return system === null || system === assumed;
}

/** The pin with the system that it is named after. */
function named(site: PinSite, pin: Pin): Pin {
  const node = site.place.node ?? site.calls[0];
  const system = node === undefined ? null : systemNaming(node);
  return system === null ? pin : { ...pin, systems: [system] };
}

/**
 * Tells the sites of calls that take some of their values from a place that differs from system to system
 * (`pullImage ({ imageName = …; } // images.${system})`): the pin is then where the call is.
 */
function movingCalls(readings: readonly SystemReading[]): (site: PinSite) => boolean {
  const places = new Map<SyntaxNode, Set<string>>();
  const ofParts = new Set<SyntaxNode>();
  const mapped = readings.map(({ sites }) => severalOfOneCall(sites));
  for (const { sites } of readings) {
    for (const { calls, place, isWhole, value } of sites) {
      const [call] = calls;
      if (call === undefined || isUnanswered(value)) continue;
      if (!isWhole) ofParts.add(call);
      places.set(call, (places.get(call) ?? new Set()).add(keyOfPlace(place)));
    }
  }
  return (site) => {
    const [call] = site.calls;
    if (call === undefined || !ofParts.has(call) || (places.get(call)?.size ?? 0) < 2) return false;
    return !mapped.some((isMapped) => isMapped(site));
  };
}

/** Tells the sites that have their call in common with others. */
function severalOfOneCall(sites: readonly PinSite[]): (site: PinSite) => boolean {
  const counts = new Map<SyntaxNode, number>();
  for (const { calls } of sites) for (const call of calls) counts.set(call, (counts.get(call) ?? 0) + 1);
  return ({ calls }) => calls.some((call) => (counts.get(call) ?? 0) > 1);
}

const FIXING = ["imageName", "imageDigest", "hash"] as const;

/** One pin of what stands at a place on several systems. */
function combined(all: readonly Entry[], candidates: readonly string[]): Pin {
  const known = FIXING.filter((name) => all.some(({ pin }) => pin[name].state !== "unknown"));
  // Where Nix has no value on a system but has one on others, it is not for that system.
  const answered = all.filter(({ pin }) => known.every((name) => pin[name].state !== "unknown"));
  const groups = new Map<string, [Entry, ...Entry[]]>();
  for (const entry of answered.length === 0 ? all : answered) {
    const key = statementKey(entry.pin);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [entry]);
    else group.push(entry);
  }
  const variants = [...groups.values()].map((group) => ({
    ...group[0].pin,
    systems: group.map(({ system }) => system),
  }));
  const [first, ...others] = variants;
  if (first === undefined) throw new Error("A pin stands on a system at least");
  if (others.length === 0) return first.systems.length === candidates.length ? { ...first, systems: [] } : first;
  const systems = candidates.filter((system) => variants.some((variant) => variant.systems.includes(system)));
  const calledAt = distinctRanges(variants.flatMap((variant) => variant.calledAt));
  return { ...first, calledAt, systems, variants, problems: distinctProblems(variants) };
}

function distinctProblems(variants: readonly Pin[]): Problem[] {
  return [
    ...new Map(variants.flatMap(({ problems }) => problems).map((problem) => [problem.message, problem])).values(),
  ];
}

/**
 * Leaves out sets that are no pins themselves, but where other pins of the file get their digest and hash from by
 * `inherit (set)` or selection: those without a name where others have one, and those that no call takes where calls take the others.
 */
function withoutSources(read: readonly ReadSite[]): { read: readonly ReadSite[]; sources: readonly ReadSite[] } {
  const called = new Set<string>();
  const named = new Set<string>();
  for (const { site, pin } of read) {
    for (const key of literalKeysOf(pin)) {
      if (site.calls.length > 0) called.add(key);
      if (pin.imageName.state === "known") named.add(key);
    }
  }
  const isSource = ({ site, pin }: ReadSite) => {
    if (site.calls.length > 0) return false;
    const isNameless = pin.imageName.state !== "known";
    const own = literalKeysOf(pin, pin);
    // Even one: what another pin takes half of is no pin of its own.
    return own.some((key) => called.has(key) || (isNameless && named.has(key)));
  };
  const sources = new Set(read.filter(isSource));
  return { read: read.filter((each) => !sources.has(each)), sources: [...sources] };
}
