import type { Disposable, SecretStorage } from "vscode";
import type { Account } from "../../server/src/lsp/protocol.ts";

const KEY = "dockpin.accounts";

/**
 * The accounts that the user has signed in to registries with, at most one per host. They are in VS Code's secret storage,
 * under one key because its keys cannot be listed, and in memory; nowhere else.
 */
export class Accounts implements Disposable {
  readonly #secrets: SecretStorage;
  readonly #listeners = new Set<(hosts: readonly string[]) => Promise<void>>();
  readonly #subscription: Disposable;
  /** As they were told to whoever asked last. */
  #known: readonly Account[] = [];
  #changes: Promise<unknown> = Promise.resolve();

  constructor(secrets: SecretStorage) {
    this.#secrets = secrets;
    this.#subscription = secrets.onDidChange(({ key }) => {
      if (key === KEY) void this.#announce();
    });
  }

  async all(): Promise<readonly Account[]> {
    this.#known = accountsIn(await this.#secrets.get(KEY));
    return this.#known;
  }

  /** In place of the one that the host has. */
  save(account: Account): Promise<void> {
    return this.#change((accounts) => [...without(accounts, account.host), account]);
  }

  remove(host: string): Promise<void> {
    return this.#change((accounts) => without(accounts, host));
  }

  /** Tells for which hosts the accounts have changed, whichever window changed them. */
  onDidChange(listener: (hosts: readonly string[]) => Promise<void>): Disposable {
    this.#listeners.add(listener);
    return { dispose: () => this.#listeners.delete(listener) };
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#listeners.clear();
  }

  /** One change after the other, so that none is lost. */
  #change(change: (accounts: readonly Account[]) => readonly Account[]): Promise<void> {
    const changed = this.#changes.then(async () => {
      const accounts = change(accountsIn(await this.#secrets.get(KEY)));
      if (accounts.length === 0) await this.#secrets.delete(KEY);
      else await this.#secrets.store(KEY, JSON.stringify(accounts));
    });
    this.#changes = changed.catch(() => {});
    return changed;
  }

  async #announce(): Promise<void> {
    const before = this.#known;
    const hosts = changedHosts(before, await this.all());
    if (hosts.length === 0) return;
    await Promise.all([...this.#listeners].map((listener) => listener(hosts)));
  }
}

/** Whatever is stored, as far as it is accounts. */
function accountsIn(stored: string | undefined): readonly Account[] {
  if (stored === undefined) return [];
  try {
    const value: unknown = JSON.parse(stored);
    return Array.isArray(value) ? value.filter(isAccount) : [];
  } catch {
    // Not ours to mend, and not to be shown either: the next sign-in writes it anew.
    return [];
  }
}

function isAccount(value: unknown): value is Account {
  if (typeof value !== "object" || value === null) return false;
  const { host, username, password } = value as Record<string, unknown>;
  return [host, username, password].every((member) => typeof member === "string");
}

function without(accounts: readonly Account[], host: string): readonly Account[] {
  return accounts.filter((account) => account.host !== host);
}

function changedHosts(before: readonly Account[], after: readonly Account[]): readonly string[] {
  const isIn = (accounts: readonly Account[], { host, username, password }: Account) =>
    accounts.some((one) => one.host === host && one.username === username && one.password === password);
  const changed = [
    ...before.filter((account) => !isIn(after, account)),
    ...after.filter((account) => !isIn(before, account)),
  ];
  return [...new Set(changed.map(({ host }) => host))];
}
