import { type ChildProcessByStdio, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { onTestFinished, vi } from "vitest";
import { type Digest, digestOf } from "../../server/src/oci/digest.ts";
import { addImage, addIndex, configFor, gzipLayer, plainLayer } from "../support/images/image.ts";
import { type RegistryContent, type RepositoryContent, repositoryOf } from "../support/registry/content.ts";
import { type RegistryOptions, startRegistry, type TestRegistry } from "../support/registry/server.ts";

export const BUNDLE = join(import.meta.dirname, "..", "..", "dist", "cli.js");

/** The registry that the tests' images are named after; `--endpoint` leads to the one in the process. */
export const REGISTRY = "registry.example";
export const SRI = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
export const GONE = `sha256:${"d".repeat(64)}`;

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  readonly outcome: Promise<Outcome>;
  stdoutSoFar(): string;
}

/** A folder of its own for a test, with a home and a place for temporary files beside it. */
export interface Workplace {
  readonly folder: string;
  /** What `os.tmpdir()` is for the command line. */
  readonly temporaryFolder: string;
  /** Of the programs that the test starts: this folder, and none of the user's credentials. */
  readonly env: Readonly<Record<string, string | undefined>>;
  path(name: string): string;
  read(name: string): Promise<string>;
  start(...args: readonly string[]): Running;
  dockpin(...args: readonly string[]): Promise<Outcome>;
  /** With this on its standard input. */
  dockpinReading(input: string, ...args: readonly string[]): Promise<Outcome>;
}

export interface WorkplaceOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Runs the command line as this user. */
  readonly uid?: number;
}

/** Makes a workplace with these files; it is gone after the test. */
export async function workplace(
  files: Readonly<Record<string, string | Uint8Array>> = {},
  options: WorkplaceOptions = {},
): Promise<Workplace> {
  if (!existsSync(BUNDLE)) throw new Error("dist/cli.js is not there; run `npm run build` first");
  const root = await mkdtemp(join(tmpdir(), "dockpin-test-"));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const folder = join(root, "config");
  const temporaryFolder = join(root, "tmp");
  for (const path of [folder, temporaryFolder, join(root, "home")]) await mkdir(path);
  const path = (name: string) => join(folder, name);
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(path(name)), { recursive: true });
    await writeFile(path(name), content);
  }
  const env = environment(root, temporaryFolder, options.env ?? {});
  const settings = { cwd: folder, env, ...(options.uid !== undefined && { uid: options.uid }) };
  const start = (...args: readonly string[]): Running => {
    const child = spawn(process.execPath, [BUNDLE, ...args], { ...settings, stdio: ["ignore", "pipe", "pipe"] });
    return { child, ...outputOf(child) };
  };
  return {
    folder,
    temporaryFolder,
    env,
    path,
    read: (name) => readFile(path(name), "utf8"),
    start,
    dockpin: (...args) => start(...args).outcome,
    dockpinReading: (input, ...args) => {
      const child = spawn(process.execPath, [BUNDLE, ...args], settings);
      // It need not read all of it.
      child.stdin.on("error", () => {});
      child.stdin.end(input);
      return outputOf(child).outcome;
    },
  };
}

function outputOf(child: ChildProcessByStdio<Writable | null, Readable, Readable>) {
  const chunks = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    chunks.stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    chunks.stderr += text;
  });
  const outcome = new Promise<Outcome>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, ...chunks }));
  });
  return { outcome, stdoutSoFar: () => chunks.stdout };
}

function environment(root: string, temporaryFolder: string, more: Readonly<Record<string, string>>) {
  const home = join(root, "home");
  const inherited = Object.fromEntries(
    ["PATH", "SystemRoot"].flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
  return {
    ...inherited,
    HOME: home,
    USERPROFILE: home,
    TMPDIR: temporaryFolder,
    TEMP: temporaryFolder,
    TMP: temporaryFolder,
    REGISTRY_AUTH_FILE: join(home, "no-credentials.json"),
    ...more,
  };
}

/** A registry for the length of a test, and the options that lead to it. */
export async function registryWith(
  content: RegistryContent,
  options: RegistryOptions = {},
): Promise<{ readonly registry: TestRegistry; readonly endpoint: readonly string[] }> {
  const registry = await startRegistry(content, options);
  onTestFinished(() => registry.close());
  return { registry, endpoint: ["--endpoint", `${REGISTRY}=${registry.origin}`] };
}

/** What `org/app` holds: an older index and the one that the tag `1.0` is, each of two platforms, and a single image. */
export interface AppDigests {
  readonly oldIndex: Digest;
  readonly oldAmd64: Digest;
  readonly newIndex: Digest;
  readonly newAmd64: Digest;
  readonly newArm64: Digest;
  /** Tagged `single`. */
  readonly single: Digest;
}

export function appContent(): { readonly content: RegistryContent; readonly digests: AppDigests } {
  const content: RegistryContent = new Map();
  const app = repositoryOf(content, "org/app");
  const [oldAmd64, oldArm64] = [addApp(app, "old", "linux/amd64"), addApp(app, "old", "linux/arm64")];
  const [newAmd64, newArm64] = [addApp(app, "new", "linux/amd64"), addApp(app, "new", "linux/arm64")];
  addImage(app, { format: "oci", layers: [plainLayer("large ".repeat(500_000))] }, "large");
  return {
    content,
    digests: {
      ...{ oldAmd64, newAmd64, newArm64 },
      oldIndex: addPlatforms(app, oldAmd64, oldArm64),
      newIndex: addPlatforms(app, newAmd64, newArm64, "1.0"),
      single: addApp(app, "single", "linux/amd64", "single"),
    },
  };
}

function addApp(repository: RepositoryContent, version: string, platform: string, ...tags: string[]): Digest {
  const layer = `${version} for ${platform}\n`.repeat(100);
  const config = configFor(platform, [layer]);
  return addImage(repository, { format: "oci", layers: [gzipLayer(layer)], config }, ...tags);
}

function addPlatforms(repository: RepositoryContent, amd64: Digest, arm64: Digest, ...tags: string[]): Digest {
  const entries = [
    { manifest: amd64, platform: "linux/amd64" },
    { manifest: arm64, platform: "linux/arm64" },
  ];
  return addIndex(repository, { format: "oci", entries }, ...tags);
}

/** A Nix file with a call of `pullImage` that has these attributes, one per line. */
export function pullImage(attributes: Readonly<Record<string, string>>): string {
  const lines = Object.entries({ imageName: `${REGISTRY}/org/app`, ...attributes }).map(
    ([name, value]) => `  ${name} = ${JSON.stringify(value)};\n`,
  );
  return `{ dockerTools }:\ndockerTools.pullImage {\n${lines.join("")}}\n`;
}

/** The names of all files below a folder, hidden ones too. */
export async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
}

export async function sha256Of(path: string): Promise<Digest> {
  return digestOf(await readFile(path));
}

/** Waits until a condition holds; the test's own time limit is the only one. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  await vi.waitUntil(condition, { interval: 5, timeout: 50_000 });
}

/** The JSON document that a command printed. */
export function parsed<T>({ stdout }: Outcome): T {
  return JSON.parse(stdout) as T;
}
