import { expect, test } from "vitest";
import type { SecretStorage } from "vscode";
import { Accounts } from "../../../client/src/accounts.ts";
import type { Account } from "../../../server/src/lsp/protocol.ts";

const GHCR: Account = { host: "ghcr.io", username: "octocat", password: "secret" };
const QUAY: Account = { host: "quay.io", username: "robot+ci", password: "other" };

/** A secret storage as windows share it. */
function secretStorage(stored?: string) {
  const secrets = new Map<string, string>(stored === undefined ? [] : [["dockpin.accounts", stored]]);
  const listeners = new Set<(event: { key: string }) => unknown>();
  const tell = (key: string) => {
    for (const listener of listeners) listener({ key });
  };
  const storage = {
    get: async (key: string) => secrets.get(key),
    async store(key: string, value: string) {
      secrets.set(key, value);
      tell(key);
    },
    async delete(key: string) {
      secrets.delete(key);
      tell(key);
    },
    onDidChange(listener: (event: { key: string }) => unknown) {
      listeners.add(listener);
      return { dispose: () => listeners.delete(listener) };
    },
  };
  return { storage: storage as unknown as SecretStorage, secrets, tell };
}

/** The accounts of one window, and the changes that it was told of. */
function windowOf(storage: SecretStorage) {
  const accounts = new Accounts(storage);
  const told: (readonly string[])[] = [];
  accounts.onDidChange(async (hosts) => void told.push(hosts));
  return { accounts, told };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test("accounts are kept, one per host, and forgotten", async () => {
  const { storage, secrets } = secretStorage();
  const { accounts } = windowOf(storage);
  await Promise.all([accounts.save(GHCR), accounts.save(QUAY)]);
  expect(await accounts.all()).toEqual([GHCR, QUAY]);
  await accounts.save({ ...GHCR, password: "new" });
  expect(await accounts.all()).toEqual([QUAY, { ...GHCR, password: "new" }]);
  await accounts.remove("quay.io");
  await accounts.remove("ghcr.io");
  expect(await accounts.all()).toEqual([]);
  expect([...secrets]).toEqual([]);
});

test("every window is told which hosts have other accounts now", async () => {
  const { storage, tell } = secretStorage();
  const [one, other] = [windowOf(storage), windowOf(storage)];
  await one.accounts.save(GHCR);
  await settled();
  await other.accounts.save(QUAY);
  await settled();
  await one.accounts.remove("ghcr.io");
  await settled();
  tell("another.key");
  tell("dockpin.accounts");
  await settled();
  for (const { told } of [one, other]) expect(told).toEqual([["ghcr.io"], ["quay.io"], ["ghcr.io"]]);
});

test.each(["", "{", "null", "[1]", '{"host":"ghcr.io"}', '[{"host":"ghcr.io","username":"a"}]'])(
  "what is stored as %j is no account, and a sign-in writes it anew",
  async (stored) => {
    const { accounts } = windowOf(secretStorage(stored).storage);
    expect(await accounts.all()).toEqual([]);
    await accounts.save(GHCR);
    expect(await accounts.all()).toEqual([GHCR]);
  },
);
