import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { type Digest, digestFromHex } from "../../server/src/oci/digest.ts";

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
export async function copyWithSkopeo(copy: SkopeoCopy): Promise<SkopeoOutcome> {
  const folder = await mkdtemp(join(tmpdir(), "dockpin-skopeo-"));
  try {
    const archive = join(folder, "image.tar");
    const child = spawn("skopeo", skopeoArguments(copy, archive, folder), {
      // No account of the user's may take part.
      env: { ...process.env, HOME: folder, XDG_RUNTIME_DIR: folder, REGISTRY_AUTH_FILE: join(folder, "auth.json") },
      stdio: ["ignore", "ignore", "pipe"],
    });
    const exited = new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    });
    const [said, exitCode] = await Promise.all([text(child.stderr), exited]);
    if (exitCode !== 0) return { refusal: said };
    return { archive: { digest: await digestOfFile(archive), size: (await stat(archive)).size } };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The command line of `pullImage` in nixpkgs. */
export function skopeoArguments(copy: SkopeoCopy, archive: string, temporaryFolder: string): string[] {
  const [os, architecture] = copy.platform?.split("/") ?? [];
  return [
    "--insecure-policy",
    ...["--tmpdir", temporaryFolder],
    ...(os === undefined ? [] : ["--override-os", os]),
    ...(architecture === undefined ? [] : ["--override-arch", architecture]),
    "copy",
    "--src-tls-verify=false",
    `docker://${copy.source}`,
    `docker-archive:${archive}:${copy.finalReference}`,
  ];
}

async function digestOfFile(path: string): Promise<Digest> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return digestFromHex(hash.digest("hex"));
}
