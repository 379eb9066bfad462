import { describe, expect, test } from "vitest";
import { createGate } from "../support/registry/gate.ts";
import { appContent, GONE, parsed, pullImage, registryWith, SRI, until, workplace } from "./harness.ts";

interface CheckDocument {
  readonly pins: readonly {
    readonly file: string;
    readonly status: string;
    readonly reason: string | null;
    readonly code: string | null;
    readonly newImageDigest: string | null;
  }[];
  readonly problems: readonly object[];
  readonly summary: Readonly<Record<string, number>>;
}

const { content, digests } = appContent();
const fresh = pullImage({ imageDigest: digests.newIndex, hash: SRI, finalImageTag: "1.0" });
const stale = pullImage({ imageDigest: digests.oldIndex, hash: SRI, finalImageTag: "1.0" });
const gone = pullImage({ imageDigest: GONE, hash: SRI, finalImageTag: "1.0" });
const incomplete = pullImage({ finalImageTag: "1.0" });

describe("exit codes", () => {
  const computed = `{ dockerTools, digest }: dockerTools.pullImage { imageName = "org/app"; imageDigest = digest; hash = "${SRI}"; }`;
  const ignored = stale.replace("{\n", "{ # dockpin: ignore\n");
  const local = pullImage({ imageDigest: digests.newIndex, hash: SRI, finalImageTag: "local-name" });
  const told = local.replace("{\n", "{ # dockpin: tag=2.0\n");

  test.each<[title: string, files: Record<string, string>, code: number, statuses: string[]]>([
    ["nothing to check", {}, 0, []],
    ["fresh", { "a.nix": fresh }, 0, ["fresh"]],
    ["stale", { "a.nix": fresh, "b.nix": stale }, 1, ["fresh", "stale"]],
    ["gone", { "a.nix": gone }, 1, ["gone"]],
    ["incomplete", { "a.nix": incomplete }, 1, ["incomplete"]],
    ["ignored", { "a.nix": ignored }, 0, ["ignored"]],
    ["computed", { "a.nix": computed, "b.nix": stale }, 2, ["computed", "stale"]],
    ["a final tag that the registry does not have", { "a.nix": local }, 0, ["unknown"]],
    ["a directive's tag that the registry does not have", { "a.nix": told }, 2, ["unknown"]],
  ])("%s", async (_, files, code, statuses) => {
    const { endpoint } = await registryWith(content);
    const { dockpin } = await workplace(files);
    const outcome = await dockpin("check", "--json", ...endpoint);
    expect(parsed<CheckDocument>(outcome).pins.map(({ status }) => status)).toEqual(statuses);
    expect(outcome.code).toBe(code);
  });
});

test("JSON: the list's fields, the code and the new digest; what could not be read; a summary", async () => {
  const { endpoint } = await registryWith(content);
  const { dockpin } = await workplace({ "a.nix": stale, "b.nix": fresh });
  const outcome = await dockpin("check", "--json", "a.nix", "b.nix", "missing.nix", ...endpoint);
  expect(outcome.code).toBe(2);
  expect(parsed<CheckDocument>(outcome)).toEqual({
    pins: [
      {
        file: "a.nix",
        line: 2,
        column: 23,
        calledAt: [],
        callee: "dockerTools.pullImage",
        systems: [],
        variants: [],
        imageName: "registry.example/org/app",
        imageDigest: digests.oldIndex,
        hash: SRI,
        hashAttribute: "hash",
        hashEncoding: "sri",
        finalImageName: null,
        finalImageTag: "1.0",
        os: null,
        arch: null,
        followedTag: "1.0",
        followedFrom: "finalImageTag",
        status: "stale",
        reason: expect.stringMatching(/^The tag "1\.0" moved from sha256:\w{12} to sha256:\w{12}; update the pin\.$/),
        code: "digest-stale",
        newImageDigest: digests.newIndex,
      },
      expect.objectContaining({ file: "b.nix", status: "fresh", reason: null, code: null, newImageDigest: null }),
    ],
    problems: [{ file: "missing.nix", code: "path-not-found", message: expect.any(String) }],
    summary: { stale: 1, fresh: 1 },
  });
});

test("text: a line per pin with its status, and a summary", async () => {
  const { endpoint } = await registryWith(content);
  const { dockpin } = await workplace({ "a.nix": fresh, "b.nix": gone });
  const { stdout, stderr } = await dockpin("check", ...endpoint);
  expect(stdout).toBe(
    `fresh         a.nix:2  registry.example/org/app:1.0
gone          b.nix:2  registry.example/org/app:1.0
              registry.example/org/app no longer has sha256:dddddddddddd; update the pin. [digest-gone]
2 pins: 1 fresh, 1 gone.
`,
  );
  expect(stderr).toBe("");
});

test("--quiet tells only what needs attention", async () => {
  const { endpoint } = await registryWith(content);
  const { dockpin } = await workplace({ "a.nix": fresh, "b.nix": stale });
  const { stdout, stderr } = await dockpin("check", "--quiet", ...endpoint);
  expect(stdout).not.toContain("a.nix");
  expect(stdout).toContain("b.nix");
  expect(stderr).toBe("");
});

test("a tag is asked for once, however many pins follow it", async () => {
  const { registry, endpoint } = await registryWith(content);
  const { dockpin } = await workplace({ "a.nix": fresh, "b.nix": fresh, "c.nix": fresh });
  await dockpin("check", ...endpoint);
  expect(registry.requests.filter(({ path }) => path.endsWith("/manifests/1.0"))).toHaveLength(1);
});

test("--platform is for pins that state none, and a directive comes before it", async () => {
  const { endpoint } = await registryWith(content);
  const arm64 = pullImage({ imageDigest: digests.newArm64, hash: SRI, finalImageTag: "1.0", arch: "amd64" });
  const told = pullImage({ imageDigest: digests.newArm64, hash: SRI, finalImageTag: "1.0" }).replace(
    "{\n",
    "{ # dockpin: platform=linux/arm64\n",
  );
  const { dockpin } = await workplace({ "a.nix": arm64, "b.nix": told });
  const outcome = await dockpin("check", "--json", "--platform", "linux/arm64", ...endpoint);
  expect(parsed<CheckDocument>(outcome).pins.map(({ status, newImageDigest }) => [status, newImageDigest])).toEqual([
    ["stale", digests.newAmd64],
    ["fresh", null],
  ]);
});

describe("a registry that asks who one is", () => {
  const account = { username: "someone", password: "secret" };
  const authfile = JSON.stringify({
    auths: { "127.0.0.1": {}, placeholder: { auth: Buffer.from("someone:secret").toString("base64") } },
  });

  test("--authfile gives the credentials", async () => {
    const { registry, endpoint } = await registryWith(content, { authorization: { scheme: "basic", account } });
    const { dockpin } = await workplace({
      "a.nix": fresh,
      "auth.json": authfile.replace("placeholder", registry.host),
    });
    expect(await dockpin("check", "--authfile", "auth.json", ...endpoint)).toMatchObject({ code: 0 });
    expect(await dockpin("check", ...endpoint)).toMatchObject({ code: 2 });
  });

  test("an --authfile that is not there is an error, not an anonymous request", async () => {
    const { registry, endpoint } = await registryWith(content);
    const { dockpin } = await workplace({ "a.nix": fresh });
    const { code, stderr } = await dockpin("check", "--authfile", "nowhere.json", ...endpoint);
    expect(code).toBe(2);
    expect(stderr).toMatch(/nowhere\.json cannot be read \(ENOENT\).*\[credentials-unreadable\]/);
    expect(registry.requests).toEqual([]);
  });
});

describe("lines are told as answers come", () => {
  /** Three files, the second of which follows a tag whose answer is held back. */
  async function heldBack(...options: readonly string[]) {
    const gate = createGate("/manifests/single");
    const { registry, endpoint } = await registryWith(content, { gate: gate.pass });
    const single = pullImage({ imageDigest: digests.single, hash: SRI, finalImageTag: "single" });
    const place = await workplace({ "a.nix": stale, "b.nix": single, "c.nix": fresh });
    const running = place.start("check", ...options, ...endpoint);
    await gate.reached;
    return { gate, registry, ...running };
  }

  test("in the order of the files", async () => {
    const { gate, outcome, stdoutSoFar } = await heldBack();
    await until(() => stdoutSoFar().includes("a.nix") && stdoutSoFar().includes("digest-stale"));
    expect(stdoutSoFar()).not.toContain("c.nix");
    gate.open();
    const { code, stdout, stderr } = await outcome;
    expect(stdout.replace(/ {2,}/g, " ")).toMatch(
      /^stale a\.nix:2 .*\n.*\[digest-stale\]\nfresh b\.nix:2 .*\nfresh c\.nix:2 .*\n3 pins: 1 stale, 2 fresh\.\n$/,
    );
    expect(stderr).toBe("");
    expect(code).toBe(1);
  });

  test("and all that are known when it is interrupted", async () => {
    const { child, outcome, stdoutSoFar } = await heldBack();
    await until(() => stdoutSoFar().includes("digest-stale"));
    child.kill("SIGINT");
    const { code, stdout } = await outcome;
    expect(code).toBe(130);
    expect(stdout).toContain("a.nix");
    expect(stdout).toContain("c.nix");
    expect(stdout).not.toContain("b.nix");
  });

  test("but JSON is one document at the end", async () => {
    const { gate, registry, outcome, stdoutSoFar } = await heldBack("--json");
    await until(() => registry.requests.some(({ path }) => path.endsWith(digests.oldIndex)));
    expect(stdoutSoFar()).toBe("");
    gate.open();
    expect(parsed<CheckDocument>(await outcome).pins.map(({ status }) => status)).toEqual(["stale", "fresh", "fresh"]);
  });
});

test("many pins are asked about at once, each tag once, however few may be downloaded at once", async () => {
  const gate = createGate("/manifests/1.0");
  const { registry, endpoint } = await registryWith(content, { gate: gate.pass });
  const others = Array.from({ length: 20 }, (_, index) => [
    `other-${index}.nix`,
    pullImage({ imageDigest: digests.single, hash: SRI, finalImageTag: "single", finalImageName: `n${index}` }),
  ]);
  const place = await workplace({ "a.nix": fresh, "b.nix": stale, ...Object.fromEntries(others) });
  const { outcome } = place.start("check", "--concurrency", "1", ...endpoint);
  await gate.reached;
  await until(() => registry.requests.some(({ path }) => path.endsWith("/manifests/single")));
  gate.open();
  expect((await outcome).stdout).toContain("22 pins: 21 fresh, 1 stale.");
  const heads = registry.requests.filter(({ method }) => method === "HEAD").map(({ path }) => path.split("/").at(-1));
  expect(heads.toSorted()).toEqual(["1.0", "single", digests.oldIndex].toSorted());
});
