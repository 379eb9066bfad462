import { describe, expect, onTestFinished, test } from "vitest";
import {
  ACCOUNTS_CHANGED_NOTIFICATION,
  ACCOUNTS_REQUEST,
  type Account,
  CLIENT_COMMANDS,
  SERVER_COMMANDS,
  SIGN_IN_REQUEST,
  type SignInPlace,
  TRUST_NOTIFICATION,
  TRY_ACCOUNT_REQUEST,
  type TryAccountResult,
} from "../../server/src/lsp/protocol.ts";
import { createTokenService } from "../support/registry/authorization.ts";
import type { RegistryOptions } from "../support/registry/server.ts";
import { ALPINE, FRESH, type Session, type SessionOptions, session } from "./harness.ts";

const USER = { username: "octocat", password: "canary-of-the-sign-in" };
const WRONG = "canary-of-a-wrong-one";

const SCHEMES: Readonly<Record<string, () => RegistryOptions>> = {
  Basic: () => ({ authorization: { scheme: "basic", account: USER } }),
  Bearer: () => ({ authorization: { scheme: "bearer", tokens: createTokenService({ account: USER }) } }),
};

/** A client that keeps accounts, whose user types these passwords into the box, one after the other, and then Escape. */
interface SigningSession extends Session {
  readonly accounts: Account[];
  /** What the server had the user asked. */
  readonly questions: readonly SignInPlace[];
  /** How often the server asked for the accounts. */
  accountRequests(): number;
  /** What the box said of the passwords that the registry did not take. */
  readonly objections: readonly string[];
  typed: string[];
  signIn(place: SignInPlace): Promise<boolean>;
  signOut(host: string): Promise<void>;
  tryAccount(place: SignInPlace, account: Account): Promise<TryAccountResult>;
}

async function signingSession(
  files: Readonly<Record<string, string>>,
  options: SessionOptions & { readonly typed?: readonly string[]; readonly signedIn?: boolean },
): Promise<SigningSession> {
  const place = await session(files, {
    ...options,
    initializationOptions: { clientCommands: Object.values(CLIENT_COMMANDS), ...options.initializationOptions },
  });
  const host = place.registry.host;
  const accounts: Account[] = options.signedIn === true ? [{ host, ...USER }] : [];
  const questions: SignInPlace[] = [];
  const objections: string[] = [];
  let accountRequests = 0;
  const changed = (changedHost: string) =>
    place.connection.sendNotification(ACCOUNTS_CHANGED_NOTIFICATION, { hosts: [changedHost] });
  const client: SigningSession = Object.assign(place, {
    ...{ accounts, questions, objections, typed: [...(options.typed ?? [])] },
    accountRequests: () => accountRequests,
    tryAccount: (where: SignInPlace, account: Account) =>
      place.connection.sendRequest<TryAccountResult>(TRY_ACCOUNT_REQUEST, { place: where, account }),
    async signIn(where: SignInPlace) {
      for (let password = client.typed.shift(); password !== undefined; password = client.typed.shift()) {
        const account = { host: where.host, username: USER.username, password };
        const { problem } = await client.tryAccount(where, account);
        if (problem === null) {
          accounts.push(account);
          await changed(where.host);
          return true;
        }
        objections.push(problem);
      }
      return false;
    },
    async signOut(from: string) {
      accounts.splice(0, accounts.length, ...accounts.filter((account) => account.host !== from));
      await changed(from);
    },
  });
  place.connection.onRequest(ACCOUNTS_REQUEST, () => {
    accountRequests += 1;
    return accounts;
  });
  place.connection.onRequest<boolean, void>(SIGN_IN_REQUEST, (where: SignInPlace) => {
    questions.push(where);
    return client.signIn(where);
  });
  onTestFinished(() => {
    const told = JSON.stringify([place.received, objections]);
    for (const secret of [USER.password, WRONG]) {
      expect(told).not.toContain(secret);
      expect(told).not.toContain(Buffer.from(`${USER.username}:${secret}`).toString("base64"));
    }
  });
  return client;
}

const popUps = (place: Session) => [...place.sent("window/showMessage"), ...place.sent("window/showMessageRequest")];
const argumentOf = async (place: Session, name: string) => (await place.pins(name))[0]!.argument;

describe.each(Object.entries(SCHEMES))("a registry that wants %s authorization", (_, registry) => {
  test("is signed in to by the lens; a check that nobody asked for pops nothing up", async () => {
    const place = await signingSession({ "a.nix": ALPINE }, { registry: registry(), typed: [USER.password] });
    await place.open("a.nix");
    const [lens] = await place.untilTitles("a.nix", `Sign in to ${place.registry.host}`);
    expect(place.questions).toEqual([]);
    expect(popUps(place)).toEqual([]);
    expect(lens?.command?.command).toBe(CLIENT_COMMANDS.signIn);
    const where = lens?.command?.arguments?.[0] as SignInPlace;
    expect(where).toMatchObject({ registry: "docker.io", image: "docker.io/library/alpine:3.20", tlsVerify: true });
    expect(await place.signIn(where)).toBe(true);
    await place.untilTitles("a.nix", "3.20 moved: update digest and hash");
  });

  test("is asked about when the user starts something, which goes on after the sign-in", async () => {
    const typed = [WRONG, USER.password];
    const place = await signingSession({ "a.nix": ALPINE }, { registry: registry(), typed });
    await place.open("a.nix");
    await place.untilTitles("a.nix", /^Sign in to/);
    await place.execute(SERVER_COMMANDS.updatePin, await argumentOf(place, "a.nix"));
    expect(place.questions).toHaveLength(1);
    expect(place.objections).toEqual([
      expect.stringMatching(/does not let this account read docker\.io\/library\/alpine/),
    ]);
    await place.untilTitles("a.nix", "Up to date");
    expect(place.text("a.nix")).not.toBe(ALPINE);
  });

  test("is asked about once per session where the user declines", async () => {
    const place = await signingSession({ "a.nix": ALPINE, "b.nix": FRESH }, { registry: registry() });
    await place.open("a.nix");
    await place.untilTitles("a.nix", /^Sign in to/);
    await place.execute(SERVER_COMMANDS.checkPin, await argumentOf(place, "a.nix"));
    await place.execute(SERVER_COMMANDS.updatePin, await argumentOf(place, "a.nix"));
    await place.execute(SERVER_COMMANDS.updateWorkspace);
    expect(place.questions).toHaveLength(1);
    expect(place.text("a.nix")).toBe(ALPINE);
    await place.untilTitles("a.nix", /^Sign in to/);
  });

  test("is asked about once for all pins of the workspace", async () => {
    const files = { "a.nix": ALPINE, "b.nix": ALPINE.replace("3.20", "3.19"), "c.nix": FRESH };
    const place = await signingSession(files, { registry: registry(), typed: [USER.password] });
    await place.execute(SERVER_COMMANDS.updateWorkspace);
    expect(place.questions).toHaveLength(1);
    expect(place.text("a.nix")).not.toBe(ALPINE);
  });

  test("gets the account of an earlier session from the first request on; after the sign-out it gets none", async () => {
    const place = await signingSession({ "a.nix": ALPINE }, { registry: registry(), signedIn: true });
    await place.open("a.nix");
    await place.untilTitles("a.nix", "3.20 moved: update digest and hash");
    expect(place.accountRequests()).toBe(1);
    await place.signOut(place.registry.host);
    await place.untilTitles("a.nix", `Sign in to ${place.registry.host}`);
  });

  test("is asked about for a call that is inserted", async () => {
    const place = await signingSession({}, { registry: registry(), typed: [USER.password] });
    const { text } = await place.connection.sendRequest<{ text: string }>("dockpin/newPin", {
      image: "alpine:3.20",
      platform: null,
    });
    expect(text).toContain('imageName = "alpine"');
    expect(place.questions).toHaveLength(1);
  });

  test("is not asked about where the client has no sign-in: the files of docker and podman count", async () => {
    const auths = (host: string) => ({
      auths: { [host]: { auth: Buffer.from(`${USER.username}:${USER.password}`).toString("base64") } },
    });
    const place = await signingSession(
      { "a.nix": ALPINE, "auth.json": "{}" },
      {
        registry: registry(),
        initializationOptions: { clientCommands: [] },
        env: (path) => ({ REGISTRY_AUTH_FILE: path("auth.json") }),
      },
    );
    await place.open("a.nix");
    const [lens] = await place.untilTitles("a.nix", "Retry: registry wants a sign-in");
    await place.click(lens);
    expect(place.questions).toEqual([]);
    expect(place.accountRequests()).toBe(0);
    place.write("auth.json", JSON.stringify(auths(place.registry.host)));
    await place.click(lens);
    await place.untilTitles("a.nix", "3.20 moved: update digest and hash");
  });
});

describe("in Restricted Mode", () => {
  test("no account is asked for, and none is tried, until the workspace is trusted", async () => {
    const place = await signingSession(
      { "a.nix": ALPINE },
      { registry: SCHEMES["Basic"]!(), signedIn: true, initializationOptions: { trusted: false } },
    );
    await place.open("a.nix");
    await place.titles("a.nix");
    await place.execute(SERVER_COMMANDS.updatePin, await argumentOf(place, "a.nix")).catch(() => null);
    const [pin] = await place.pins("a.nix");
    const account = { host: place.registry.host, ...USER };
    await expect(place.tryAccount(pin!.signIn!, account)).rejects.toThrow("workspace-untrusted");
    await place.connection.sendNotification(ACCOUNTS_CHANGED_NOTIFICATION, { hosts: [place.registry.host] });
    await place.titles("a.nix");
    expect([place.accountRequests(), place.questions, place.registry.requests]).toEqual([0, [], []]);
    await place.connection.sendNotification(TRUST_NOTIFICATION);
    await place.untilTitles("a.nix", "3.20 moved: update digest and hash");
    expect(place.accountRequests()).toBe(1);
  });
});

test("an account is for the host that the user saw, whatever the settings of the workspace say by then", async () => {
  const place = await signingSession({ "a.nix": ALPINE }, { registry: SCHEMES["Basic"]!() });
  await place.open("a.nix");
  await place.untilTitles("a.nix", /^Sign in to/);
  const [pin] = await place.pins("a.nix");
  const account = { host: "registry.example.org", ...USER };
  await expect(place.tryAccount({ ...pin!.signIn!, host: account.host }, account)).rejects.toThrow(/any more/);
  expect(place.registry.requests.map(({ headers }) => headers.authorization).filter(Boolean)).toEqual([]);
});

test("an account of another host is not sent to the one that stands in for a registry", async () => {
  const place = await signingSession({ "a.nix": ALPINE }, { registry: SCHEMES["Basic"]!() });
  place.accounts.push({ host: "docker.io", ...USER });
  await place.open("a.nix");
  await place.untilTitles("a.nix", /^Sign in to/);
  expect(place.accountRequests()).toBe(1);
  expect(place.registry.requests.map(({ headers }) => headers.authorization).filter(Boolean)).toEqual([]);
});

test.each<[string, unknown]>([
  ["nothing", null],
  ["no list", { accounts: [] }],
  ["a list of something else", [1, null, { host: "a" }]],
])("an editor that answers with %s has no accounts", async (_, answer) => {
  const place = await signingSession({ "a.nix": ALPINE }, { registry: SCHEMES["Basic"]!() });
  place.connection.onRequest(ACCOUNTS_REQUEST, () => answer);
  await place.open("a.nix");
  await place.untilTitles("a.nix", `Sign in to ${place.registry.host}`);
});
