import { execFileSync } from "node:child_process";
import { lstatSync, writeFileSync } from "node:fs";
import { chmod, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { type HashEncoding, parseHash, printHash } from "../../server/src/nix/hash-encoding.ts";
import type { Digest } from "../../server/src/oci/digest.ts";
import {
  appContent,
  filesIn,
  GONE,
  parsed,
  pullImage,
  REGISTRY,
  registryWith,
  SRI,
  sha256Of,
  type Workplace,
  workplace,
} from "./harness.ts";

interface UpdateDocument {
  readonly pins: readonly {
    readonly file: string;
    readonly status: string;
    readonly outcome: string;
    readonly code: string | null;
    readonly newImageDigest: string | null;
    readonly newHash: string | null;
    readonly hostDependent: boolean;
  }[];
  readonly files: readonly { readonly file: string; readonly written: boolean; readonly diff: string }[];
  readonly problems: readonly { readonly code: string }[];
  readonly summary: Readonly<Record<string, number>>;
}

const { content, digests } = appContent();
const stale = pullImage({ imageDigest: digests.oldIndex, hash: SRI, finalImageTag: "1.0" });
const fresh = pullImage({ imageDigest: digests.newIndex, hash: SRI, finalImageTag: "1.0" });

/** The hash of the archive that `prefetch` writes for the image. */
async function archiveHash(
  place: Workplace,
  endpoint: readonly string[],
  ...image: readonly string[]
): Promise<Digest> {
  const output = place.path("../archive.tar");
  const { code } = await place.dockpin("prefetch", "--output", output, ...endpoint, `${REGISTRY}/org/app`, ...image);
  expect(code).toBe(0);
  return sha256Of(output);
}

describe("in place", () => {
  test("the digest becomes the tag's, the hash that of the archive which docker load would take", async () => {
    const { endpoint } = await registryWith(content);
    const place = await workplace({ "a.nix": stale });
    const { code, stdout } = await place.dockpin("update", ...endpoint);
    expect(code).toBe(0);
    const hash = printHash(await archiveHash(place, endpoint, "1.0"), "sri");
    expect(await place.read("a.nix")).toBe(stale.replace(digests.oldIndex, digests.newIndex).replace(SRI, hash));
    expect(stdout).toContain(`${digests.oldIndex.slice(0, 19)} → ${digests.newIndex.slice(0, 19)}  ${hash}`);
    expect(stdout).toContain("\n1 pin: 1 updated. 1 file written.\n");
    expect(stdout).toContain("the hash is right on one platform only");
  });

  test("a second update has nothing to do, and the hash verifies", async () => {
    const { endpoint } = await registryWith(content);
    const place = await workplace({ "a.nix": stale });
    await place.dockpin("update", ...endpoint);
    const updated = await place.read("a.nix");
    expect(parsed<UpdateDocument>(await place.dockpin("update", "--json", ...endpoint)).summary).toEqual({
      unchanged: 1,
    });
    expect(await place.read("a.nix")).toBe(updated);
    expect(await place.dockpin("verify", ...endpoint)).toMatchObject({ code: 0 });
  });

  test("a fresh pin is neither downloaded nor written", async () => {
    const { registry, endpoint } = await registryWith(content);
    const place = await workplace({ "a.nix": fresh });
    const before = await stat(place.path("a.nix"));
    expect(await place.dockpin("update", ...endpoint)).toMatchObject({ code: 0 });
    expect((await stat(place.path("a.nix"))).ino).toBe(before.ino);
    expect(registry.requests.filter(({ path }) => path.includes("/blobs/"))).toEqual([]);
  });

  test.each<[title: string, attribute: string, value: string, encoding: HashEncoding]>([
    ["SRI", "hash", SRI, "sri"],
    ["SRI under sha256", "sha256", SRI, "sri"],
    ["base32", "sha256", "0mdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73", "base32"],
    ["base64", "sha256", SRI.slice("sha256-".length), "base64"],
    ["base16", "sha256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "base16"],
    ["sha256: and base32", "hash", "sha256:0mdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73", "prefixed-base32"],
  ])("the hash stays %s", async (_, attribute, value, encoding) => {
    const { endpoint } = await registryWith(content);
    const text = pullImage({ imageDigest: digests.oldIndex, [attribute]: value, finalImageTag: "1.0" });
    const place = await workplace({ "a.nix": text });
    expect(await place.dockpin("update", ...endpoint)).toMatchObject({ code: 0 });
    const hash = printHash(await archiveHash(place, endpoint, "1.0"), encoding);
    expect(parseHash(value, attribute as "hash" | "sha256")).toMatchObject({ value: { encoding } });
    expect(await place.read("a.nix")).toBe(text.replace(digests.oldIndex, digests.newIndex).replace(value, hash));
  });

  test("a pin without digest and hash gets both", async () => {
    const { endpoint } = await registryWith(content);
    const place = await workplace({ "a.nix": pullImage({ finalImageTag: "1.0" }) });
    expect(await place.dockpin("update", ...endpoint)).toMatchObject({ code: 0 });
    expect(await place.read("a.nix")).toContain(`  imageDigest = "${digests.newIndex}";\n  hash = "sha256-`);
    expect(await place.dockpin("verify", ...endpoint)).toMatchObject({ code: 0 });
  });

  test("line endings, byte order mark, comments and two pins on one line stay", async () => {
    const { endpoint } = await registryWith(content);
    const one = (digest: string, tag: string) =>
      `pullImage { imageName = "${REGISTRY}/org/app"; imageDigest = "${digest}"; hash = "${SRI}"; finalImageTag = "${tag}"; }`;
    const text = `\ufeff{ pullImage }: # über\r\n[ (${one(digests.oldIndex, "1.0")}) (${one(GONE, "single")}) ] # keep\r\n`;
    const place = await workplace({ "a.nix": text });
    expect(await place.dockpin("update", ...endpoint)).toMatchObject({ code: 0 });
    const updated = await place.read("a.nix");
    const hashes = [await archiveHash(place, endpoint, "1.0"), await archiveHash(place, endpoint, "single")];
    const [first, second] = hashes.map((hash) => printHash(hash, "sri"));
    expect(updated).toBe(
      text
        .replace(digests.oldIndex, digests.newIndex)
        .replace(GONE, digests.single)
        .replace(SRI, first!)
        .replace(SRI, second!),
    );
  });

  const sharing = (...tags: readonly string[]) => {
    const pins = tags.map(
      (tag) =>
        `  (pullImage {\n    imageName = "${REGISTRY}/org/app";\n    inherit imageDigest;\n    hash = "${SRI}";\n    finalImageTag = "${tag}";\n  })\n`,
    );
    return `{ pullImage }:\nlet imageDigest = "${digests.oldIndex}"; in [\n${pins.join("")}]\n`;
  };

  test("pins that share a digest and agree are updated together, the digest once", async () => {
    const { endpoint } = await registryWith(content);
    const place = await workplace({ "a.nix": sharing("1.0", "1.0") });
    expect(await place.dockpin("update", ...endpoint)).toMatchObject({ code: 0 });
    const updated = await place.read("a.nix");
    expect(updated.split(digests.newIndex)).toHaveLength(2);
    expect(updated).not.toContain(SRI);
    expect(await place.dockpin("verify", ...endpoint)).toMatchObject({ code: 0 });
  });

  test("pins that share a digest and disagree are left alone, with the reason", async () => {
    const { endpoint } = await registryWith(content);
    const place = await workplace({ "a.nix": sharing("1.0", "single") });
    const outcome = await place.dockpin("update", "--json", ...endpoint);
    expect(outcome.code).toBe(2);
    expect(parsed<UpdateDocument>(outcome).pins.map(({ outcome, code }) => [outcome, code])).toEqual([
      ["failed", "value-shared"],
      ["failed", "value-shared"],
    ]);
    expect(await place.read("a.nix")).toBe(sharing("1.0", "single"));
  });

  test("a shared digest stays when one of its pins can't follow", async () => {
    const { endpoint } = await registryWith(content);
    const place = await workplace({ "a.nix": sharing("1.0", "local-name") });
    const outcome = await place.dockpin("update", "--json", ...endpoint);
    expect(parsed<UpdateDocument>(outcome).pins.map(({ outcome, code }) => [outcome, code])).toEqual([
      ["failed", "value-shared"],
      ["skipped", "tag-not-found"],
    ]);
    expect(await place.read("a.nix")).toBe(sharing("1.0", "local-name"));
  });

  test("one pin that fails takes no other with it", async () => {
    const { endpoint } = await registryWith(content);
    const place = await workplace({
      "a.nix": `[\n(${stale})\n(${pullImage({ imageName: `${REGISTRY}/org/app:1.0` })})\n]\n`,
    });
    const outcome = await place.dockpin("update", "--json", ...endpoint);
    expect(outcome.code).toBe(2);
    expect(parsed<UpdateDocument>(outcome).pins.map(({ outcome, code }) => [outcome, code])).toEqual([
      ["updated", "digest-stale"],
      ["failed", "malformed-reference"],
    ]);
    expect(await place.read("a.nix")).toContain(digests.newIndex);
  });
});

describe("writing", () => {
  test("the mode is kept, a link stays a link, and nothing is left beside the file", async () => {
    const { endpoint } = await registryWith(content);
    const place = await workplace({ "real/a.nix": stale });
    await chmod(place.path("real/a.nix"), 0o640);
    await symlink("real/a.nix", place.path("link.nix"));
    expect(await place.dockpin("update", "link.nix", ...endpoint)).toMatchObject({ code: 0 });
    expect(lstatSync(place.path("link.nix")).isSymbolicLink()).toBe(true);
    expect(await place.read("real/a.nix")).toContain(digests.newIndex);
    if (process.platform !== "win32") expect((await stat(place.path("real/a.nix"))).mode & 0o777).toBe(0o640);
    expect((await filesIn(place.folder)).toSorted()).toEqual(["a.nix", "link.nix"]);
    expect(await filesIn(place.temporaryFolder)).toEqual([]);
  });

  test("the file is replaced, not written over: who has it open keeps the old text whole", async () => {
    const { endpoint } = await registryWith(content);
    const place = await workplace({ "a.nix": stale });
    const { ino } = await stat(place.path("a.nix"));
    await place.dockpin("update", ...endpoint);
    expect((await stat(place.path("a.nix"))).ino).not.toBe(ino);
  });

  test("a file that changed meanwhile is left alone", async () => {
    const { content: changing } = appContent();
    const repository = changing.get("org/app")!;
    const place = await workplace({ "a.nix": stale });
    const changed = `# edited\n${stale}`;
    // The registry is in this process: the file changes while the command waits for its answer.
    const blobs = new Proxy(repository.blobs, {
      get(target, name) {
        writeFileSync(place.path("a.nix"), changed);
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    changing.set("org/app", { ...repository, blobs });
    const { endpoint } = await registryWith(changing);
    const outcome = await place.dockpin("update", "--json", ...endpoint);
    expect(outcome.code).toBe(2);
    expect(parsed<UpdateDocument>(outcome)).toMatchObject({
      pins: [{ outcome: "failed", code: "file-changed" }],
      files: [{ written: false }],
      problems: [{ code: "file-changed", file: "a.nix" }],
    });
    expect(await place.read("a.nix")).toBe(changed);
    expect(await filesIn(place.folder)).toEqual(["a.nix"]);
  });
});

describe("--dry-run", () => {
  test("prints a diff that patch takes, writes nothing, and ends with 1", async () => {
    const { endpoint } = await registryWith(content);
    const place = await workplace({ "sub/a.nix": stale, "b.nix": fresh });
    const { code, stdout, stderr } = await place.dockpin("update", "--dry-run", ...endpoint);
    expect(code).toBe(1);
    expect(await place.read("sub/a.nix")).toBe(stale);
    expect(stdout).toContain("--- a/sub/a.nix\n+++ b/sub/a.nix\n@@ ");
    expect(stdout).toContain(`\n-  imageDigest = "${digests.oldIndex}";\n`);
    expect(stdout).not.toContain("b.nix");
    expect(stderr).toContain("2 pins: 1 unchanged, 1 would update.");

    await writeFile(place.path("../update.patch"), stdout);
    execFileSync("git", ["apply", "../update.patch"], { cwd: place.folder });
    const patched = await place.read("sub/a.nix");
    await writeFile(place.path("sub/a.nix"), stale);
    await place.dockpin("update", ...endpoint);
    expect(await place.read("sub/a.nix")).toBe(patched);
  });

  test("ends with 0 when nothing would change", async () => {
    const { endpoint } = await registryWith(content);
    const place = await workplace({ "b.nix": fresh });
    expect(await place.dockpin("update", "--dry-run", ...endpoint)).toMatchObject({ code: 0, stdout: "" });
  });

  test("JSON has the diff, and what would be written", async () => {
    const { endpoint } = await registryWith(content);
    const place = await workplace({ "a.nix": stale });
    const document = parsed<UpdateDocument>(await place.dockpin("update", "--dry-run", "--json", ...endpoint));
    const hash = printHash(await archiveHash(place, endpoint, "1.0"), "sri");
    expect(document).toMatchObject({
      pins: [
        {
          status: "stale",
          outcome: "would-update",
          imageDigest: digests.oldIndex,
          newImageDigest: digests.newIndex,
          newHash: hash,
          hostDependent: true,
          warnings: [],
        },
      ],
      files: [{ file: "a.nix", written: false, diff: expect.stringContaining(`+  hash = "${hash}";`) }],
      problems: [],
      summary: { "would-update": 1 },
    });
  });
});

describe("--interactive", () => {
  test("without a terminal it changes nothing and says so", async () => {
    const { endpoint } = await registryWith(content);
    const place = await workplace({ "a.nix": stale });
    const { code, stdout, stderr } = await place.dockpin("update", "--interactive", ...endpoint);
    expect(code).toBe(1);
    expect(stdout).toContain("+++ b/a.nix");
    expect(stderr).toContain("Nothing was written: there is no terminal to ask on; add --yes to write.");
    expect(await place.read("a.nix")).toBe(stale);
  });

  test("--yes shows the diff and writes", async () => {
    const { endpoint } = await registryWith(content);
    const place = await workplace({ "a.nix": stale });
    const { code, stdout } = await place.dockpin("update", "--interactive", "--yes", ...endpoint);
    expect(code).toBe(0);
    expect(stdout).toContain("+++ b/a.nix");
    expect(await readFile(place.path("a.nix"), "utf8")).toContain(digests.newIndex);
  });
});

test("into a pipe a large download has a line at its start and one at its end; --quiet has none", async () => {
  const { endpoint } = await registryWith(content);
  const { dockpin } = await workplace({ "a.nix": pullImage({ finalImageTag: "large" }) });
  const { stderr } = await dockpin("update", "--dry-run", ...endpoint);
  expect(stderr).toMatch(
    /^downloading registry\.example\/org\/app:large \(3\.0 MB, 1 layer\)\nfinished [^\n]+ after [\d.]+ s\n/,
  );
  expect(stderr).not.toContain("\r");
  expect((await dockpin("update", "--dry-run", "--quiet", ...endpoint)).stderr).toBe("");
});
