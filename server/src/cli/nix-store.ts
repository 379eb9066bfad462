import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { CodedError } from "../base/errors.ts";
import { isSystemError } from "../files/system-error.ts";

const runFile = promisify(execFile);

/** The file name under which `pullImage` looks for an image in the Nix store (nixpkgs `pkgs/build-support/docker`). */
export function storeNameOf(finalImageName: string, finalImageTag: string): string {
  const fixed = (text: string) => text.replace(/[/:]/g, "-");
  return `docker-image-${fixed(finalImageName)}-${fixed(finalImageTag)}.tar`;
}

/** Throws `store-failed` unless `nix-store` can be run, so that nothing is downloaded in vain. */
export async function requireNixStore(signal: AbortSignal): Promise<void> {
  await runNixStore(["--version"], signal);
}

/** Adds a file under its own name and flat sha256, as `nix-prefetch-url` does; gives its store path. Throws `store-failed`. */
export function addToStore(file: string, signal: AbortSignal): Promise<string> {
  return runNixStore(["--add-fixed", "sha256", file], signal);
}

async function runNixStore(args: readonly string[], signal: AbortSignal): Promise<string> {
  try {
    const { stdout } = await runFile("nix-store", args, { signal });
    return stdout.trim();
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
