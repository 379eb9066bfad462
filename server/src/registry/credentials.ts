import type { Repository } from "../oci/reference.ts";

export type Credentials =
  | { readonly kind: "password"; readonly username: string; readonly password: string }
  /** Exchanged for access tokens by the OAuth2 refresh grant. */
  | { readonly kind: "identity-token"; readonly token: string }
  /** A Bearer token that is used as it is. */
  | { readonly kind: "registry-token"; readonly token: string };

export interface CredentialAnswer {
  readonly credentials: Credentials | null;
  /** Where they are from, or where they were looked for, in words that finish a sentence; never the secret. */
  readonly source: string;
  /** What kept credentials from being found, in words that begin a sentence: the likely cause when the registry refuses. */
  readonly obstacle?: string;
}

export interface CredentialLookupOptions {
  readonly signal?: AbortSignal;
  /** What the registry has refused: a credential helper that gave it a while ago is asked again. */
  readonly rejected?: Credentials;
}

/** Finds the credentials for a repository, its registry named as credentials are stored for it. */
export type CredentialLookup = (repository: Repository, options?: CredentialLookupOptions) => Promise<CredentialAnswer>;

export const anonymous: CredentialLookup = async () => ({ credentials: null, source: "none were looked for" });

/** The user names that say that the password is an identity token (docker-credential-helpers, Azure). */
const TOKEN_USERS = ["<token>", "00000000-0000-0000-0000-000000000000"];

/** What a user name and a secret stand for. */
export function credentialsOf(username: string, secret: string): Credentials {
  return TOKEN_USERS.includes(username)
    ? { kind: "identity-token", token: secret }
    : { kind: "password", username, password: secret };
}

export function areSameCredentials(one: Credentials, other: Credentials): boolean {
  if (one.kind !== "password" || other.kind !== "password") {
    return one.kind === other.kind && secretOf(one) === secretOf(other);
  }
  return one.username === other.username && one.password === other.password;
}

/** Everything in the credentials that must not be shown. */
export function secretsOf(credentials: Credentials): string[] {
  return credentials.kind === "password" ? [credentials.password, basicValue(credentials)] : [credentials.token];
}

/** The value of a Basic header after its scheme: base64 of `user:password` in UTF-8 (RFC 7617). */
export function basicValue(credentials: { readonly username: string; readonly password: string }): string {
  return Buffer.from(`${credentials.username}:${credentials.password}`, "utf8").toString("base64");
}

function secretOf(credentials: Credentials): string {
  return credentials.kind === "password" ? credentials.password : credentials.token;
}
