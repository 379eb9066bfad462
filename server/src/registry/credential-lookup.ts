import { type Clock, systemClock } from "../base/clock.ts";
import { printable } from "../base/printable.ts";
import type { Repository } from "../oci/reference.ts";
import { type CandidateParts, type CredentialCandidate, createCredentialCandidates } from "./credential-candidates.ts";
import { createCredentialHelpers } from "./credential-helper.ts";
import type { CredentialLookup, Credentials } from "./credentials.ts";
import type { Machine } from "./machine.ts";

/** What the user signed in with to a registry in an editor; null when he did not. */
export type SignedIn = (registry: string) => Promise<Credentials | null>;

export interface CredentialLookupParts extends CandidateParts {
  /** The system's when absent. */
  readonly clock?: Clock;
  /** Asked before all else. */
  readonly signedIn?: SignedIn;
  /** Of the command line: for one registry, and before what files say of it. */
  readonly given?: { readonly registry: string; readonly credentials: Credentials };
}

/**
 * Looks for credentials in this order: signed in; given on the command line; where Docker and Podman keep them, with their
 * credential helpers. What cannot be read, and a helper that fails, is a warning, once, and is passed over.
 */
export function createCredentialLookup(machine: Machine, parts: CredentialLookupParts = {}): CredentialLookup {
  const { signedIn, given } = parts;
  const helpers = createCredentialHelpers(machine, parts.clock ?? systemClock);
  const candidates = createCredentialCandidates(machine, parts);
  const warned = new Set<string>();
  const warn = (text: string) => {
    if (!warned.has(text)) machine.log.warn(text);
    warned.add(text);
  };

  return async (repository: Repository, options = {}) => {
    const { registry } = repository;
    const own = (await signedIn?.(registry)) ?? null;
    if (own !== null) return { credentials: own, source: `the sign-in to ${registry}` };
    if (given?.registry === registry) return { credentials: given.credentials, source: "the command line" };
    const obstacles: string[] = [];
    const { found, searched } = candidates(repository);
    for await (const candidate of found) {
      if (candidate.kind === "entry") return { credentials: candidate.credentials, source: nameOf(candidate) };
      const answer = await helpers.ask(candidate.helper, registry, options);
      if (answer.kind === "found") return { credentials: answer.credentials, source: nameOf(candidate) };
      if (answer.kind === "failed") {
        const obstacle = `${nameOf(candidate)} gave no credentials for ${registry} (${answer.reason})`;
        warn(`${capitalized(obstacle)}.`);
        obstacles.push(obstacle);
      }
    }
    if (obstacles.length === 0) return { credentials: null, source: `none were found in ${searched.join(", ")}` };
    return {
      credentials: null,
      source: "none, as the credential helper failed",
      obstacle: capitalized(obstacles.join(", and ")),
    };
  };
}

/** In words that finish a sentence. */
export function nameOf(candidate: CredentialCandidate): string {
  if (candidate.kind === "entry") return `"${printable(candidate.key, 80)}" in ${candidate.place}`;
  return `the credential helper "${printable(candidate.helper, 64)}" (${candidate.setting} in ${candidate.place})`;
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
