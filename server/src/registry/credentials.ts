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
}

/** Finds the credentials for a repository, its registry named as credentials are stored for it. */
export type CredentialLookup = (repository: Repository) => Promise<CredentialAnswer>;

export const anonymous: CredentialLookup = async () => ({ credentials: null, source: "none were looked for" });

/** Everything in the credentials that must not be shown. */
export function secretsOf(credentials: Credentials): string[] {
  if (credentials.kind !== "password") return [credentials.token];
  return [credentials.password, basicValue(credentials)];
}

/** The value of a Basic header after its scheme: base64 of `user:password` in UTF-8 (RFC 7617). */
export function basicValue(credentials: { readonly username: string; readonly password: string }): string {
  return Buffer.from(`${credentials.username}:${credentials.password}`, "utf8").toString("base64");
}
