import { type Clock, systemClock } from "../base/clock.ts";
import type { Repository } from "../oci/reference.ts";
import { type CandidateParts, type CredentialCandidate, createCredentialCandidates } from "./credential-candidates.ts";
import { createCredentialHelpers } from "./credential-helper.ts";
import { nameOf } from "./credential-lookup.ts";
import { locateCredentialHelper } from "./credential-program.ts";
import type { Credentials } from "./credentials.ts";
import type { Machine } from "./machine.ts";

/** Which credentials would be used for a repository; never the secret itself. */
export interface LoginStatus {
  /** `helper`: a credential helper would be asked first, which was not done. */
  readonly state: "found" | "helper" | "none";
  /** Of what kind they are; null unless they were found. */
  readonly kind: Credentials["kind"] | null;
  /** Null for a token, and unless they were found. */
  readonly username: string | null;
  readonly source: LoginSource | null;
  /** The credential helpers that come first and cannot be asked, or that failed, in sentences. */
  readonly problems: readonly string[];
  /** All places that are looked at, for people. */
  readonly searched: readonly string[];
}

/** An entry of a file, or the setting in it that names a credential helper. */
export type LoginSource =
  | { readonly file: string; readonly entry: string }
  | { readonly file: string; readonly setting: string; readonly helper: string };

export interface LoginStatusOptions {
  /** Whether credential helpers are run; they may ask their user, or a cloud. */
  readonly asksHelpers: boolean;
  readonly signal?: AbortSignal;
}

/** Tells where the credentials for repositories come from, by the same rules as `createCredentialLookup`. */
export function createLoginStatus(
  machine: Machine,
  parts: CandidateParts & { readonly clock?: Clock } = {},
): (repository: Repository, options: LoginStatusOptions) => Promise<LoginStatus> {
  const candidates = createCredentialCandidates(machine, parts);
  const helpers = createCredentialHelpers(machine, parts.clock ?? systemClock);

  return async (repository, options) => {
    const { found, searched } = candidates(repository);
    const problems: string[] = [];
    for await (const candidate of found) {
      const answer = await credentialsOf(candidate);
      if (typeof answer === "string") problems.push(`${nameOf(candidate)} cannot be asked: ${answer}`);
      else if (answer !== null) return { ...answer, source: sourceOf(candidate), problems, searched };
    }
    return { state: "none", kind: null, username: null, source: null, problems, searched };

    /** Null when there are none; a text says why that can't be told. */
    async function credentialsOf(
      candidate: CredentialCandidate,
    ): Promise<Pick<LoginStatus, "state" | "kind" | "username"> | string | null> {
      if (candidate.kind === "entry") return describe(candidate.credentials);
      if (!options.asksHelpers) {
        const located = await locateCredentialHelper(candidate.helper, machine);
        return located.ok ? { state: "helper", kind: null, username: null } : located.problem.message;
      }
      const answer = await helpers.ask(candidate.helper, repository.registry, options);
      if (answer.kind === "found") return describe(answer.credentials);
      return answer.kind === "none" ? null : answer.reason;
    }
  };
}

function describe(credentials: Credentials): Pick<LoginStatus, "state" | "kind" | "username"> {
  const username = credentials.kind === "password" ? credentials.username : null;
  return { state: "found", kind: credentials.kind, username };
}

function sourceOf(candidate: CredentialCandidate): LoginSource {
  const file = candidate.place;
  if (candidate.kind === "entry") return { file, entry: candidate.key };
  return { file, setting: candidate.setting, helper: candidate.helper };
}
