import { spawn } from "node:child_process";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { sriHash } from "../../server/src/nix/hash-encoding.ts";
import { type Digest, digestFromHex } from "../../server/src/oci/digest.ts";
import { skopeoArguments } from "../support/skopeo.ts";

/** What is prefetched. */
export interface Task {
  /** `HOST/NAME` of a registry that speaks http. */
  readonly repository: string;
  readonly digest: Digest;
  readonly finalName: string;
  readonly finalTag: string;
  /** For archives and reports; emptied again. */
  readonly folder: string;
}

export interface Measurement {
  readonly seconds: number;
  /** Of the archive, in SRI. */
  readonly hash: string;
  /** Of the process, in bytes; null where nobody counted. */
  readonly peakMemory: number | null;
}

/** Measures `dockpin prefetch` as a user starts it. */
export async function measureDockpin(task: Task, cli: string, usageReporter: string): Promise<Measurement> {
  const report = join(task.folder, "usage.json");
  const final = ["--final-image-name", task.finalName, "--final-image-tag", task.finalTag];
  const options = ["--tls-verify=false", "--json", "--quiet", ...final];
  const args = ["--require", usageReporter, cli, "prefetch", ...options, task.repository, task.digest];
  const { seconds, output } = await timed(() => run(process.execPath, args, { DOCKPIN_USAGE_REPORT: report }));
  const usage: { peakMemory: number } = JSON.parse(await readFile(report, "utf8"));
  const printed: { hash: string } = JSON.parse(output);
  return { seconds, hash: printed.hash, peakMemory: usage.peakMemory };
}

/** Measures `skopeo copy` to a docker-archive and `sha256sum` of it. */
export async function measureSkopeo(task: Task): Promise<Measurement> {
  const archive = join(task.folder, "image.tar");
  const copy = {
    source: `${task.repository}@${task.digest}`,
    finalReference: `${task.finalName}:${task.finalTag}`,
    platform: "linux/amd64",
  };
  const { seconds, output } = await timed(async () => {
    await run("skopeo", skopeoArguments(copy, archive, task.folder));
    return run("sha256sum", [archive]);
  });
  await rm(archive);
  return { seconds, hash: sriHash(digestFromHex(output.slice(0, 64))), peakMemory: null };
}

export async function timed(work: () => Promise<string>): Promise<{ seconds: number; output: string }> {
  const start = performance.now();
  const output = await work();
  return { seconds: (performance.now() - start) / 1000, output };
}

/** Gives the standard output; throws with the standard error when the program fails. */
export async function run(
  program: string,
  args: readonly string[],
  variables: NodeJS.ProcessEnv = {},
): Promise<string> {
  const child = spawn(program, args, { env: { ...process.env, ...variables }, stdio: ["ignore", "pipe", "pipe"] });
  const exited = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  const [output, complaint, exitCode] = await Promise.all([text(child.stdout), text(child.stderr), exited]);
  if (exitCode !== 0) throw new Error(`${program} ended with ${exitCode}:\n${complaint}`);
  return output;
}
