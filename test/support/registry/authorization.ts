import { type Answer, errorAnswer, plainAnswer, type Question, withHeaders } from "./answers.ts";

export interface Account {
  readonly username: string;
  readonly password: string;
}

export type Authorization =
  | { readonly scheme: "none" }
  | { readonly scheme: "basic"; readonly account: Account; readonly challenges?: readonly string[] }
  | {
      readonly scheme: "bearer";
      readonly tokens: TokenService;
      /** Where the challenge sends the client; `/token` of this server when absent. */
      readonly realm?: string;
      readonly service?: string;
      /** The lines of `WWW-Authenticate`, instead of those that the above gives. */
      readonly challenges?: readonly string[];
    };

export interface TokenServiceOptions {
  /** Who gets a token; anyone when absent. */
  readonly account?: Account;
  /** An identity token that may be exchanged by POST. */
  readonly identityToken?: string;
  /** Seconds; not told to the client when absent. */
  readonly expiresIn?: number;
  /** Milliseconds since the epoch, for expiry. */
  readonly now?: () => number;
  /** The member of the answer that holds the token. */
  readonly field?: "token" | "access_token";
  /** Tokens are this and a number; `issued-token` when absent. */
  readonly tokenName?: string;
}

/** Issues the tokens of a registry with Bearer authorization, and knows which are good. */
export interface TokenService {
  answer(question: Question, body: string): Answer;
  isValid(token: string, scope: string): boolean;
  /** Forgets all tokens, as if they had expired. */
  revokeAll(): void;
}

export function createTokenService(options: TokenServiceOptions = {}): TokenService {
  const now = options.now ?? Date.now;
  const issued = new Map<string, { readonly scopes: readonly string[]; readonly expiresAt: number }>();
  let count = 0;
  const issue = (scopes: readonly string[]): Answer => {
    count += 1;
    const token = `${options.tokenName ?? "issued-token"}-${count}`;
    issued.set(token, { scopes, expiresAt: now() + (options.expiresIn ?? Number.POSITIVE_INFINITY) * 1000 });
    const lifetime = options.expiresIn === undefined ? {} : { expires_in: options.expiresIn };
    return plainAnswer(
      200,
      { "Content-Type": "application/json" },
      JSON.stringify({ [options.field ?? "token"]: token, ...lifetime }),
    );
  };
  return {
    answer(question, body) {
      if (question.method === "POST") {
        const form = new URLSearchParams(body);
        const known = options.identityToken !== undefined && form.get("refresh_token") === options.identityToken;
        return known ? issue((form.get("scope") ?? "").split(" ")) : unauthorized();
      }
      const given = question.headers.authorization;
      if (options.account !== undefined && given !== basicHeader(options.account)) return unauthorized();
      return issue(question.url.searchParams.getAll("scope"));
    },
    isValid(token, scope) {
      const known = issued.get(token);
      return known !== undefined && known.expiresAt > now() && (scope === "" || known.scopes.includes(scope));
    },
    revokeAll: () => issued.clear(),
  };
}

/** The 401 for a request that may not pass; null when it may. */
export function challengeFor(authorization: Authorization, question: Question, origin: string): Answer | null {
  if (authorization.scheme === "none") return null;
  const given = question.headers.authorization;
  const repository = /^\/v2\/(.+)\/(?:manifests|blobs|tags)\//.exec(question.url.pathname)?.[1];
  if (authorization.scheme === "basic") {
    if (given === basicHeader(authorization.account)) return null;
    const { challenges = ['Basic realm="basic-realm"'] } = authorization;
    return withHeaders(unauthorized(repository), { "Www-Authenticate": challenges });
  }
  const scope = repository === undefined ? "" : `repository:${repository}:pull`;
  const token = given?.startsWith("Bearer ") ? given.slice("Bearer ".length) : null;
  if (token !== null && authorization.tokens.isValid(token, scope)) return null;
  const parameters = [
    `realm="${authorization.realm ?? `${origin}/token`}"`,
    `service="${authorization.service ?? "test-registry"}"`,
  ];
  if (scope !== "") parameters.push(`scope="${scope}"`);
  if (token !== null) parameters.push('error="invalid_token"');
  const { challenges = [`Bearer ${parameters.join(",")}`] } = authorization;
  return withHeaders(unauthorized(repository), { "Www-Authenticate": challenges });
}

function unauthorized(repository?: string): Answer {
  const detail =
    repository === undefined ? null : [{ Type: "repository", Class: "", Name: repository, Action: "pull" }];
  return errorAnswer(401, "UNAUTHORIZED", "authentication required", detail);
}

function basicHeader(account: Account): string {
  return `Basic ${Buffer.from(`${account.username}:${account.password}`).toString("base64")}`;
}
