import type { Repository } from "../oci/reference.ts";
import type { CredentialLookupParts } from "./credential-lookup.ts";
import type { Credentials } from "./credentials.ts";
import { createLoginStatus } from "./login-status.ts";
import type { Machine } from "./machine.ts";

/** Names the account that a repository would be asked with: equal for equal accounts, without their secrets. */
export type AccountNaming = (repository: Repository) => Promise<string>;

/** Names accounts by the rules of `createCredentialLookup`, but runs no credential helper: its name stands for its account. */
export function createAccountNaming(machine: Machine, parts: CredentialLookupParts = {}): AccountNaming {
  const { signedIn, given } = parts;
  const statusOf = createLoginStatus(machine, parts);
  return async (repository) => {
    const own = (await signedIn?.(repository.registry)) ?? null;
    if (own !== null) return nameOf("signed in", own);
    if (given?.registry === repository.registry) return nameOf("given", given.credentials);
    const { source, username } = await statusOf(repository, { asksHelpers: false });
    return JSON.stringify([source, username]);
  };
}

function nameOf(origin: string, credentials: Credentials): string {
  return JSON.stringify([origin, credentials.kind, credentials.kind === "password" ? credentials.username : null]);
}
