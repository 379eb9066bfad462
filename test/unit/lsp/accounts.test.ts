import { describe, expect, test } from "vitest";
import { CodedError } from "../../../server/src/base/errors.ts";
import { createAccounts } from "../../../server/src/lsp/accounts.ts";
import type { Account, SignInPlace } from "../../../server/src/lsp/protocol.ts";
import { createSignIns } from "../../../server/src/lsp/sign-ins.ts";

const ACCOUNT: Account = { host: "ghcr.io", username: "octocat", password: "secret-of-octocat" };
const OTHER: Account = { ...ACCOUNT, password: "another-secret" };
const never = new AbortController().signal;

describe("accounts", () => {
  function keeping(...kept: unknown[]) {
    const warnings: string[] = [];
    const client = { kept: kept as unknown, asked: 0 };
    const ask = async () => {
      client.asked += 1;
      if (client.kept instanceof Error) throw client.kept;
      return client.kept;
    };
    const log = { debug: () => {}, info: () => {}, warn: (text: string) => void warnings.push(text) };
    return { ...createAccounts(ask, log), client, warnings };
  }
  const PASSWORD = { kind: "password", username: ACCOUNT.username, password: ACCOUNT.password };

  test("are asked for once, when one is first needed", async () => {
    const { signedIn, client } = keeping(ACCOUNT);
    expect(client.asked).toBe(0);
    expect(await Promise.all([signedIn("ghcr.io"), signedIn("ghcr.io"), signedIn("quay.io")])).toEqual([
      PASSWORD,
      PASSWORD,
      null,
    ]);
    expect(client.asked).toBe(1);
  });

  test.each(["GHCR.io", "ghcr.io:443", "ghcr.io.example.org", "io", "sub.ghcr.io", ""])(
    "are not for %j",
    async (host) => {
      expect(await keeping(ACCOUNT).signedIn(host)).toBeNull();
    },
  );

  test("are asked for anew once they have changed", async () => {
    const { signedIn, changed, client } = keeping();
    expect(await signedIn("ghcr.io")).toBeNull();
    client.kept = [ACCOUNT];
    expect(await signedIn("ghcr.io")).toBeNull();
    changed(["ghcr.io"]);
    expect(await signedIn("ghcr.io")).toEqual(PASSWORD);
  });

  test("with a token for a password are identity tokens", async () => {
    const { signedIn } = keeping({ ...ACCOUNT, username: "00000000-0000-0000-0000-000000000000" });
    expect(await signedIn("ghcr.io")).toEqual({ kind: "identity-token", token: ACCOUNT.password });
  });

  test("that are tried count while they are tried, and after that if they are good", async () => {
    const { signedIn, attempt } = keeping(ACCOUNT);
    const during = await attempt(OTHER, () => signedIn("ghcr.io"));
    expect(during).toMatchObject({ password: OTHER.password });
    expect(await signedIn("ghcr.io")).toMatchObject({ password: OTHER.password });
    const refused = attempt(ACCOUNT, () => Promise.reject(new CodedError("registry-unauthorized", "No.")));
    await expect(refused).rejects.toThrow("No.");
    expect(await signedIn("ghcr.io")).toMatchObject({ password: OTHER.password });
  });

  test("that the client cannot give are none, and the log has no secret of it", async () => {
    const { signedIn, client, warnings } = keeping();
    client.kept = new Error("no such request");
    expect(await signedIn("ghcr.io")).toBeNull();
    expect(warnings).toEqual([expect.stringContaining("no such request")]);
  });
});

describe("the user is asked to sign in", () => {
  const place = (host: string): SignInPlace => ({
    ...{ host, registry: host, image: `${host}/a/b:c`, tlsVerify: true, uri: null },
  });

  /** A user who answers each question when the test says so. */
  function asking() {
    const questions: { readonly host: string; readonly signal: AbortSignal; answer(signedIn: boolean): void }[] = [];
    const signIns = createSignIns(
      ({ host }, signal) => new Promise((answer) => questions.push({ host, signal, answer })),
    );
    const turns = async () => {
      for (let turn = 0; turn < 10; turn++) await Promise.resolve();
    };
    return { ...signIns, questions, turns };
  }

  test("once for all who wait for the same host", async () => {
    const { offer, questions, turns } = asking();
    const offers = Promise.all([offer(place("a.org"), never), offer(place("a.org"), never)]);
    await turns();
    expect(questions).toHaveLength(1);
    questions[0]!.answer(true);
    expect(await offers).toEqual([true, true]);
  });

  test("about one host after the other", async () => {
    const { offer, questions, turns } = asking();
    const offers = Promise.all([offer(place("a.org"), never), offer(place("b.org"), never)]);
    await turns();
    expect(questions.map(({ host }) => host)).toEqual(["a.org"]);
    questions[0]!.answer(false);
    await turns();
    expect(questions.map(({ host }) => host)).toEqual(["a.org", "b.org"]);
    questions[1]!.answer(true);
    expect(await offers).toEqual([false, true]);
  });

  test("never again, until there are other accounts", async () => {
    const { offer, changed, questions, turns } = asking();
    const declined = offer(place("a.org"), never);
    await turns();
    questions[0]!.answer(false);
    expect(await declined).toBe(false);
    expect(await offer(place("a.org"), never)).toBe(false);
    changed(["a.org"]);
    void offer(place("a.org"), never);
    await turns();
    expect(questions).toHaveLength(2);
  });

  test("no longer than anyone waits for it", async () => {
    const { offer, questions, turns } = asking();
    const controller = new AbortController();
    const offered = offer(place("a.org"), controller.signal);
    await turns();
    controller.abort();
    await expect(offered).rejects.toThrow();
    expect(questions[0]!.signal.aborted).toBe(true);
  });

  test("not by a client that cannot, nor where there is nothing to sign in to", async () => {
    expect(await createSignIns(null).offer(place("a.org"), never)).toBe(false);
    expect(await asking().offer(null, never)).toBe(false);
  });

  test("and what wanted a sign-in is done once more after it", async () => {
    const { retrying, questions, turns } = asking();
    let tries = 0;
    const work = async () => {
      tries += 1;
      if (tries === 1) throw new CodedError("registry-unauthorized", "Who are you?");
      return "done";
    };
    const done = retrying(place("a.org"), never, work);
    await turns();
    questions[0]!.answer(true);
    expect(await done).toBe("done");
    const other = () => Promise.reject(new CodedError("tag-not-found", "There is none."));
    await expect(retrying(place("b.org"), never, other)).rejects.toThrow("There is none.");
    expect(questions).toHaveLength(1);
  });
});
