import { rm } from "node:fs/promises";
import { join } from "node:path";
import { sriHash } from "../../server/src/nix/hash-encoding.ts";
import { type Digest, digestFromHex } from "../../server/src/oci/digest.ts";
import { skopeoArguments } from "../support/skopeo.ts";
import { run, timed } from "./programs.ts";

/** What is prefetched. */
export interface Task {
  /** `HOST/NAME` of a registry that speaks http. */
  readonly repository: string;
  readonly tag: string;
  readonly digest: Digest;
  /** For archives; emptied again. */
  readonly folder: string;
}

/** Seconds of each step of others. */
export interface RivalTimes {
  readonly inspect: number;
  readonly copy: number;
  readonly sha256sum: number;
  readonly nixHash: number;
  readonly addToStore: number;
  /** Of the archive, in SRI. */
  readonly hash: string;
}

export const FINAL_NAME = "bench";
export const FINAL_TAG = "1";
const PLATFORM = { os: "linux", architecture: "amd64" };

/** `skopeo copy` to a docker-archive and `sha256sum` of it. */
export function skopeoSeconds({ copy, sha256sum }: RivalTimes): number {
  return copy + sha256sum;
}

/** All that nix-prefetch-docker does, from a tag. */
export function nixPrefetchDockerSeconds({ inspect, copy, nixHash, addToStore }: RivalTimes): number {
  return inspect + copy + nixHash + addToStore;
}

/**
 * Runs what nix-prefetch-docker runs for an image, with its arguments, and `sha256sum` on the archive besides: `skopeo copy`
 * is the same command in both. The store is one of its own in the folder.
 */
export async function measureRivals(task: Task, hasNix: boolean): Promise<RivalTimes> {
  const archive = join(task.folder, "docker-image-bench.tar");
  const store = join(task.folder, "nix");
  const source = `${task.repository}@${task.digest}`;
  const copy = {
    source,
    finalReference: `${FINAL_NAME}:${FINAL_TAG}`,
    platform: `${PLATFORM.os}/${PLATFORM.architecture}`,
  };
  const seconds = async (program: string, args: readonly string[], variables: NodeJS.ProcessEnv = {}) =>
    (await timed(() => run(program, args, { variables }))).seconds;
  const overrides = ["--override-os", PLATFORM.os, "--override-arch", PLATFORM.architecture];
  const inspectArguments = [
    "--insecure-policy",
    "--tmpdir",
    task.folder,
    ...overrides,
    "inspect",
    "--tls-verify=false",
  ];
  try {
    const inspect = await seconds("skopeo", [...inspectArguments, `docker://${task.repository}:${task.tag}`]);
    const copied = await seconds("skopeo", skopeoArguments(copy, archive, task.folder));
    const summed = await timed(() => run("sha256sum", [archive]));
    return {
      inspect,
      copy: copied,
      sha256sum: summed.seconds,
      nixHash: hasNix ? await seconds("nix-hash", ["--flat", "--type", "sha256", "--base32", archive]) : Number.NaN,
      addToStore: hasNix
        ? await seconds("nix-store", ["--add-fixed", "sha256", archive], { NIX_REMOTE: `local?root=${store}` })
        : Number.NaN,
      hash: sriHash(digestFromHex(summed.value.slice(0, 64))),
    };
  } finally {
    await rm(archive, { force: true });
    await rm(store, { recursive: true, force: true });
  }
}

/** Why `skopeo` on PATH does not copy an image to a docker-archive; null when it does. */
export async function refusalOfSkopeo(task: Task): Promise<string | null> {
  const archive = join(task.folder, "refused.tar");
  const copy = { source: `${task.repository}@${task.digest}`, finalReference: "refused:1" };
  try {
    await run("skopeo", skopeoArguments(copy, archive, task.folder));
    return null;
  } catch (error) {
    return /msg="(.*)"$/m.exec(String(error))?.[1] ?? String(error);
  } finally {
    await rm(archive, { force: true });
  }
}
