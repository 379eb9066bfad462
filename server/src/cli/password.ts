import { addAbortSignal } from "node:stream";
import { usage } from "./arguments.ts";
import type { CommandContext } from "./terminal.ts";

/** In bytes; tokens of clouds have some thousands. */
const PASSWORD_LIMIT = 64 * 1024;

/** The password that stdin holds, without the line break at its end, as `docker login --password-stdin` reads it. Throws `usage`. */
export async function readPassword({ stdin, signal }: CommandContext): Promise<string> {
  // Whoever typed it would see it.
  if (stdin.isTTY) throw usage("--password-stdin takes the password from a pipe or a file, not from the terminal");
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of addAbortSignal(signal, stdin) as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > PASSWORD_LIMIT) throw usage("the password on stdin is larger than 64 KiB");
  }
  const password = Buffer.concat(chunks)
    .toString("utf8")
    .replace(/\r?\n$/, "");
  if (password === "") throw usage("stdin holds no password");
  return password;
}
