import { readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { appContent, filesIn, parsed, pullImage, REGISTRY, registryWith, SRI, workplace } from "./harness.ts";

const { content, digests } = appContent();
const fresh = pullImage({ imageDigest: digests.newIndex, hash: SRI, finalImageTag: "1.0" });
const IMAGE = `${REGISTRY}/org/app`;

/** A pin and its registry, and what the registry is asked by each command. */
async function place(files: Readonly<Record<string, string>> = { "a.nix": fresh }) {
  const { registry, endpoint } = await registryWith(content);
  const work = await workplace(files);
  const cacheFolder =
    process.platform === "darwin"
      ? join(work.env["HOME"]!, "Library", "Caches", "dockpin")
      : process.platform === "win32"
        ? join(work.env["USERPROFILE"]!, "AppData", "Local", "dockpin", "Cache")
        : join(work.env["HOME"]!, ".cache", "dockpin");
  const asked = async (...args: readonly string[]) => {
    const before = registry.requests.length;
    const outcome = await work.dockpin(...args, ...endpoint);
    const requests = registry.requests.slice(before).map(({ method, path }) => `${method} ${path}`);
    return { ...outcome, requests, asksTag: requests.some((request) => request.includes("/manifests/1.0")) };
  };
  return { ...work, asked, registry, endpoint, cacheFolder };
}

interface CacheDocument {
  readonly folder: string;
  readonly entries: number;
  readonly bytes: number;
  readonly kinds: Readonly<Record<string, { readonly entries: number; readonly bytes: number }>>;
}

describe("a tag that was asked for is believed for ten minutes", () => {
  test("by check, which then asks nothing", async () => {
    const { asked } = await place();
    const first = await asked("check");
    expect(first).toMatchObject({ code: 0, asksTag: true });
    expect(await asked("check")).toEqual({ ...first, requests: [], asksTag: false });
  });

  test.each([
    ["update", ["update"]],
    ["prefetch", ["prefetch", IMAGE, "1.0"]],
  ])("but not by %s, which is for what is there now", async (_, args) => {
    const { asked } = await place();
    await asked("check");
    expect((await asked(...args)).asksTag).toBe(true);
  });

  test("which update and prefetch find out for it, too", async () => {
    const { asked } = await place();
    await asked("prefetch", IMAGE, "1.0");
    expect((await asked("check")).requests).toEqual([]);
  });

  test("but not where an account is given, whose password is tried each time", async () => {
    const { asked, dockpinReading, registry, endpoint } = await place();
    const account = ["--username", "me", "--password-stdin"];
    await asked("check");
    for (let time = 0; time < 2; time++) {
      const before = registry.requests.length;
      expect((await dockpinReading("secret", "check", ...account, ...endpoint)).code).toBe(0);
      expect(registry.requests.length).toBeGreaterThan(before);
    }
  });

  test("but not that of another registry with the same name", async () => {
    const { asked, dockpin } = await place();
    await asked("check");
    const other = await registryWith(new Map());
    expect((await dockpin("check", ...other.endpoint)).code).not.toBe(0);
    expect(other.registry.requests.length).toBeGreaterThan(0);
  });
});

describe("an image is downloaded once", () => {
  const blobsIn = (requests: readonly string[]) => requests.filter((request) => request.includes("/blobs/"));

  test.each([
    ["under another tag", ["--final-image-tag", "2.0"]],
    ["under another name", ["--final-image-name", "other"]],
  ])("%s", async (_, options) => {
    const { asked } = await place();
    const first = await asked("prefetch", IMAGE, "1.0");
    expect(blobsIn(first.requests).length).toBeGreaterThan(0);
    const again = await asked("prefetch", IMAGE, "1.0");
    expect(again).toMatchObject({ code: 0, stdout: first.stdout, stderr: first.stderr });
    expect(blobsIn(again.requests)).toEqual([]);
    const other = await asked("prefetch", IMAGE, "1.0", ...options);
    expect(other.code).toBe(0);
    const alone = await asked("prefetch", IMAGE, "1.0", ...options, "--no-cache");
    expect(other.stdout).toBe(alone.stdout);
  });
});

describe("--no-cache", () => {
  test.each([
    ["check", ["check"]],
    ["update", ["update", "--dry-run"]],
    ["verify", ["verify"]],
    ["prefetch", ["prefetch", IMAGE, "1.0"]],
  ])("%s neither reads nor writes any", async (_, args) => {
    const { asked, cacheFolder, path } = await place({
      "a.nix": pullImage({ imageDigest: digests.single, hash: SRI, finalImageTag: "1.0" }),
    });
    const first = await asked(...args, "--no-cache");
    await expect(stat(cacheFolder)).rejects.toThrow("ENOENT");
    await asked(...args);
    await asked(...args, "--no-cache");
    const files = await filesIn(cacheFolder);
    expect(files.length).toBeGreaterThan(0);
    expect(await asked(...args, "--no-cache")).toEqual(first);
    expect(await filesIn(cacheFolder)).toEqual(files);
    expect(await readdir(path("."))).toEqual(["a.nix"]);
  });
});

describe("dockpin cache", () => {
  test("shows what is remembered, and where; cleared, it is gone", async () => {
    const { asked, dockpin, cacheFolder } = await place();
    const empty = await dockpin("cache");
    expect(empty).toMatchObject({ code: 0, stderr: "" });
    expect(empty.stdout).toMatch(/^.+\n( {2}[a-z ]+ 0 +0 B\n){6}$/);
    await asked("prefetch", IMAGE, "1.0");

    const { stdout } = await dockpin("cache");
    expect(stdout.split("\n", 1)).toEqual([cacheFolder]);
    expect(stdout).toMatch(/^ {2}manifests +2 +8\.2 kB$/m);
    expect(stdout).toMatch(/^ {2}what tags point to +1 +4\.1 kB$/m);
    const shown = parsed<CacheDocument>(await dockpin("cache", "--json"));
    expect(shown).toMatchObject({ folder: cacheFolder, kinds: { manifest: { entries: 2 }, tag: { entries: 1 } } });
    expect(shown.entries).toBe(Object.values(shown.kinds).reduce((sum, { entries }) => sum + entries, 0));

    expect(await dockpin("cache", "clear")).toEqual({
      ...{ code: 0, stderr: "" },
      stdout: expect.stringMatching(new RegExp(`^Removed ${shown.entries} files, [0-9.]+ kB\\.\n$`)),
    });
    expect(await filesIn(cacheFolder)).toEqual([]);
    expect((await dockpin("cache")).stdout).toBe(empty.stdout);
    expect((await dockpin("cache", "clear")).stdout).toBe("There was nothing in the cache.\n");
    expect(await dockpin("cache", "clear", "--quiet")).toEqual({ code: 0, stdout: "", stderr: "" });
  });

  test("is where XDG_CACHE_HOME says", async () => {
    const { dockpin, folder } = await workplace({}, { env: { XDG_CACHE_HOME: "/nowhere/at-all" } });
    expect(folder).not.toContain("nowhere");
    expect((await dockpin("cache")).stdout.split("\n", 1)[0]).toBe(join("/nowhere/at-all", "dockpin"));
  });

  test.each([[["cache", "show"]], [["cache", "clear", "all"]]])("%j is refused", async (args) => {
    const { dockpin } = await workplace();
    expect(await dockpin(...args)).toMatchObject({
      code: 2,
      stdout: "",
      stderr: expect.stringMatching(/\[usage\]\n$/),
    });
  });
});

test.skipIf(process.platform !== "linux")(
  "a cache that cannot be used is told of once, and changes no result",
  async () => {
    const { asked, env, dockpin } = await place({ "a.nix": fresh, "b.nix": fresh.replace("1.0", "single") });
    await writeFile(join(env["HOME"]!, ".cache"), "");
    const without = await asked("check", "--no-cache");
    expect(without.stderr).not.toContain("The cache");
    const broken = await asked("check");
    expect(broken).toMatchObject({ code: without.code, stdout: without.stdout });
    expect(broken.stderr.match(/^dockpin: The cache in .+ cannot be used \(ENOTDIR\), .+$/gm)).toHaveLength(1);
    expect((await asked("check", "--quiet")).stderr).toBe("");
    expect(await dockpin("cache")).toMatchObject({
      code: 2,
      stdout: "",
      stderr: expect.stringMatching(/\[cache-unusable\]\n$/),
    });
  },
);
