import { describe, expect, test } from "vitest";
import { appContent, REGISTRY, registryWith, workplace } from "./harness.ts";

const { content, digests } = appContent();
const ACCOUNT = { username: "someone", password: "canary-password" };
const pin = (registry: string) =>
  `pullImage { imageName = "${registry}/org/app"; imageDigest = "${digests.newIndex}"; finalImageTag = "1.0"; }\n`;
const ASK = ["--username", ACCOUNT.username, "--password-stdin"];

/** A folder with a pin, and a registry with Basic authorization. */
async function signIn(files: Readonly<Record<string, string>> = { "a.nix": pin(REGISTRY) }) {
  const { registry, endpoint } = await registryWith(content, { authorization: { scheme: "basic", account: ACCOUNT } });
  const place = await workplace(files);
  const dockpin = (input: string, ...args: string[]) => place.dockpinReading(input, ...args, ...endpoint);
  return { registry, dockpin };
}

describe("--username and --password-stdin", () => {
  test.each([
    ["as it is", ACCOUNT.password],
    ["with a line break", `${ACCOUNT.password}\n`],
    ["with a line break of Windows", `${ACCOUNT.password}\r\n`],
  ])("sign in with the password on stdin, %s", async (_name, input) => {
    const { dockpin } = await signIn();
    // The pin has no hash, which check tells after the registry has answered.
    const outcome = await dockpin(input, "check", "--json", ...ASK);
    expect(JSON.parse(outcome.stdout).pins[0]).toMatchObject({ status: "incomplete" });
    expect(outcome.stdout + outcome.stderr).not.toMatch(/canary|unauthorized/);
  });

  test("sign in for a prefetch", async () => {
    const { dockpin } = await signIn();
    const outcome = await dockpin(ACCOUNT.password, "prefetch", `${REGISTRY}/org/app`, "single", ...ASK);
    expect(outcome).toMatchObject({ code: 0, stdout: expect.stringContaining(digests.single) });
  });

  test("a wrong password is told without it", async () => {
    const { dockpin } = await signIn();
    const { code, stderr } = await dockpin("canary-wrong", "prefetch", `${REGISTRY}/org/app`, "single", ...ASK);
    expect(code).toBe(2);
    expect(stderr).toMatch(/to the credentials from the command line; sign in again .*\[registry-unauthorized\]/);
    expect(stderr).not.toContain("canary");
  });

  test("are for one registry: a password is offered to no other", async () => {
    const { dockpin, registry } = await signIn({ "a.nix": pin(REGISTRY), "b.nix": pin("other.example") });
    const { code, stderr } = await dockpin(ACCOUNT.password, "check", ...ASK);
    expect(code).toBe(2);
    expect(stderr).toMatch(/--username is for one registry, but there are several \(.*other\.example\).*\[usage\]/);
    expect(registry.requests).toEqual([]);
  });

  test.each<[string, string, string[], message: string]>([
    ["a name alone", "", ["--username", "me"], "--username and --password-stdin need each other"],
    ["a password alone", "x", ["--password-stdin"], "--username and --password-stdin need each other"],
    ["no name", "x", ["--username", "", "--password-stdin"], "--username needs a name"],
    ["no password", "\n", ASK, "stdin holds no password"],
    ["too much", "x".repeat(64 * 1024 + 1), ASK, "the password on stdin is larger than 64 KiB"],
  ])("%s is refused", async (_name, input, args, message) => {
    const { dockpin, registry } = await signIn();
    expect(await dockpin(input, "check", ...args)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`dockpin: ${message}`),
    });
    expect(registry.requests).toEqual([]);
  });
});
