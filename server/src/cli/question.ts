import { createInterface } from "node:readline";
import type { CommandContext } from "./terminal.ts";

/** Whether there is someone to ask. */
export function canAsk({ stdin, stderr }: CommandContext): boolean {
  return stdin.isTTY === true && stderr.isTerminal;
}

/** Asks on stderr; only "y" or "yes" is consent, and the end of the input is none. */
export async function askYesNo(question: string, { stdin, stderr, signal }: CommandContext): Promise<boolean> {
  stderr.write(`${question} [y/N] `);
  const lines = createInterface({ input: stdin });
  try {
    const answer = await new Promise<string | null>((resolve, reject) => {
      lines.once("line", resolve);
      lines.once("close", () => resolve(null));
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
    if (answer !== null) return /^y(es)?$/i.test(answer.trim());
    stderr.write("\n");
    return false;
  } finally {
    lines.close();
  }
}
