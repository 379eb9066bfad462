import { CodedError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { printable } from "../base/printable.ts";
import type { Repository } from "../oci/reference.ts";
import { type Challenge, parseChallenges } from "./challenge.ts";
import type { RequestOptions } from "./client.ts";
import { basicValue, type CredentialAnswer, type CredentialLookup, secretsOf } from "./credentials.ts";
import { type Endpoint, maySendCredentials } from "./endpoint.ts";
import { mayReceiveCredentials, realmObjection } from "./realm.ts";
import type { Redactor } from "./redact.ts";
import type { Tokens } from "./tokens.ts";

/** Knows what an endpoint wants in `Authorization`. */
export interface Authorizer {
  /**
   * The header's value for pulling from a repository; null for none. Rejects with `registry-unauthorized`,
   * `challenge-unsupported`, and what `Tokens` rejects with.
   */
  authorize(repository: Repository, options: RequestOptions): Promise<string | null>;
  /** Takes in a 401: true when another authorization is worth a try. */
  learn(repository: Repository, rejected: string | null, challengeLines: readonly string[]): boolean;
  /** Where the credentials for a repository are from or were looked for, in words, and what was done with them. */
  explain(repository: Repository): Promise<string>;
}

export interface AuthorizerContext {
  readonly credentials: CredentialLookup;
  readonly tokens: Tokens;
  readonly redactor: Redactor;
  readonly log: Log;
}

/** Starts from the challenges of the ping, which count even where later 401s come without (gcr.io). */
export function createAuthorizer(
  endpoint: Endpoint,
  pingChallenges: readonly string[],
  context: AuthorizerContext,
): Authorizer {
  let challenges = parseChallenges(pingChallenges);
  let unreadable = quote(pingChallenges);
  /** By repository, what the registry asked for beyond pulling it. */
  const wantedScopes = new Map<string, string>();

  const find = async (repository: Repository): Promise<CredentialAnswer> => {
    const answer = await context.credentials({ ...repository, registry: endpoint.credentialHost });
    if (answer.credentials === null) return answer;
    for (const secret of secretsOf(answer.credentials)) context.redactor.protect(secret);
    if (maySendCredentials(endpoint.base)) return answer;
    return { credentials: null, source: `those from ${answer.source} are not sent over unencrypted http` };
  };

  const bearer = async (
    challenge: Challenge,
    repository: Repository,
    found: CredentialAnswer,
    options: RequestOptions,
  ) => {
    const realm = readRealm(challenge, endpoint);
    const answer = credentialsForRealm(realm, endpoint, found);
    const pull = pullScope(repository);
    const wanted = wantedScopes.get(repository.path);
    const token = await context.tokens.get(
      {
        registry: endpoint.registry,
        realm,
        service: challenge.parameters.get("service") ?? null,
        // Some token services read the first scope only.
        scopes: wanted === undefined || wanted === pull ? [pull] : [wanted, pull],
        credentials: answer.credentials,
        source: answer.source,
        tlsVerify: endpoint.tlsVerify,
      },
      options,
    );
    return `Bearer ${token}`;
  };

  return {
    async authorize(repository, options) {
      if (challenges.length === 0 && unreadable === "") return null;
      const found = await find(repository);
      if (found.credentials?.kind === "registry-token") return `Bearer ${found.credentials.token}`;
      const byToken = challenges.find(({ scheme }) => scheme === "bearer");
      if (byToken !== undefined) return bearer(byToken, repository, found, options);
      if (!challenges.some(({ scheme }) => scheme === "basic")) throw unsupported(endpoint, challenges, unreadable);
      if (found.credentials?.kind === "password") return `Basic ${basicValue(found.credentials)}`;
      const advice = `sign in with "docker login ${endpoint.registry}" or "podman login ${endpoint.registry}"`;
      throw new CodedError(
        "registry-unauthorized",
        `${endpoint.registry} wants a user name and password; ${advice} (credentials: ${found.source}).`,
      );
    },
    learn(repository, rejected, challengeLines) {
      const learned = parseChallenges(challengeLines);
      if (learned.length > 0) challenges = learned;
      if (challenges.length === 0) unreadable = quote(challengeLines);
      const bearerChallenge = learned.find(({ scheme }) => scheme === "bearer");
      const scope = bearerChallenge?.parameters.get("scope");
      const known = wantedScopes.get(repository.path) ?? pullScope(repository);
      if (scope !== undefined) wantedScopes.set(repository.path, scope);
      if (rejected === null) return challenges.length > 0 || unreadable !== "";
      const [, token] = /^Bearer (.*)$/.exec(rejected) ?? [];
      if (token === undefined) return false;
      context.tokens.forget(token);
      // Docker Hub says so of repositories that do not exist: another token of the same scope opens nothing.
      const isHopeless = bearerChallenge?.parameters.get("error") === "insufficient_scope" && scope === known;
      return !isHopeless && challenges.some(({ scheme }) => scheme === "bearer");
    },
    async explain(repository) {
      return (await find(repository)).source;
    },
  };
}

function pullScope(repository: Repository): string {
  return `repository:${repository.path}:pull`;
}

function readRealm(challenge: Challenge, endpoint: Endpoint): URL {
  const text = challenge.parameters.get("realm");
  const refuse = (why: string) =>
    new CodedError(
      "challenge-unsupported",
      `${endpoint.registry} sends for a token to "${printable(text ?? "", 100)}", which is not asked: ${why}; ask the registry's operator.`,
    );
  if (text === undefined) throw refuse("there is no realm");
  if (!URL.canParse(text, endpoint.base.href)) throw refuse("it is not a URL");
  const realm = new URL(text, endpoint.base);
  const objection = realmObjection(realm, endpoint.base);
  if (objection !== null) throw refuse(objection);
  return realm;
}

function credentialsForRealm(realm: URL, endpoint: Endpoint, found: CredentialAnswer): CredentialAnswer {
  if (found.credentials === null) return found;
  const hosts = [endpoint.base.hostname, new URL(`https://${endpoint.credentialHost}`).hostname];
  if (mayReceiveCredentials(realm.hostname, hosts)) return found;
  const why = `${realm.host} does not belong to ${endpoint.registry}`;
  return { credentials: null, source: `those from ${found.source} are not sent, because ${why}` };
}

function unsupported(endpoint: Endpoint, challenges: readonly Challenge[], unreadable: string): CodedError {
  const schemes = challenges.map(({ scheme }) => printable(scheme, 40)).join(", ");
  const what = schemes === "" ? `what cannot be read (${unreadable})` : schemes;
  return new CodedError(
    "challenge-unsupported",
    `${endpoint.registry} wants ${what} authorization, but only Bearer and Basic are supported; ask the registry's operator.`,
  );
}

function quote(lines: readonly string[]): string {
  return printable(lines.join(", "), 100);
}
