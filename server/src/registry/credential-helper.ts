import type { Clock } from "../base/clock.ts";
import { printable } from "../base/printable.ts";
import { isDockerHub } from "./credential-file.ts";
import { locateCredentialHelper } from "./credential-program.ts";
import {
  areSameCredentials,
  type CredentialLookupOptions,
  type Credentials,
  credentialsOf,
  secretsOf,
} from "./credentials.ts";
import type { Machine, ProgramResult } from "./machine.ts";
import { createRedactor, type Redactor } from "./redact.ts";
import { createSharedWork } from "./shared-work.ts";

export type HelperAnswer =
  | { readonly kind: "found"; readonly credentials: Credentials }
  | { readonly kind: "none" }
  /** Why, in words that finish a sentence; never a secret. */
  | { readonly kind: "failed"; readonly reason: string };

/** The programs that keep credentials for Docker and Podman. */
export interface CredentialHelpers {
  /**
   * Asks `docker-credential-<helper>` for a registry's credentials, once at a time. An answer counts for five minutes; one that
   * the registry has refused is asked for once more. Rejects only when aborted.
   */
  ask(helper: string, registry: string, options?: CredentialLookupOptions): Promise<HelperAnswer>;
}

interface KnownAnswer {
  readonly answer: HelperAnswer;
  readonly until: number;
  /** It was given again after the registry had refused it. */
  readonly isAffirmed: boolean;
}

/** A helper may ask its user, or a cloud. */
const TIMEOUT = 30_000;
const OUTPUT_LIMIT = 64 * 1024;
const LIFETIME = 5 * 60_000;
/** What Docker and others keep the credentials of Docker Hub under, in the order of their use. */
const DOCKER_HUB_KEYS = ["https://index.docker.io/v1/", "docker.io", "index.docker.io"];

/** The protocol of docker-credential-helpers (`client/client.go`, `credentials/error.go`). */
export function createCredentialHelpers(machine: Machine, clock: Clock): CredentialHelpers {
  const answers = new Map<string, KnownAnswer>();
  const asking = createSharedWork<HelperAnswer>();
  const redactor = createRedactor();

  return {
    async ask(helper, registry, { signal, rejected } = {}) {
      const key = JSON.stringify([helper, registry]);
      const known = answers.get(key);
      const isRefused = known !== undefined && !known.isAffirmed && gives(known.answer, rejected);
      if (known !== undefined && known.until > clock.now() && !isRefused) return known.answer;
      return asking.join(key, signal === undefined ? {} : { signal }, async (shared) => {
        const answer = await askForAny(helper, registry, machine, redactor, shared.signal);
        answers.set(key, { answer, until: clock.now() + LIFETIME, isAffirmed: gives(answer, rejected) });
        return answer;
      });
    },
  };
}

function gives(answer: HelperAnswer, credentials: Credentials | undefined): boolean {
  return credentials !== undefined && answer.kind === "found" && areSameCredentials(answer.credentials, credentials);
}

async function askForAny(
  helper: string,
  registry: string,
  machine: Machine,
  redactor: Redactor,
  signal: AbortSignal | undefined,
): Promise<HelperAnswer> {
  const located = await locateCredentialHelper(helper, machine);
  if (!located.ok) return { kind: "failed", reason: located.problem.message };
  let failure: HelperAnswer | null = null;
  for (const key of isDockerHub(registry) ? DOCKER_HUB_KEYS : [registry]) {
    const limits = { timeout: TIMEOUT, outputLimit: OUTPUT_LIMIT, ...(signal && { signal }) };
    let result: ProgramResult;
    try {
      result = await machine.runProgram(located.value, ["get"], key, limits);
    } catch (error) {
      signal?.throwIfAborted();
      const reason = error instanceof Error ? error.message : String(error);
      return { kind: "failed", reason: printable(redactor.redact(reason)) };
    }
    const answer = readAnswer(result, redactor);
    if (answer.kind === "found") return answer;
    if (answer.kind === "failed") failure ??= answer;
  }
  return failure ?? { kind: "none" };
}

function readAnswer({ exitCode, stdout, stderr }: ProgramResult, redactor: Redactor): HelperAnswer {
  if (exitCode !== 0) return readFailure(exitCode, stdout, stderr, redactor);
  let document: unknown;
  try {
    document = JSON.parse(stdout);
  } catch {
    // The parser's own message quotes the text, which may hold a secret.
    return { kind: "failed", reason: "it did not answer in JSON" };
  }
  const { Username: username, Secret: secret } = (document ?? {}) as Record<string, unknown>;
  if (typeof username !== "string" || typeof secret !== "string") {
    return { kind: "failed", reason: "its answer has no user name and secret" };
  }
  if (username === "" && secret === "") return { kind: "none" };
  if (username === "") return { kind: "failed", reason: "its answer has no user name" };
  const credentials = credentialsOf(username, secret);
  for (const protectable of secretsOf(credentials)) redactor.protect(protectable);
  return { kind: "found", credentials };
}

/** A helper that fails says why on standard output; what looks like credentials all the same is not shown. */
function readFailure(exitCode: number | null, stdout: string, stderr: string, redactor: Redactor): HelperAnswer {
  const said = stdout.trim();
  if (/^credentials not found\b/i.test(said)) return { kind: "none" };
  const [lastLine = ""] = stderr.trim().split("\n").slice(-1);
  const words = [said.includes("{") ? "" : said, lastLine].find((text) => text.trim() !== "") ?? "";
  const how = exitCode === null ? "it was ended by a signal" : `it ended with exit code ${exitCode}`;
  return { kind: "failed", reason: words === "" ? how : printable(redactor.redact(words)).replace(/\.$/, "") };
}
