import { existsSync, readFileSync } from "node:fs";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { type Outcome, until, workplace } from "./harness.ts";

const auth = (username: string) => ({ auth: Buffer.from(`${username}:canary-secret`).toString("base64") });
const HELPER = `#!/usr/bin/env node
if (process.argv[2] !== "get") process.exit(2);
let key = "";
process.stdin.on("data", (chunk) => { key += chunk; }).on("end", () => {
  require("fs").writeFileSync(process.env.HELPER_RUNS, String(process.pid));
  if (key === "slow.example") return setInterval(() => {}, 1000);
  if (key === "locked.example") { console.log("the keychain is locked"); process.exit(1); }
  if (key !== "helped.example") { console.log("credentials not found in native keychain"); process.exit(1); }
  console.log(JSON.stringify({ ServerURL: key, Username: "of-the-helper", Secret: "canary-secret" }));
});
`;

/** A user with a Docker configuration, whose credential helper "mine" is on PATH. */
async function user(
  config: object,
  files: Readonly<Record<string, string>> = {},
  environment: Readonly<Record<string, string>> = {},
) {
  const tools = await mkdtemp(join(tmpdir(), "dockpin-helper-"));
  onTestFinished(() => rm(tools, { recursive: true }));
  const [docker, helper, runs] = [
    join(tools, "config.json"),
    join(tools, "docker-credential-mine"),
    join(tools, "runs"),
  ];
  await writeFile(docker, JSON.stringify(config));
  await writeFile(helper, HELPER);
  await chmod(helper, 0o755);
  const PATH = [tools, process.env["PATH"]].join(delimiter);
  const env = { REGISTRY_AUTH_FILE: "", DOCKER_CONFIG: tools, HELPER_RUNS: runs, PATH, ...environment };
  const { dockpin, start } = await workplace(files, { env });
  const helperHasRun = () => existsSync(runs);
  return {
    dockpin,
    start,
    docker,
    helperHasRun,
    helperProcess: () => (helperHasRun() ? readFileSync(runs, "utf8") : ""),
  };
}

const lines = ({ stdout }: Outcome) => stdout.trimEnd().split("\n");

describe("login-status", () => {
  const config = {
    auths: { "ghcr.io": auth("octocat"), "ghcr.io/org": auth("robot"), "quay.io": { identitytoken: "canary-token" } },
    credHelpers: { "helped.example": "mine", "locked.example": "mine", "slow.example": "mine", "lost.example": "lost" },
  };

  test("names the entry and the user, never the secret", async () => {
    const { dockpin, docker } = await user(config);
    const outcome = await dockpin("login-status", "ghcr.io/org/app:1.0", "ghcr.io/else/app", "ghcr.io", "quay.io/a/b");
    expect(outcome).toMatchObject({ code: 0, stderr: "" });
    expect(lines(outcome)).toEqual([
      `ghcr.io/org/app: user "robot", from "ghcr.io/org" in ${docker}`,
      `ghcr.io/else/app: user "octocat", from "ghcr.io" in ${docker}`,
      `ghcr.io: user "octocat", from "ghcr.io" in ${docker}`,
      `quay.io: an identity token from "quay.io" in ${docker}`,
    ]);
    expect(outcome.stdout).not.toContain("canary");
  });

  test("says where it looked in vain", async () => {
    const { dockpin, docker } = await user(config);
    const [line] = lines(await dockpin("login-status", "alpine"));
    expect(line).toMatch(/^docker\.io: no credentials; looked at /);
    expect(line).toContain(docker);
  });

  // Windows has no scripts that are programs.
  describe.skipIf(process.platform === "win32")("with credential helpers", () => {
    test("runs none of them", async () => {
      const { dockpin, docker, helperHasRun } = await user(config);
      const outcome = await dockpin("login-status", "helped.example/a", "lost.example/a");
      expect(outcome.code).toBe(0);
      expect(lines(outcome).map((line) => line.replace(/; looked at .*/, ""))).toEqual([
        `helped.example: credHelpers "mine" in ${docker}; --check asks it`,
        "lost.example: no credentials",
        `  the credential helper "lost" (credHelpers in ${docker}) cannot be asked: docker-credential-lost is not on PATH`,
      ]);
      expect(helperHasRun()).toBe(false);
    });

    test("runs them with --check, and says what fails", async () => {
      const { dockpin, docker, helperHasRun } = await user({ ...config, credsStore: "mine" });
      const outcome = await dockpin(
        "login-status",
        "--check",
        "helped.example/a",
        "locked.example/a",
        "other.example/a",
      );
      expect(outcome.code).toBe(0);
      expect(lines(outcome).map((line) => line.replace(/; looked at .*/, ""))).toEqual([
        `helped.example: user "of-the-helper", from credHelpers "mine" in ${docker}`,
        "locked.example: no credentials",
        `  the credential helper "mine" (credHelpers in ${docker}) cannot be asked: the keychain is locked`,
        "other.example: no credentials",
      ]);
      expect(outcome.stdout).not.toContain("canary");
      expect(helperHasRun()).toBe(true);
    });

    test("ends them with Ctrl-C", async () => {
      const { start, helperProcess } = await user(config);
      const { child, outcome } = start("login-status", "--check", "slow.example");
      await until(() => helperProcess() !== "");
      child.kill("SIGINT");
      expect(await outcome).toMatchObject({ code: 130, stdout: "" });
      await until(() => !isRunning(Number(helperProcess())));
    });
  });

  test("goes by registries.conf: mirrors have credentials of their own, and it may name helpers for all", async () => {
    const conf = `
      credential-helpers = ["lost", "containers-auth.json"]
      [[registry]]
      location = "docker.io"
      [[registry.mirror]]
      location = "mirror.example/hub"
    `;
    const { dockpin, docker } = await user(
      { auths: { "mirror.example/hub": auth("mirror"), "docker.io": auth("hub") } },
      { "registries.conf": conf },
      { CONTAINERS_REGISTRIES_CONF: "registries.conf" },
    );
    const lost =
      '  the credential helper "lost" (credential-helpers in registries.conf) cannot be asked: docker-credential-lost is not on PATH';
    expect(lines(await dockpin("login-status", "alpine"))).toEqual([
      `docker.io: user "hub", from "docker.io" in ${docker}`,
      lost,
      `mirror.example: user "mirror", from "mirror.example/hub" in ${docker}`,
      lost,
    ]);
  });

  test("--json tells the same as data", async () => {
    const { dockpin, docker } = await user(config);
    const outcome = await dockpin("login-status", "--json", "ghcr.io/org/app", "lost.example/a");
    expect(JSON.parse(outcome.stdout)).toEqual([
      {
        image: "ghcr.io/org/app",
        registry: "ghcr.io",
        state: "found",
        kind: "password",
        username: "robot",
        source: { file: docker, entry: "ghcr.io/org" },
        problems: [],
        searched: expect.arrayContaining([docker]),
      },
      {
        image: "lost.example/a",
        registry: "lost.example",
        state: "none",
        kind: null,
        username: null,
        source: null,
        problems: [expect.stringContaining("docker-credential-lost is not on PATH")],
        searched: expect.arrayContaining([docker]),
      },
    ]);
  });

  test("without an image, the pins under the current folder count; a registry is told of once", async () => {
    const pin = (name: string) => `pullImage { imageName = "${name}"; imageDigest = "sha256:${"a".repeat(64)}"; }\n`;
    const { dockpin, docker } = await user(config, {
      "a.nix": `[ (${pin("ghcr.io/org/a")}) (${pin("ghcr.io/org/b")}) (${pin("quay.io/x/y")}) (${pin("quay.io/x/z")}) ]`,
      "ignored.nix": `# dockpin: ignore\n${pin("helped.example/a")}`,
    });
    const outcome = await dockpin("login-status");
    expect(outcome.code).toBe(0);
    expect(lines(outcome)).toEqual([
      `ghcr.io: user "robot", from "ghcr.io/org" in ${docker}`,
      `quay.io: an identity token from "quay.io" in ${docker}`,
    ]);
  });

  test("goes by --endpoint: what stands in for a registry has credentials of its own", async () => {
    const { dockpin, docker } = await user({
      auths: { "cache.example:5000": auth("cache"), "docker.io": auth("hub") },
    });
    const outcome = await dockpin("login-status", "--endpoint", "docker.io=https://cache.example:5000/hub", "alpine");
    expect(lines(outcome)).toEqual([`cache.example:5000: user "cache", from "cache.example:5000" in ${docker}`]);
  });

  test("goes by --authfile alone, which must be readable", async () => {
    const { dockpin } = await user(config, {
      "auth.json": JSON.stringify({ auths: { "quay.io": auth("other") } }),
      "bad.json": "{",
    });
    expect(lines(await dockpin("login-status", "--authfile", "auth.json", "quay.io/a", "ghcr.io/a"))).toEqual([
      'quay.io: user "other", from "quay.io" in auth.json',
      "ghcr.io: no credentials; looked at auth.json",
    ]);
    expect(await dockpin("login-status", "--authfile", "bad.json", "quay.io/a")).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/bad\.json cannot be read \(it is not JSON\).*\[credentials-unreadable\]/),
    });
  });

  test("warns of what is malformed, without quoting it", async () => {
    const { dockpin } = await user({ auths: { "ghcr.io": { auth: "canary-secret" } } });
    const { code, stderr } = await dockpin("login-status", "ghcr.io/a/b");
    expect(code).toBe(0);
    expect(stderr).toContain('the entry "ghcr.io" is malformed');
    expect(stderr).not.toContain("canary");
  });

  test.each([
    [["Not/An/Image"], "malformed-reference"],
    [["--username", "me", "alpine"], "usage"],
  ])("%j is refused", async (args, code) => {
    const { dockpin } = await user({});
    expect(await dockpin("login-status", ...args)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`[${code}]`),
    });
  });
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
