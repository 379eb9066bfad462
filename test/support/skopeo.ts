import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer, text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { type Digest, digestFromHex, digestOf } from "../../server/src/oci/digest.ts";

export interface SkopeoCopy {
  /** `HOST/NAME@DIGEST` or `HOST/NAME:TAG`. */
  readonly source: string;
  /** `NAME:TAG` for the archive, as the user writes it. */
  readonly finalReference: string;
  /** `os/architecture` to override the machine's with. */
  readonly platform?: string;
}

export type SkopeoOutcome =
  | { readonly archive: { readonly digest: Digest; readonly size: number } }
  | { readonly refusal: string };

/** What the real `skopeo` on PATH writes as a docker-archive, called as `pullImage` calls it; or what it says instead. */
export function copyWithSkopeo(copy: SkopeoCopy): Promise<SkopeoOutcome> {
  return inFolder(async (folder) => {
    const archive = join(folder, "image.tar");
    const refusal = await runSkopeo(skopeoArguments(copy, archive, folder), folder);
    return refusal ?? { archive: { digest: await digestOfFile(archive), size: (await stat(archive)).size } };
  });
}

/**
 * The Nix archive, as the real `nix-store` makes it, of the folder that `skopeo` writes, called as nix2container's `pullImage`
 * calls it; or what it says instead.
 */
export function copyFolderWithSkopeo(copy: Omit<SkopeoCopy, "finalReference">): Promise<SkopeoOutcome> {
  return inFolder(async (folder) => {
    const image = join(folder, "image");
    const refusal = await runSkopeo([...skopeoOptions(copy, folder), `dir://${image}`], folder);
    if (refusal !== null) return refusal;
    const child = spawn("nix-store", ["--dump", image], { stdio: ["ignore", "pipe", "inherit"] });
    const bytes = await buffer(child.stdout);
    return { archive: { digest: digestOf(bytes), size: bytes.length } };
  });
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "dockpin-skopeo-"));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Null when all went well. */
async function runSkopeo(args: readonly string[], home: string): Promise<{ readonly refusal: string } | null> {
  const child = spawn("skopeo", args, {
    // No account of the user's may take part.
    env: { ...process.env, HOME: home, XDG_RUNTIME_DIR: home, REGISTRY_AUTH_FILE: join(home, "auth.json") },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const exited = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  const [said, exitCode] = await Promise.all([text(child.stderr), exited]);
  return exitCode === 0 ? null : { refusal: said };
}

/** The command line of `pullImage` in nixpkgs. */
export function skopeoArguments(copy: SkopeoCopy, archive: string, temporaryFolder: string): string[] {
  return [...skopeoOptions(copy, temporaryFolder), `docker-archive:${archive}:${copy.finalReference}`];
}

function skopeoOptions(copy: Omit<SkopeoCopy, "finalReference">, temporaryFolder: string): string[] {
  const [os, architecture] = copy.platform?.split("/") ?? [];
  return [
    "--insecure-policy",
    ...["--tmpdir", temporaryFolder],
    ...(os === undefined ? [] : ["--override-os", os]),
    ...(architecture === undefined ? [] : ["--override-arch", architecture]),
    "copy",
    "--src-tls-verify=false",
    `docker://${copy.source}`,
  ];
}

async function digestOfFile(path: string): Promise<Digest> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return digestFromHex(hash.digest("hex"));
}
