import { execFile } from "node:child_process";
import { createReadStream } from "node:fs";
import { rename } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { CodedError } from "../base/errors.ts";
import { isSystemError } from "../files/system-error.ts";

const runFile = promisify(execFile);

/** The file name under which `pullImage` looks for an image in the Nix store (nixpkgs `pkgs/build-support/docker`). */
export function storeNameOf(finalImageName: string, finalImageTag: string): string {
  const fixed = (text: string) => text.replace(/[/:]/g, "-");
  return `docker-image-${fixed(finalImageName)}-${fixed(finalImageTag)}.tar`;
}

/** The name under which nix2container's `pullImage` looks for the folder of an image (its `default.nix`). */
export function folderStoreNameOf(imageName: string): string {
  return `docker-image-${imageName.replace(/[/:]/g, "-")}`;
}

/** Throws `store-failed` unless `nix-store` can be run, so that nothing is downloaded in vain. */
export async function requireNixStore(signal: AbortSignal): Promise<void> {
  await runNixStore(["--version"], signal);
}

/** Adds a file under its own name and flat sha256, as `nix-prefetch-url` does; gives its store path. Throws `store-failed`. */
export function addToStore(file: string, signal: AbortSignal): Promise<string> {
  return runNixStore(["--add-fixed", "sha256", file], signal);
}

/**
 * Adds the folder that a Nix archive holds, under the archive's own name and its sha256; gives its store path. The archive is
 * replaced by the folder. Throws `store-failed`.
 */
export async function addFolderToStore(archive: string, signal: AbortSignal): Promise<string> {
  const packed = `${archive}.nar`;
  await rename(archive, packed);
  await runNixStore(["--restore", archive], signal, packed);
  return runNixStore(["--add-fixed", "--recursive", "sha256", archive], signal);
}

/** @param input a file that it reads as its standard input */
async function runNixStore(args: readonly string[], signal: AbortSignal, input?: string): Promise<string> {
  try {
    const running = runFile("nix-store", args, { signal });
    const { stdin } = running.child;
    if (input === undefined) stdin?.end();
    // A program that ends without reading all says itself why.
    else if (stdin !== null) await pipeline(createReadStream(input), stdin).catch(() => running);
    return (await running).stdout.trim();
  } catch (cause) {
    signal.throwIfAborted();
    if (isSystemError(cause)) {
      const message = `nix-store cannot be run (${cause.code}); install Nix, or leave out --add-to-store.`;
      throw new CodedError("store-failed", message, { cause });
    }
    const [lastLine] = cause instanceof Error ? cause.message.trim().split("\n").slice(-1) : [];
    const message = `nix-store did not take the image: ${lastLine ?? "it failed"}; check that the Nix store can be written.`;
    throw new CodedError("store-failed", message, { cause });
  }
}
