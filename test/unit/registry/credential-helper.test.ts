import { describe, expect, test } from "vitest";
import { createCredentialHelpers } from "../../../server/src/registry/credential-helper.ts";
import type { Credentials } from "../../../server/src/registry/credentials.ts";
import type { ProgramResult } from "../../../server/src/registry/machine.ts";
import { manualClock } from "../../support/manual-clock.ts";
import { describedMachine, helperAnswer, NOT_FOUND, type Program } from "../../support/registry/machine.ts";

const PATH = "/bin/docker-credential-test";
const REGISTRY = "r.example";
const FOUND: Credentials = { kind: "password", username: "user", password: "canary-secret" };

function helpersWith(program: Program) {
  const machine = describedMachine({ environment: { PATH: "/bin" }, programs: { [PATH]: program } });
  const clock = manualClock();
  return { machine, clock, helpers: createCredentialHelpers(machine, clock) };
}

function answerTo(result: Partial<ProgramResult> | Error) {
  const program = () => {
    if (result instanceof Error) throw result;
    return result;
  };
  return helpersWith(program).helpers.ask("test", REGISTRY);
}

describe("what a helper says", () => {
  test.each<[string, Partial<ProgramResult>, Credentials]>([
    ["a user name and a password", helperAnswer("user", "canary-secret"), FOUND],
    ["an identity token", helperAnswer("<token>", "id"), { kind: "identity-token", token: "id" }],
    [
      "Azure's token",
      helperAnswer("00000000-0000-0000-0000-000000000000", "id"),
      { kind: "identity-token", token: "id" },
    ],
    [
      "letters beyond ASCII",
      helperAnswer("jürgen", "größe"),
      { kind: "password", username: "jürgen", password: "größe" },
    ],
    ["something on standard error too", { ...helperAnswer("user", "canary-secret"), stderr: "slow" }, FOUND],
  ])("%s is found", async (_name, result, credentials) => {
    expect(await answerTo(result)).toEqual({ kind: "found", credentials });
  });

  test.each<[string, Partial<ProgramResult>]>([
    ["that there are none", NOT_FOUND],
    ["that there are none, in other words", { exitCode: 1, stdout: "Credentials not found\n" }],
    ["nothing in its answer", helperAnswer("", "")],
  ])("%s is none", async (_name, result) => {
    expect(await answerTo(result)).toEqual({ kind: "none" });
  });

  test.each<[string, Partial<ProgramResult> | Error, reason: string]>([
    ["why it failed", { exitCode: 1, stdout: "the keychain is locked.\n" }, "the keychain is locked"],
    ["it on standard error", { exitCode: 2, stderr: "first\nno region is set\n" }, "no region is set"],
    ["nothing", { exitCode: 3 }, "it ended with exit code 3"],
    ["nothing because of a signal", { exitCode: null }, "it was ended by a signal"],
    ["what it knows and fails", { exitCode: 1, stdout: '{"Secret":"canary-secret"}' }, "it ended with exit code 1"],
    ["a header", { exitCode: 1, stdout: "Authorization: Bearer canary-secret" }, "Authorization: Bearer ***"],
    ["control characters", { exitCode: 1, stdout: "\u001b[31mred\u0007" }, "[31mred"],
    ["no JSON", { stdout: "canary-secret" }, "it did not answer in JSON"],
    ["null", { stdout: "null" }, "its answer has no user name and secret"],
    ["a list", { stdout: '["canary-secret"]' }, "its answer has no user name and secret"],
    ["numbers", { stdout: '{"Username":1,"Secret":2}' }, "its answer has no user name and secret"],
    ["no user name", helperAnswer("", "canary-secret"), "its answer has no user name"],
    ["nothing in time", new Error("it took longer than 30 s"), "it took longer than 30 s"],
  ])("%s is a failure in words", async (_name, result, reason) => {
    const answer = await answerTo(result);
    expect(answer).toEqual({ kind: "failed", reason });
    expect(JSON.stringify(answer)).not.toContain("canary");
  });

  test("is shortened", async () => {
    const answer = await answerTo({ exitCode: 1, stdout: "x".repeat(5000) });
    expect(answer.kind === "failed" && answer.reason.length).toBe(200);
  });
});

test("a helper that is not there is a failure, and no program is run", async () => {
  const { helpers, machine } = helpersWith(() => NOT_FOUND);
  expect(await helpers.ask("missing", REGISTRY)).toEqual({
    kind: "failed",
    reason: "docker-credential-missing is not on PATH",
  });
  expect(machine.runs).toEqual([]);
});

describe("the helper is asked for", () => {
  test.each<[registry: string, has: string, keys: string[]]>([
    ["r.example:5000", "r.example:5000", ["r.example:5000"]],
    ["docker.io", "https://index.docker.io/v1/", ["https://index.docker.io/v1/"]],
    ["docker.io", "docker.io", ["https://index.docker.io/v1/", "docker.io"]],
    ["registry-1.docker.io", "index.docker.io", ["https://index.docker.io/v1/", "docker.io", "index.docker.io"]],
  ])("%s, which it has as %s", async (registry, has, keys) => {
    const { helpers, machine } = helpersWith((input) =>
      input === has ? helperAnswer("user", "canary-secret") : NOT_FOUND,
    );
    expect(await helpers.ask("test", registry)).toEqual({ kind: "found", credentials: FOUND });
    expect(machine.runs).toEqual(keys.map((key) => `${PATH} get <${key}`));
  });

  test("Docker Hub's other names after a failure, which is told when they have nothing either", async () => {
    const { helpers, machine } = helpersWith((input) =>
      input.startsWith("https:") ? { exitCode: 1, stdout: "no URLs" } : NOT_FOUND,
    );
    expect(await helpers.ask("test", "docker.io")).toEqual({ kind: "failed", reason: "no URLs" });
    expect(machine.runs).toHaveLength(3);
  });
});

describe("a helper is run as seldom as can be", () => {
  test("once for all who ask at the same time", async () => {
    const { helpers, machine } = helpersWith(() => helperAnswer("user", "canary-secret"));
    const answers = await Promise.all([1, 2, 3].map(() => helpers.ask("test", REGISTRY)));
    expect(answers.map(({ kind }) => kind)).toEqual(["found", "found", "found"]);
    expect(machine.runs).toHaveLength(1);
  });

  test.each<[string, Partial<ProgramResult>]>([
    ["credentials", helperAnswer("user", "canary-secret")],
    ["none", NOT_FOUND],
    ["a failure", { exitCode: 1 }],
  ])("once in five minutes: %s", async (_name, result) => {
    const { helpers, machine, clock } = helpersWith(() => result);
    await helpers.ask("test", REGISTRY);
    await clock.pass(5 * 60_000 - 1);
    await helpers.ask("test", REGISTRY);
    expect(machine.runs).toHaveLength(1);
    await clock.pass(1);
    await helpers.ask("test", REGISTRY);
    expect(machine.runs).toHaveLength(2);
  });

  test("again for another registry", async () => {
    const { helpers, machine } = helpersWith(() => NOT_FOUND);
    await helpers.ask("test", REGISTRY);
    await helpers.ask("test", "other.example");
    expect(machine.runs).toHaveLength(2);
  });

  test("again when the registry has refused what it gave, but not what it has not given", async () => {
    let run = 0;
    const { helpers, machine } = helpersWith(() => helperAnswer("user", `canary-${++run}`));
    const rejected = (password: string): Credentials => ({ kind: "password", username: "user", password });
    await helpers.ask("test", REGISTRY);
    await helpers.ask("test", REGISTRY, { rejected: rejected("canary-0") });
    expect(machine.runs).toHaveLength(1);
    expect(await helpers.ask("test", REGISTRY, { rejected: rejected("canary-1") })).toEqual({
      kind: "found",
      credentials: rejected("canary-2"),
    });
    expect(machine.runs).toHaveLength(2);
  });
});

test("what a helper gives again after a refusal is not asked for a third time", async () => {
  const { helpers, machine } = helpersWith(() => helperAnswer("user", "canary-secret"));
  await helpers.ask("test", REGISTRY);
  await helpers.ask("test", REGISTRY, { rejected: FOUND });
  await helpers.ask("test", REGISTRY, { rejected: FOUND });
  expect(machine.runs).toHaveLength(2);
});

test("who leaves takes the program along, and nothing is remembered of it", async () => {
  const { helpers, machine } = helpersWith(
    (_input, signal) =>
      new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason), { once: true })),
  );
  const controller = new AbortController();
  const asking = helpers.ask("test", REGISTRY, { signal: controller.signal });
  await expect.poll(() => machine.runs.length).toBe(1);
  controller.abort(new Error("enough"));
  await expect(asking).rejects.toThrow("enough");
  void helpers.ask("test", REGISTRY);
  await expect.poll(() => machine.runs.length).toBe(2);
});
