import { execFile } from "node:child_process";
import { createReadStream } from "node:fs";
import { access, stat } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { orThrow } from "../../server/src/base/errors.ts";
import { parseHash, printHash } from "../../server/src/nix/hash-encoding.ts";
import { createCertificate } from "../support/certificate.ts";
import { appContent, filesIn, parsed, REGISTRY, registryWith, sha256Of, type Workplace, workplace } from "./harness.ts";

const { content, digests } = appContent();
const nixStoreIsThere = await hasNixStore();
const IMAGE = `${REGISTRY}/org/app`;

describe("what it prints", () => {
  test("the attribute set of nix-prefetch-docker", async () => {
    const { endpoint } = await registryWith(content);
    const { dockpin, path } = await workplace();
    const { code, stdout } = await dockpin("prefetch", IMAGE, "single", "--output", "image.tar", ...endpoint);
    expect(code).toBe(0);
    expect(stdout).toBe(`{
  imageName = "${IMAGE}";
  imageDigest = "${digests.single}";
  hash = "${printHash(await sha256Of(path("image.tar")), "sri")}";
  finalImageName = "${IMAGE}";
  finalImageTag = "single";
}
`);
  });

  test("os and arch as well for the digest of an index, whose hash depends on them", async () => {
    const { endpoint } = await registryWith(content);
    const { dockpin } = await workplace();
    const { stdout } = await dockpin("prefetch", IMAGE, "1.0", ...endpoint);
    expect(stdout).toContain(`imageDigest = "${digests.newIndex}";`);
    expect(stdout).toMatch(/\n {2}os = "linux";\n {2}arch = "amd64";\n}\n$/);
  });

  test.each<[title: string, args: string[], expected: object]>([
    ["a tag", [IMAGE, "single"], { imageName: IMAGE, imageDigest: digests.single, finalImageTag: "single" }],
    [
      "a tag in the name",
      [`${IMAGE}:single`],
      { imageName: IMAGE, imageDigest: digests.single, finalImageTag: "single" },
    ],
    ["a digest", [IMAGE, digests.newAmd64], { imageDigest: digests.newAmd64, finalImageTag: "latest" }],
    ["a digest in the name", [`${IMAGE}@${digests.newAmd64}`], { imageName: IMAGE, imageDigest: digests.newAmd64 }],
    [
      "options for the arguments",
      ["--image-name", IMAGE, "--image-tag", "1.0", "--image-digest", digests.oldAmd64],
      { imageDigest: digests.oldAmd64, finalImageTag: "1.0" },
    ],
    ["a tag beside --image-name", ["--image-name", IMAGE, "single"], { imageDigest: digests.single }],
    [
      "final name and tag",
      [IMAGE, "single", "--final-image-name", "mine", "--final-image-tag", "locked"],
      { finalImageName: "mine", finalImageTag: "locked" },
    ],
    ["arch", [IMAGE, "1.0", "--arch", "arm64"], { imageDigest: digests.newIndex, os: "linux", arch: "arm64" }],
    ["arch of a single image, which it does not choose", [IMAGE, "single", "--arch", "arm64"], { arch: "arm64" }],
  ])("JSON: %s", async (_, args, expected) => {
    const { endpoint } = await registryWith(content);
    const { dockpin } = await workplace();
    const outcome = await dockpin("prefetch", "--json", ...args, ...endpoint);
    expect(outcome.code).toBe(0);
    expect(parsed(outcome)).toMatchObject(expected);
  });

  test("JSON has the keys of nix-prefetch-docker, and os or arch only where they count", async () => {
    const { endpoint } = await registryWith(content);
    const { dockpin } = await workplace();
    const keys = async (...args: string[]) =>
      Object.keys(parsed<object>(await dockpin("prefetch", "--json", IMAGE, ...args, ...endpoint)));
    const common = ["imageName", "imageDigest", "hash", "finalImageName", "finalImageTag"];
    expect(await keys("single")).toEqual(common);
    expect(await keys("single", "--os", "linux")).toEqual([...common, "os"]);
    expect(await keys("1.0")).toEqual([...common, "os", "arch"]);
  });

  test("--quiet leaves stderr empty", async () => {
    const { endpoint } = await registryWith(content);
    const { dockpin } = await workplace();
    expect((await dockpin("prefetch", IMAGE, "large", ...endpoint)).stderr).toContain("downloading");
    expect((await dockpin("prefetch", "--quiet", IMAGE, "large", ...endpoint)).stderr).toBe("");
  });
});

describe("--output", () => {
  test("replaces a file only when the image is whole", async () => {
    const { endpoint } = await registryWith(content);
    const broken = await registryWith(content, {
      faults: [{ path: /\/blobs\//, fault: { do: "body", body: Buffer.from("another blob") } }],
    });
    const place = await workplace({ "image.tar": "old" });
    const failed = await place.dockpin("prefetch", IMAGE, "single", "--output", "image.tar", ...broken.endpoint);
    expect(failed).toMatchObject({ code: 2, stdout: "" });
    expect(await place.read("image.tar")).toBe("old");
    expect(await filesIn(place.folder)).toEqual(["image.tar"]);
    await place.dockpin("prefetch", IMAGE, "single", "--output", "image.tar", ...endpoint);
    expect((await stat(place.path("image.tar"))).size).toBeGreaterThan(2048);
    expect(await filesIn(place.temporaryFolder)).toEqual([]);
  });

  test("a folder that is not there", async () => {
    const { endpoint } = await registryWith(content);
    const { dockpin } = await workplace();
    const { code, stderr } = await dockpin("prefetch", IMAGE, "single", "--output", "none/image.tar", ...endpoint);
    expect(code).toBe(2);
    expect(stderr).toMatch(/none.image\.tar cannot be written \(ENOENT\).* \[output-unwritable\]/);
  });
});

describe("--add-to-store", () => {
  test("without nix-store nothing is downloaded, and the sentence says what to do", async () => {
    const { registry, endpoint } = await registryWith(content);
    const { dockpin } = await workplace({}, { env: { PATH: "" } });
    const { code, stderr } = await dockpin("prefetch", IMAGE, "single", "--add-to-store", ...endpoint);
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /nix-store cannot be run \(ENOENT\); install Nix, or leave out --add-to-store\. \[store-failed\]/,
    );
    expect(registry.requests).toEqual([]);
  });

  test.skipIf(!nixStoreIsThere)("the store has the file under pullImage's name and hash", async () => {
    const { endpoint } = await registryWith(content);
    const base = await workplace();
    const { dockpin } = await workplace({}, { env: storeIn(base) });
    const args = ["prefetch", IMAGE, "single", "--add-to-store", "--output", base.path("image.tar")];
    const { code, stderr } = await dockpin(...args, ...endpoint);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const [, stored = ""] = /Added to the Nix store as (.+)\n/.exec(stderr) ?? [];
    expect(stored).toMatch(/-docker-image-registry\.example-org-app-single\.tar$/);
    expect(await sha256Of(stored)).toBe(await sha256Of(base.path("image.tar")));
  });
});

describe("--format nix2container", () => {
  const args = ["prefetch", "--format", "nix2container", IMAGE];

  test.skipIf(!nixStoreIsThere)(
    "prints what nix2container's pullImage takes; the hash is Nix's of the folder",
    async () => {
      const { endpoint } = await registryWith(content);
      const { dockpin, path } = await workplace();
      const { code, stdout } = await dockpin(...args, "single", "--output", "image.nar", ...endpoint);
      expect(code).toBe(0);
      expect(stdout).toBe(`{
  # dockpin: tag=single
  imageName = "${IMAGE}";
  imageDigest = "${digests.single}";
  sha256 = "${printHash(await sha256Of(path("image.nar")), "sri")}";
}
`);
      await restore(path("image.nar"), path("image"));
      expect(await nixHashOf(path("image"))).toBe(printHash(await sha256Of(path("image.nar")), "base32"));
      expect(await filesIn(path("image"))).toEqual(expect.arrayContaining(["manifest.json", "version"]));
    },
  );

  test("os and arch as well for the digest of an index; a pin of it is read, followed and verified", async () => {
    const { endpoint } = await registryWith(content);
    const printing = await workplace();
    const { stdout } = await printing.dockpin(...args, "1.0", "--arch", "arm64", ...endpoint);
    expect(stdout).toMatch(/\n {2}os = "linux";\n {2}arch = "arm64";\n}\n$/);
    const { dockpin } = await workplace({ "image.nix": `{ nix2container }: nix2container.pullImage ${stdout}` });
    for (const verb of ["check", "verify"]) expect(await dockpin(verb, ...endpoint)).toMatchObject({ code: 0 });
    const [pin] = parsed<{ pins: { followedTag: string; status: string }[] }>(
      await dockpin("verify", "--json", ...endpoint),
    ).pins;
    expect(pin).toMatchObject({ followedTag: "1.0", status: "verified" });
  });

  test("JSON has its keys", async () => {
    const { endpoint } = await registryWith(content);
    const { dockpin } = await workplace();
    const printed = parsed<object>(await dockpin(...args, "single", "--json", ...endpoint));
    expect(Object.keys(printed)).toEqual(["imageName", "imageDigest", "sha256"]);
  });

  test.skipIf(!nixStoreIsThere)("the store has the folder under nix2container's name and hash", async () => {
    const { endpoint } = await registryWith(content);
    const base = await workplace();
    const { dockpin } = await workplace({}, { env: storeIn(base) });
    const { code, stdout, stderr } = await dockpin(...args, "single", "--add-to-store", ...endpoint);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const [, stored = ""] = /Added to the Nix store as (.+)\n/.exec(stderr) ?? [];
    expect(stored).toMatch(/-docker-image-registry\.example-org-app$/);
    const [, hash = ""] = /sha256 = "(.+)"/.exec(stdout) ?? [];
    expect(await nixHashOf(stored)).toBe(printHash(orThrow(parseHash(hash, "sha256")).digest, "base32"));
  });

  test.each([
    [["--final-image-name", "mine"], "leave out --final-image-name"],
    [["--final-image-tag", "1"], "leave out --final-image-tag"],
    [["--format", "nar"], 'not "nar"'],
  ])("%j is refused", async (more, message) => {
    const { dockpin } = await workplace();
    const { code, stderr } = await dockpin(...args, ...more);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr).toContain("[usage]");
  });
});

test("--tls-verify=false takes a registry whose certificate is not trusted, and one without TLS", async () => {
  const tls = createCertificate({ hosts: ["127.0.0.1"] });
  const secure = await registryWith(content, { tls });
  const plain = await registryWith(content);
  const { dockpin } = await workplace();
  for (const { registry } of [secure, plain]) {
    const image = `${registry.host}/org/app`;
    expect(await dockpin("prefetch", "--quiet", image, "single", "--tls-verify=false")).toMatchObject({ code: 0 });
  }
  const refused = await dockpin("prefetch", `${secure.registry.host}/org/app`, "single");
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining("[registry-tls]") });
});

async function hasNixStore(): Promise<boolean> {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const found = await Promise.allSettled(folders.map((folder) => access(join(folder, "nix-store"))));
  return found.some(({ status }) => status === "fulfilled");
}

/** A Nix store of its own. */
function storeIn({ path }: Pick<Workplace, "path">): Record<string, string> {
  const folders = ["STORE", "STATE", "LOG", "CONF"].map((name) => [`NIX_${name}_DIR`, path(name.toLowerCase())]);
  return { ...Object.fromEntries(folders), NIX_REMOTE: "" };
}

async function restore(archive: string, folder: string): Promise<void> {
  const running = promisify(execFile)("nix-store", ["--restore", folder]);
  if (running.child.stdin === null) throw new Error("nix-store has no standard input");
  await pipeline(createReadStream(archive), running.child.stdin);
  await running;
}

/** In base32, of a folder. */
async function nixHashOf(path: string): Promise<string> {
  const { stdout } = await promisify(execFile)("nix-hash", ["--type", "sha256", "--base32", path]);
  return stdout.trim();
}
