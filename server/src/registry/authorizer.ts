import { CodedError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { printable } from "../base/printable.ts";
import type { Repository } from "../oci/reference.ts";
import { type Challenge, parseChallenges } from "./challenge.ts";
import type { RequestOptions } from "./client.ts";
import {
  areSameCredentials,
  basicValue,
  type CredentialAnswer,
  type CredentialLookup,
  type CredentialLookupOptions,
  type Credentials,
  secretsOf,
} from "./credentials.ts";
import { type Endpoint, maySendCredentials } from "./endpoint.ts";
import { objectionTo } from "./fetchable.ts";
import { isAmongHosts, mayReceiveCredentials } from "./realm.ts";
import type { Redactor } from "./redact.ts";
import type { Tokens } from "./tokens.ts";

/** As whom a request is sent. */
export interface Authorization {
  /** The value of the header; null for none. */
  readonly value: string | null;
  /** Whose it is; null for nobody's. */
  readonly credentials: Credentials | null;
}

/** Knows what an endpoint wants in `Authorization`. */
export interface Authorizer {
  /**
   * For pulling from a repository. Rejects with `registry-unauthorized`,
   * `challenge-unsupported`, and what `Tokens` rejects with.
   */
  authorize(repository: Repository, options: RequestOptions): Promise<Authorization>;
  /** Takes in a 401: true when another authorization is worth a try. */
  learn(
    repository: Repository,
    rejected: string | null,
    challengeLines: readonly string[],
    options: RequestOptions,
  ): Promise<boolean>;
  /** Where the credentials for a repository are from or were looked for, in words, and what was done with them. */
  explain(repository: Repository, options: RequestOptions): Promise<Omit<CredentialAnswer, "credentials">>;
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

  const find = async (repository: Repository, options: CredentialLookupOptions): Promise<CredentialAnswer> => {
    const answer = await context.credentials({ ...repository, registry: endpoint.credentialHost }, options);
    if (answer.credentials === null) return answer;
    for (const secret of secretsOf(answer.credentials)) context.redactor.protect(secret);
    if (maySendCredentials(endpoint.base)) return answer;
    return { credentials: null, source: `those from ${answer.source} are not sent over unencrypted http` };
  };

  /** What there is now instead of what was refused; null when it is the same. */
  const renew = async (repository: Repository, rejected: Credentials, options: RequestOptions) => {
    const answer = await find(repository, { ...options, rejected });
    const isNew = answer.credentials !== null && !areSameCredentials(answer.credentials, rejected);
    return isNew ? answer : null;
  };

  const bearer = async (
    challenge: Challenge,
    repository: Repository,
    found: CredentialAnswer,
    options: RequestOptions,
  ) => {
    const realm = readRealm(challenge, endpoint);
    const pull = pullScope(repository);
    const wanted = wantedScopes.get(repository.path);
    const tokenFor = ({ credentials, source }: CredentialAnswer) =>
      context.tokens.get(
        {
          endpoint,
          realm,
          service: challenge.parameters.get("service") ?? null,
          // Some token services read the first scope only.
          scopes: wanted === undefined || wanted === pull ? [pull] : [wanted, pull],
          credentials,
          source,
        },
        options,
      );
    const answer = credentialsForRealm(realm, endpoint, found);
    try {
      return `Bearer ${await tokenFor(answer)}`;
    } catch (error) {
      const isRefused = error instanceof CodedError && error.code === "registry-unauthorized";
      const renewed =
        isRefused && answer.credentials !== null ? await renew(repository, answer.credentials, options) : null;
      if (renewed === null) throw behindObstacle(error, answer.obstacle);
      return `Bearer ${await tokenFor(credentialsForRealm(realm, endpoint, renewed))}`;
    }
  };

  return {
    async authorize(repository, options) {
      if (challenges.length === 0 && unreadable === "") return { value: null, credentials: null };
      const found = await find(repository, options);
      const { credentials } = found;
      if (credentials?.kind === "registry-token") return { value: `Bearer ${credentials.token}`, credentials };
      const byToken = challenges.find(({ scheme }) => scheme === "bearer");
      if (byToken !== undefined) return { value: await bearer(byToken, repository, found, options), credentials };
      if (!challenges.some(({ scheme }) => scheme === "basic")) throw unsupported(endpoint, challenges, unreadable);
      if (credentials?.kind === "password") return { value: `Basic ${basicValue(credentials)}`, credentials };
      const advice = `sign in with "docker login ${endpoint.registry}" or "podman login ${endpoint.registry}"`;
      const message = `${endpoint.registry} wants a user name and password; ${advice} (credentials: ${found.source}).`;
      throw behindObstacle(new CodedError("registry-unauthorized", message), found.obstacle);
    },
    async learn(repository, rejected, challengeLines, options) {
      const learned = parseChallenges(challengeLines);
      if (learned.length > 0) challenges = learned;
      if (challenges.length === 0) unreadable = quote(challengeLines);
      const bearerChallenge = learned.find(({ scheme }) => scheme === "bearer");
      const scope = bearerChallenge?.parameters.get("scope");
      const known = wantedScopes.get(repository.path) ?? pullScope(repository);
      if (scope !== undefined) wantedScopes.set(repository.path, scope);
      if (rejected === null) return challenges.length > 0 || unreadable !== "";
      const [, token] = /^Bearer (.*)$/.exec(rejected) ?? [];
      if (token === undefined) {
        const { credentials } = await find(repository, options);
        if (credentials?.kind !== "password") return false;
        return (
          rejected !== `Basic ${basicValue(credentials)}` || (await renew(repository, credentials, options)) !== null
        );
      }
      context.tokens.forget(token);
      // Docker Hub says so of repositories that do not exist: another token of the same scope opens nothing.
      const isHopeless = bearerChallenge?.parameters.get("error") === "insufficient_scope" && scope === known;
      return !isHopeless && challenges.some(({ scheme }) => scheme === "bearer");
    },
    async explain(repository, options) {
      const found = await find(repository, options);
      const byToken = challenges.find(({ scheme }) => scheme === "bearer");
      if (byToken === undefined || found.credentials?.kind === "registry-token") return found;
      return credentialsForRealm(readRealm(byToken, endpoint), endpoint, found);
    },
  };
}

/** A refusal, with what kept credentials from being found before it: that is the likely cause. */
export function behindObstacle<E>(error: E, obstacle: string | undefined): E | CodedError {
  if (obstacle === undefined || !(error instanceof CodedError)) return error;
  if (error.code !== "registry-unauthorized" && error.code !== "registry-denied") return error;
  return new CodedError(error.code, `${obstacle}, so nobody is signed in: ${error.message}`, { cause: error });
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
  const objection = objectionTo(realm, endpoint.base, endpoint.base);
  if (objection !== null) throw refuse(`it ${objection}`);
  return realm;
}

function credentialsForRealm(realm: URL, endpoint: Endpoint, found: CredentialAnswer): CredentialAnswer {
  if (found.credentials === null) return found;
  const hosts = [endpoint.base.hostname, new URL(`https://${endpoint.credentialHost}`).hostname];
  if (isAmongHosts(realm, endpoint.trustedAuthRealms) || mayReceiveCredentials(realm.hostname, hosts)) return found;
  const advice = "if it does, name it under trustedAuthRealms in the setting dockpin.registries";
  const why = `${realm.host} does not belong to ${endpoint.registry}; ${advice}`;
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
