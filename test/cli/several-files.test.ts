import { chmod, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import type { Digest } from "../../server/src/oci/digest.ts";
import { appContent, GONE, parsed, REGISTRY, registryWith, SRI, type Workplace, workplace } from "./harness.ts";

interface ListedPin {
  readonly file: string;
  readonly line: number;
  readonly calledAt: readonly { readonly file: string; readonly line: number; readonly column: number }[];
  readonly systems: readonly string[];
  readonly variants: readonly { readonly systems: readonly string[]; readonly imageDigest: string }[];
  readonly imageDigest: string | null;
  readonly status: string;
  readonly reason: string | null;
}

const { content, digests } = appContent();
const NAME = `${REGISTRY}/org/app`;
const { oldIndex, oldAmd64, newIndex, newAmd64, newArm64 } = digests;

const nixSet = (digest: string, hash = SRI) =>
  `{\n  imageName = "${NAME}";\n  imageDigest = "${digest}";\n  hash = "${hash}";\n  finalImageTag = "1.0";\n}\n`;
const json = (digest: string) =>
  `${JSON.stringify({ imageName: NAME, imageDigest: digest, hash: SRI, finalImageTag: "1.0" }, null, 2)}\n`;
const toml = (digest: string) =>
  `# pins\n[app]\nimageName = "${NAME}"\nimageDigest = '${digest}' # moved by hand\nhash = "${SRI}"\nfinalImageTag = "1.0"\n`;

/** Each shape: the files, and the one with the values. */
const SHAPES: readonly { what: string; main: string; file: string; text: (digest: string) => string }[] = [
  {
    what: "import",
    main: "{ pkgs }: pkgs.dockerTools.pullImage (import ./image.nix)\n",
    file: "image.nix",
    text: nixSet,
  },
  {
    what: "import of a folder",
    main: "{ pkgs }: pkgs.dockerTools.pullImage (import ./images)\n",
    file: "images/default.nix",
    text: nixSet,
  },
  {
    what: "importJSON",
    main: "{ pkgs, lib }: pkgs.dockerTools.pullImage (lib.importJSON ./image.json)\n",
    file: "image.json",
    text: json,
  },
  {
    what: "fromJSON",
    main: "{ pkgs }: pkgs.dockerTools.pullImage (builtins.fromJSON (builtins.readFile ./lock/app.json))\n",
    file: "lock/app.json",
    text: json,
  },
  {
    what: "importTOML",
    main: "{ pkgs, lib }: pkgs.dockerTools.pullImage (lib.importTOML ./images.toml).app\n",
    file: "images.toml",
    text: toml,
  },
];

/** The text with its digest and hash as they should be; the hash is whatever was written. */
function expectUpdated(text: string, before: string, [from, to]: readonly [Digest, Digest]): void {
  const hash = /sha256-[A-Za-z0-9+/]{43}=/.exec(text)?.[0] ?? "";
  expect(hash).not.toBe(SRI);
  expect(text).toBe(before.replace(from, to).replace(SRI, hash));
}

describe.each(SHAPES)("a pin whose values come by $what", ({ main, file, text }) => {
  test("stands where its values do, and is called elsewhere", async () => {
    const { dockpin } = await workplace({ "main.nix": main, [file]: text(oldIndex) });
    const alone = parsed<ListedPin[]>(await dockpin("list", "--json", "main.nix"));
    expect(alone).toMatchObject([{ file, calledAt: [{ file: "main.nix", line: 1 }], imageDigest: oldIndex }]);
    expect(parsed<ListedPin[]>(await dockpin("list", "--json"))).toEqual(alone);
  });

  test("is updated there, though only the call was named", async () => {
    const { endpoint } = await registryWith(content);
    const place = await workplace({ "main.nix": main, [file]: text(oldIndex) });
    expect(await place.dockpin("update", "main.nix", ...endpoint)).toMatchObject({
      code: 0,
      stderr: expect.anything(),
    });
    expectUpdated(await place.read(file), text(oldIndex), [oldIndex, newIndex]);
    expect(await place.read("main.nix")).toBe(main);
    const again = await place.dockpin("update", ...endpoint);
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining("1 unchanged") });
  });
});

test("data that nix-prefetch-docker printed is a pin by itself", async () => {
  const { endpoint } = await registryWith(content);
  const place = await workplace({ "a.json": json(oldIndex), "b.toml": toml(oldIndex), "c.json": '{"a": "sha256:"}' });
  const { code, stdout } = await place.dockpin("update", ...endpoint);
  expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining("2 updated. 2 files written.") });
  expectUpdated(await place.read("a.json"), json(oldIndex), [oldIndex, newIndex]);
  expectUpdated(await place.read("b.toml"), toml(oldIndex), [oldIndex, newIndex]);
});

test("a function of another file: its calls are the pins", async () => {
  const { endpoint } = await registryWith(content);
  const pull = `{ dockerTools }: { name, digest, sha }:
dockerTools.pullImage { imageName = "${REGISTRY}/" + name; imageDigest = digest; hash = sha; finalImageTag = "1.0"; }
`;
  const main = `{ pkgs }:
let pull = import ./pull.nix { inherit (pkgs) dockerTools; };
in pull { name = "org/app"; digest = "${oldIndex}"; sha = "${SRI}"; }
`;
  const place = await workplace({ "main.nix": main, "lib/pull.nix": "{ }", "pull.nix": pull });
  expect(await place.dockpin("update", "main.nix", ...endpoint)).toMatchObject({ code: 0 });
  expectUpdated(await place.read("main.nix"), main, [oldIndex, newIndex]);
  expect(await place.read("pull.nix")).toBe(pull);
});

test("a function of another file is no pin beside its calls", async () => {
  const pull = `{ dockerTools, digest, hash }:
dockerTools.pullImage { imageName = "${NAME}"; imageDigest = digest; inherit hash; }
`;
  const main = `{ pkgs }: pkgs.callPackage ./pull.nix { digest = "${oldIndex}"; hash = "${SRI}"; }\n`;
  const { dockpin } = await workplace({ "main.nix": main, "pull.nix": pull });
  expect(parsed<ListedPin[]>(await dockpin("list", "--json"))).toMatchObject([
    { file: "main.nix", imageDigest: oldIndex, status: "unchecked" },
  ]);
});

test("a function whose callers name no image is pulled as they have it", async () => {
  const base = (digest: string) => `{ dockerTools, tag ? "local" }:
dockerTools.pullImage { imageName = "${NAME}"; imageDigest = "${digest}"; hash = "${SRI}"; finalImageTag = tag; }
`;
  const main = '{ pkgs }: pkgs.callPackage ../images/base.nix { tag = "1.0"; }\n';
  const { endpoint } = await registryWith(content);
  const place = await workplace({ "hosts/main.nix": main, "images/base.nix": base(oldIndex) });
  expect(parsed<ListedPin[]>(await place.dockpin("list", "--json"))).toMatchObject([
    { file: "images/base.nix", calledAt: [{ file: "hosts/main.nix" }], finalImageTag: "1.0" },
  ]);
  expect(await place.dockpin("update", ...endpoint)).toMatchObject({ code: 0 });
  expectUpdated(await place.read("images/base.nix"), base(oldIndex), [oldIndex, newIndex]);
});

describe("values that differ from system to system", () => {
  const arm = "sha256-YRRSlLg8FgtFa4bSzGxUCF7Ydlzt5UU8D15u1uXXZWE=";
  const table = (amd64: string, arm64: string) => `{
  "x86_64-linux": { "imageDigest": "${amd64}", "hash": "${SRI}" },
  "aarch64-linux": { "imageDigest": "${arm64}", "hash": "${arm}" }
}
`;
  const main = `{ pkgs, lib, system }:
pkgs.dockerTools.pullImage ({
  imageName = "${NAME}";
  finalImageTag = "1.0";
} // (lib.importJSON ./table.json).\${system})
`;

  test("are one pin with its systems, in JSON and in the table", async () => {
    const { dockpin } = await workplace({ "main.nix": main, "table.json": table(oldAmd64, GONE) });
    const [pin, ...others] = parsed<ListedPin[]>(await dockpin("list", "--json"));
    expect(others).toEqual([]);
    expect(pin).toMatchObject({
      systems: ["x86_64-linux", "aarch64-linux"],
      variants: [
        { systems: ["x86_64-linux"], imageDigest: oldAmd64 },
        { systems: ["aarch64-linux"], imageDigest: GONE },
      ],
    });
    const { stdout } = await dockpin("list");
    expect(stdout).toMatch(
      /^main\.nix:\d .* unchecked\n {2}x86_64-linux +linux\/amd64 .*\n {2}aarch64-linux +linux\/arm64 /m,
    );
  });

  test("change all at once, each to its own", async () => {
    const { endpoint } = await registryWith(content);
    const place = await workplace({ "main.nix": main, "table.json": table(oldAmd64, GONE) });
    const outcome = await place.dockpin("update", "--json", ...endpoint);
    expect(outcome.code).toBe(0);
    const written = JSON.parse(await place.read("table.json")) as Record<string, { imageDigest: string; hash: string }>;
    expect(written).toMatchObject({
      "x86_64-linux": { imageDigest: newAmd64 },
      "aarch64-linux": { imageDigest: expect.stringMatching(/^sha256:/) },
    });
    expect([newArm64, newIndex]).toContain(written["aarch64-linux"]?.imageDigest);
    const { pins } = parsed<{ pins: { variants: { newImageDigest: string; newHash: string }[] }[] }>(outcome);
    expect(pins.flatMap(({ variants }) => variants.map(({ newHash }) => newHash))).toEqual([
      written["x86_64-linux"]?.hash,
      written["aarch64-linux"]?.hash,
    ]);
    expect(await place.read("main.nix")).toBe(main);
  });
});

test("the image of the container that loads the pin takes its tag", async () => {
  const { endpoint } = await registryWith(content);
  const text = (image: string, digest: string) => `{ pkgs }: {
  virtualisation.oci-containers.containers.app = {
    image = "${image}";
    imageFile = pkgs.dockerTools.pullImage {
      imageName = "${NAME}";
      imageDigest = "${digest}";
      hash = "${SRI}";
      finalImageTag = "1.0";
    };
  };
}
`;
  const place = await workplace({ "a.nix": text(`${NAME}:0.9`, oldIndex) });
  expect(await place.dockpin("update", ...endpoint)).toMatchObject({ code: 0 });
  expectUpdated(await place.read("a.nix"), text(`${NAME}:1.0`, oldIndex), [oldIndex, newIndex]);
});

describe("a pin in two files", () => {
  const main = `{ pkgs, lib }: pkgs.dockerTools.pullImage {
  imageName = "${NAME}";
  finalImageTag = "1.0";
  imageDigest = (lib.importJSON ./digest.json).digest;
  hash = "${SRI}";
}
`;
  const digestFile = `{ "digest": "${oldIndex}" }\n`;
  const files = { "a.nix": main, "digest.json": digestFile };

  test("is written in both", async () => {
    const { endpoint } = await registryWith(content);
    const place = await workplace(files);
    const { code, stdout } = await place.dockpin("update", ...endpoint);
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining("2 files written.") });
    expectUpdated(await place.read("a.nix"), main, [oldIndex, newIndex]);
    expect(await place.read("digest.json")).toBe(`{ "digest": "${newIndex}" }\n`);
  });

  test("shows both with --dry-run, and writes none", async () => {
    const { endpoint } = await registryWith(content);
    const place = await workplace(files);
    const { code, stdout } = await place.dockpin("update", "--dry-run", ...endpoint);
    expect(code).toBe(1);
    expect(stdout.match(/^\+\+\+ .*$/gm)).toEqual(["+++ b/a.nix", "+++ b/digest.json"]);
    expect(await place.read("digest.json")).toBe(digestFile);
  });

  test.skipIf(process.platform === "win32" || process.getuid?.() !== 0)(
    "is written in none when one of them can't be",
    async () => {
      const { endpoint } = await registryWith(content);
      const place = await workplace(
        { "a.nix": main.replace("./digest", "./locked/digest"), "locked/digest.json": digestFile },
        { uid: 12345 },
      );
      for (const path of ["..", "../tmp", "../home", "."]) await chmod(place.path(path), 0o777);
      await chmod(place.path("locked"), 0o555);
      const { code, stdout } = await place.dockpin("update", ...endpoint);
      expect({ code, stdout }).toMatchObject({ code: 2, stdout: expect.stringContaining("file-unwritable") });
      expect(await place.read("a.nix")).toBe(main.replace("./digest", "./locked/digest"));
      expect(await place.read("locked/digest.json")).toBe(digestFile);
    },
  );

  test("is written in none when another pin reads one of the values and must keep it", async () => {
    const { endpoint } = await registryWith(content);
    const other = main.replace('"1.0"', '"old"').replace("imageDigest", "# dockpin: ignore\n  imageDigest");
    const place = await workplace({ ...files, "b.nix": other });
    const { code, stdout } = await place.dockpin("update", ...endpoint);
    expect({ code, stdout }).toMatchObject({ code: 2, stdout: expect.stringContaining("value-shared") });
    expect(await place.read("a.nix")).toBe(main);
    expect(await place.read("digest.json")).toBe(digestFile);
  });
});

describe("what is outside of the workspace is neither read nor written", () => {
  const reaching = (path: string) => `{ pkgs }: pkgs.dockerTools.pullImage (import ${path})\n`;

  async function expectUntouched(place: Workplace, path: string, reason: RegExp, ...paths: string[]): Promise<void> {
    const { endpoint } = await registryWith(content);
    const outside = place.path("../outside.nix");
    await writeFile(outside, nixSet(oldIndex));
    await writeFile(place.path("a.nix"), reaching(path));
    const [pin] = parsed<ListedPin[]>(await place.dockpin("list", "--json", ...paths));
    expect(pin).toMatchObject({ file: expect.stringContaining("a.nix"), status: "computed", imageDigest: null });
    expect(pin?.reason).toMatch(reason);
    expect(await place.dockpin("update", ...paths, ...endpoint)).toMatchObject({ code: 2 });
    expect(await readFile(outside, "utf8")).toBe(nixSet(oldIndex));
    expect(await place.read("a.nix")).toBe(reaching(path));
  }

  test("by ..", async () => {
    await expectUntouched(await workplace(), "../outside.nix", /it is outside of the workspace/);
  });

  test("by an absolute path", async () => {
    const place = await workplace();
    await expectUntouched(place, place.path("../outside.nix"), /only relative ones are followed/);
  });

  test.skipIf(process.platform === "win32")("by a link", async () => {
    const place = await workplace();
    await symlink("../outside.nix", place.path("link.nix"));
    await expectUntouched(place, "./link.nix", /is a link to what is outside of the workspace/);
  });

  test("and a folder that is not the working directory's is a workspace of its own", async () => {
    const place = await workplace();
    await mkdir(place.path("../other/deep"), { recursive: true });
    await writeFile(place.path("../other/deep/a.nix"), reaching("../image.nix"));
    await writeFile(place.path("../other/image.nix"), nixSet(oldIndex));
    const listed = async (path: string) => parsed<ListedPin[]>(await place.dockpin("list", "--json", path));
    expect(await listed("../other/deep")).toMatchObject([{ status: "computed" }]);
    expect(await listed("../other/deep/a.nix")).toMatchObject([{ status: "computed" }]);
    expect(await listed("../other")).toMatchObject([{ file: "../other/image.nix", status: "unchecked" }]);
  });
});

test("a wrong hash of one system is told with that system and its right hash", async () => {
  const { endpoint } = await registryWith(content);
  const main = `{ dockerTools, system }:
let hashes = { x86_64-linux = "${SRI}"; aarch64-linux = "${SRI}"; };
in dockerTools.pullImage { imageName = "${NAME}"; imageDigest = "${newIndex}"; hash = hashes.\${system}; finalImageTag = "1.0"; }
`;
  const place = await workplace({ "a.nix": main });
  const hashes = main.split("\n")[1] ?? "";
  const wrong = await place.dockpin("verify", ...endpoint);
  expect(wrong.code).toBe(1);
  const right = /wrongHash.* (sha256-\S+)\n/.exec(wrong.stdout)?.[1] ?? "";
  expect(wrong.stdout).toContain("[hash-mismatch]");
  expect(wrong.stdout).not.toContain("→");
  // The first is mended by what was told; the second is then the one that is wrong.
  await writeFile(place.path("a.nix"), main.replace(hashes, hashes.replace(SRI, right)));
  const second = await place.dockpin("verify", ...endpoint);
  expect(second.stdout).toMatch(/on aarch64-linux: The hash is not that of the pinned image/);
  expect(second.stdout).not.toContain(right);
});
