import { mkdir, symlink } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { GONE, parsed, pullImage, SRI, workplace } from "./harness.ts";

const pin = pullImage({ imageDigest: GONE, hash: SRI });
const filesListed = (stdout: string) => (JSON.parse(stdout) as { file: string }[]).map(({ file }) => file);

describe("list --json", () => {
  test("has these fields, and null with a reason for what can't be read", async () => {
    const { dockpin } = await workplace({
      "image.nix": `{ dockerTools, tag }:
dockerTools.pullImage {
  imageName = "org/app";
  imageDigest = "${GONE}";
  sha256 = "0mdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73";
  finalImageName = "mine";
  finalImageTag = tag;
  os = "linux";
  arch = "arm64";
}
`,
    });
    const outcome = await dockpin("list", "--json");
    expect(outcome).toMatchObject({ code: 0, stderr: "" });
    expect(parsed(outcome)).toEqual([
      {
        file: "image.nix",
        line: 2,
        column: 23,
        calledAt: [],
        callee: "dockerTools.pullImage",
        systems: [],
        variants: [],
        imageName: "org/app",
        imageDigest: GONE,
        hash: "0mdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73",
        hashAttribute: "sha256",
        hashEncoding: "base32",
        finalImageName: "mine",
        finalImageTag: null,
        os: "linux",
        arch: "arm64",
        followedTag: "latest",
        followedFrom: "default",
        status: "computed",
        reason: expect.stringContaining("finalImageTag"),
      },
    ]);
  });

  test("a call without a digest is a pin, and so is a set without a call", async () => {
    const { dockpin } = await workplace({
      "call.nix": `{ dockerTools }: dockerTools.pullImage { imageName = "org/app"; }`,
      "data.nix": `{ imageName = "org/app"; imageDigest = "${GONE}"; hash = "${SRI}"; }`,
    });
    const pins = parsed<{ file: string; status: string }[]>(await dockpin("list", "--json"));
    expect(pins.map(({ file, status }) => [file, status])).toEqual([
      ["call.nix", "incomplete"],
      ["data.nix", "unchecked"],
    ]);
  });

  test("no pins are an empty array", async () => {
    const { dockpin } = await workplace({ "a.nix": "{ }" });
    expect(await dockpin("list", "--json")).toEqual({ code: 0, stdout: "[]\n", stderr: "" });
  });
});

test("the table names file, line, image, tag and its source, digest, and the reason", async () => {
  const { dockpin } = await workplace({
    "a.nix": pullImage({ imageDigest: GONE, hash: SRI, finalImageTag: "1.0" }),
    "b.nix": pullImage({ imageDigest: GONE, hash: "" }),
  });
  const { code, stdout, stderr } = await dockpin("list");
  expect(code).toBe(0);
  expect(stdout).toBe(
    `PIN      IMAGE                     TAG     READ FROM      PLATFORM     DIGEST               HASH  STATUS
a.nix:2  registry.example/org/app  1.0     finalImageTag  linux/amd64  sha256:dddddddddddd  sri   unchecked
b.nix:2  registry.example/org/app  latest  default        linux/amd64  sha256:dddddddddddd  ""    incomplete
  The hash is a placeholder; "dockpin update" fills it in. [placeholder-hash]
2 pins: 1 unchecked, 1 incomplete.
`,
  );
  expect(stderr).toBe("");
});

describe("folders", () => {
  test("nested .gitignore files are respected, the deeper one last; .git is skipped", async () => {
    const { dockpin } = await workplace({
      ".gitignore": "ignored/\n*.tmp.nix\n/only-root.nix\n",
      ".git/hooks/hook.nix": pin,
      "ignored/a.nix": pin,
      "b.tmp.nix": pin,
      "only-root.nix": pin,
      "sub/only-root.nix": pin,
      "sub/.gitignore": "!c.tmp.nix\nd.nix\n",
      "sub/c.tmp.nix": pin,
      "sub/d.nix": pin,
      "sub/deep/d.nix": pin,
      "sub/e.nix": pin,
      "sub/e.txt": pin,
    });
    const { stdout } = await dockpin("list", "--json");
    expect(filesListed(stdout).map((file) => file.replaceAll("\\", "/"))).toEqual([
      "sub/c.tmp.nix",
      "sub/e.nix",
      "sub/only-root.nix",
    ]);
  });

  test("the rules above a folder count inside a repository only, and not for the folder itself", async () => {
    const { dockpin } = await workplace({
      "repository/.git/info/exclude": "excluded.nix\n",
      "repository/.gitignore": "generated.nix\nbuild/\n",
      "repository/sub/generated.nix": pin,
      "repository/sub/excluded.nix": pin,
      "repository/sub/a.nix": pin,
      "repository/build/b.nix": pin,
      "loose/.gitignore": "generated.nix\n",
      "loose/sub/generated.nix": pin,
    });
    const listed = async (folder: string) => filesListed((await dockpin("list", "--json", folder)).stdout);
    expect(await listed("repository/sub")).toEqual([expect.stringMatching(/a\.nix$/)]);
    expect(await listed("repository/build")).toEqual([expect.stringMatching(/b\.nix$/)]);
    expect(await listed("loose/sub")).toEqual([expect.stringMatching(/generated\.nix$/)]);
  });

  test("links in a folder are not followed, so that loops and Nix's result links do no harm", async () => {
    const place = await workplace({ "a.nix": pin, "elsewhere/b.nix": pin });
    await mkdir(place.path("sub"));
    await symlink("..", place.path("sub/loop"), "dir");
    await symlink("../a.nix", place.path("sub/again.nix"));
    const { code, stdout } = await place.dockpin("list", "--json", ".");
    expect(code).toBe(0);
    expect(filesListed(stdout)).toHaveLength(2);
  });

  test("a file is read once, however often it is named", async () => {
    const place = await workplace({ "a.nix": pin });
    await symlink("a.nix", place.path("link.nix"));
    const { stdout } = await place.dockpin("list", "--json", "a.nix", ".", "./a.nix", "link.nix");
    expect(filesListed(stdout)).toEqual(["a.nix"]);
  });

  test("a named file is read whatever it is called and whatever ignores it", async () => {
    const { dockpin } = await workplace({ ".gitignore": "*\n", "pins.txt": pin });
    expect(filesListed((await dockpin("list", "--json", "pins.txt")).stdout)).toEqual(["pins.txt"]);
  });

  test("without a path the current folder is walked", async () => {
    const { dockpin } = await workplace({ "deep/er/a.nix": pin });
    expect(filesListed((await dockpin("list", "--json")).stdout)).toEqual([expect.stringMatching(/^deep.er.a\.nix$/)]);
  });
});
