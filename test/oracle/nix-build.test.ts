import { execFile } from "node:child_process";
import { mkdtemp, readFile, realpath, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { orThrow } from "../../server/src/base/errors.ts";
import { applyEdits, planPinEdits } from "../../server/src/nix/edit.ts";
import { sriHash } from "../../server/src/nix/hash-encoding.ts";
import { loadNixParser, type NixParser, readNixFile } from "../../server/src/nix/reading.ts";
import { type Digest, digestOf } from "../../server/src/oci/digest.ts";
import { startDockerRegistry } from "../support/docker-registry.ts";
import { grammarFiles } from "../support/grammar.ts";
import { addImage, addIndex, configFor, gzipLayer } from "../support/images/image.ts";
import { realisticContent } from "../support/images/realistic.ts";
import { pushContent } from "../support/push.ts";
import { type RegistryContent, repositoryOf } from "../support/registry/content.ts";
import { isMissing } from "../support/tools.ts";
import { prefetch, type StartedRegistry } from "./agreement.ts";

const run = promisify(execFile);
const OLD_DIGEST = digestOf(Buffer.from("what the tag pointed to before"));
const WRONG_HASH = digestOf(Buffer.from("another archive"));

/** The hash attribute of a pin before the update, in every spelling that Nix takes. */
const HASH_LINES: Readonly<Record<string, string>> = {
  sri: 'hash = "sha256-W7mmnQydLJvSMUrg8LKCfzunoTyCuReJtxLylTaXr/Y=";',
  "sri under the old name": 'sha256 = "sha256-W7mmnQydLJvSMUrg8LKCfzunoTyCuReJtxLylTaXr/Y=";',
  base32: 'sha256 = "1xmgjwv9bwhjny4igfc27jhsffvzharg1q2a6799nb4x1jfsdfav";',
  base64: 'sha256 = "W7mmnQydLJvSMUrg8LKCfzunoTyCuReJtxLylTaXr/Y=";',
  base16: 'sha256 = "5bb9a69d0c9d2c9bd2314ae0f0b2827f3ba7a13c82b91789b712f2953697aff6";',
  "base32 with its type": 'hash = "sha256:1xmgjwv9bwhjny4igfc27jhsffvzharg1q2a6799nb4x1jfsdfav";',
  "base16 with its type": 'hash = "sha256:5bb9a69d0c9d2c9bd2314ae0f0b2827f3ba7a13c82b91789b712f2953697aff6";',
  "an empty hash": 'hash = "";',
  "a fake hash": "hash = lib.fakeHash;",
  "no hash": "",
};

describe.skipIf(isMissing("skopeo", "docker-registry", "nix-build"))("nix-build of a rewritten file", () => {
  let registry: StartedRegistry;
  let folder: string;
  let parser: NixParser;
  let image: Digest;
  let index: Digest;

  beforeAll(async () => {
    const content: RegistryContent = new Map();
    const repository = repositoryOf(content, "team/app");
    const layers = [gzipLayer(realisticContent(3, 300_000)), gzipLayer("above")];
    image = addImage(repository, { format: "docker", layers });
    const other = addImage(repository, { format: "docker", config: configFor("linux/arm64"), layers });
    index = addIndex(repository, {
      format: "docker",
      entries: [
        { manifest: image, platform: "linux/amd64" },
        { manifest: other, platform: "linux/arm64" },
      ],
    });
    registry = await startDockerRegistry();
    await pushContent(registry.host, content);
    folder = await realpath(await mkdtemp(join(tmpdir(), "dockpin-nix-")));
    await writeFile(join(folder, "nix.conf"), "sandbox = false\nbuild-users-group =\nsubstitute = false\n");
    const [runtime, grammar] = await Promise.all([readFile(grammarFiles.runtime), readFile(grammarFiles.grammar)]);
    parser = await loadNixParser({ runtime, grammar });
  });

  afterAll(async () => {
    await registry.close();
    // The store is read-only.
    await run("chmod", ["-R", "u+w", folder]);
    await rm(folder, { recursive: true });
  });

  /** Runs a program of Nix on a file that takes `lib` and `dockerTools`, with a store of its own. */
  async function nix(program: string, file: string, ...options: string[]): Promise<string> {
    const tools = `import ${join(import.meta.dirname, "docker-tools.nix")} { path = "${process.env["PATH"]}"; }`;
    const arguments_ = ["--expr", `let tools = ${tools}; in import ${file} { inherit (tools) lib dockerTools; }`];
    const env = {
      ...process.env,
      HOME: folder,
      NIX_REMOTE: "",
      NIX_CONF_DIR: folder,
      NIX_STORE_DIR: join(folder, "store"),
      NIX_STATE_DIR: join(folder, "state"),
      NIX_LOG_DIR: join(folder, "log"),
      NIX_DATA_DIR: join(folder, "data"),
    };
    return (await run(program, [...options, ...arguments_], { env })).stdout.trim();
  }

  function pinOf(tag: string, hashLine: string, more = ""): string {
    return `{ lib, dockerTools }:

dockerTools.pullImage {
  imageName = "${registry.host}/team/app"; # followed by dockpin
  imageDigest = "${OLD_DIGEST}";
  ${hashLine}
  finalImageName = "example.org/app";
  finalImageTag = "${tag}";
  tlsVerify = false;${more}
}
`;
  }

  /** The text with its pin changed to this digest and hash. */
  function rewrite(text: string, imageDigest: Digest, hash: Digest): string {
    const [pin] = readNixFile(parser, "image.nix", text).pins;
    return applyEdits(text, orThrow(planPinEdits(() => text, pin!, { imageDigest, hash })));
  }

  async function archiveOf(tag: string, digest: Digest, platform = "linux/amd64") {
    const final = { name: "example.org/app", tag };
    const outcome = await prefetch({ repository: `${registry.host}/team/app`, digest, final, platform });
    if (!("archive" in outcome)) throw new Error(outcome.code);
    return outcome.archive;
  }

  async function save(name: string, text: string): Promise<string> {
    const path = join(folder, `${name}.nix`);
    await writeFile(path, text);
    return path;
  }

  test.each(Object.entries(HASH_LINES))("accepts our hash written over %s", async (name, hashLine) => {
    const tag = name.replaceAll(" ", "-");
    const archive = await archiveOf(tag, image);
    const file = await save(tag, rewrite(pinOf(tag, hashLine), image, archive.digest));
    const built = await nix("nix-build", file, "--no-out-link");
    expect(built).toContain(`docker-image-example.org-app-${tag}.tar`);
    expect(digestOf(await readFile(built))).toBe(archive.digest);
    expect((await stat(built)).size).toBe(archive.size);
  });

  test("accepts our hash of an index digest for the pin's arch", async () => {
    const archive = await archiveOf("arm", index, "linux/arm64");
    const text = rewrite(pinOf("arm", HASH_LINES["sri"]!, '\n  arch = "arm64";'), index, archive.digest);
    const built = await nix("nix-build", await save("arm", text), "--no-out-link");
    expect(digestOf(await readFile(built))).toBe(archive.digest);
  });

  test("refuses another hash, and names ours", async () => {
    const archive = await archiveOf("wrong", image);
    const file = await save("wrong", rewrite(pinOf("wrong", HASH_LINES["sri"]!), image, WRONG_HASH));
    const refusal = await nix("nix-build", file, "--no-out-link").catch(({ stderr }) => String(stderr));
    expect(refusal).toContain("hash mismatch in fixed-output derivation");
    expect(/got: +(\S+)/.exec(refusal)?.[1]).toBe(sriHash(archive.digest));
  });

  test("reads the same output from every spelling of the hash", async () => {
    const hash = digestOf(Buffer.from("any archive"));
    const outputs = await Promise.all(
      Object.entries(HASH_LINES).map(async ([name, hashLine]) => {
        const file = await save(`read-${name.replaceAll(" ", "-")}`, rewrite(pinOf("1", hashLine), image, hash));
        return nix("nix-instantiate", file, "--eval", "--strict", "-A", "outPath");
      }),
    );
    expect(new Set(outputs).size).toBe(1);
    expect(outputs[0]).toContain("docker-image-example.org-app-1.tar");
  });
});
