import type { Log } from "../base/log.ts";
import { printable } from "../base/printable.ts";
import type { SignedIn } from "../registry/credential-lookup.ts";
import { credentialsOf } from "../registry/credentials.ts";
import type { Account } from "./protocol.ts";

/** The accounts that the user has signed in with. The client keeps them; here they are in memory only. */
export interface Accounts {
  /** What the user has signed in with to exactly this host. */
  readonly signedIn: SignedIn;
  /** Does `work` with this account in place of the client's; it stays if that succeeds, until the client has others. */
  attempt<T>(account: Account, work: () => Promise<T>): Promise<T>;
  /** The client has others now for these hosts. */
  changed(hosts: readonly string[]): void;
}

/** @param askClient for all accounts; called when one is first needed, and again once they have changed */
export function createAccounts(askClient: () => Promise<unknown>, log: Log): Accounts {
  let known: Promise<readonly Account[]> | null = null;
  const attempted = new Map<string, Account>();

  const ask = async (): Promise<readonly Account[]> => {
    try {
      const answer = await askClient();
      return Array.isArray(answer) ? answer.filter(isAccount) : [];
    } catch (error) {
      log.warn(`The editor did not give the accounts that registries are signed in with: ${printable(String(error))}`);
      return [];
    }
  };
  const find = async (host: string): Promise<Account | undefined> => {
    const tried = attempted.get(host);
    if (tried !== undefined) return tried;
    known ??= ask();
    return (await known).find((account) => account.host === host);
  };

  return {
    async signedIn(host) {
      const account = await find(host);
      return account === undefined ? null : credentialsOf(account.username, account.password);
    },
    async attempt(account, work) {
      const before = attempted.get(account.host);
      attempted.set(account.host, account);
      try {
        return await work();
      } catch (error) {
        if (before === undefined) attempted.delete(account.host);
        else attempted.set(account.host, before);
        throw error;
      }
    },
    changed(hosts) {
      known = null;
      for (const host of hosts) attempted.delete(host);
    },
  };
}

/** Whatever a client sends, as far as it is an account. */
export function isAccount(value: unknown): value is Account {
  if (typeof value !== "object" || value === null) return false;
  const { host, username, password } = value as Record<string, unknown>;
  return typeof host === "string" && typeof username === "string" && typeof password === "string";
}
