import { appendFileSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Secret } from "./secrets.ts";

/** Where the run keeps what was printed and which secrets were in use, for the check at its end. */
export const TRANSCRIPTS = resolve(import.meta.dirname, "..", "..", "build", "fault-transcripts");

/** Adds what was logged, shown or printed. */
export function recordPrinted(from: string, lines: readonly string[]): void {
  append(`printed-${process.pid}.txt`, lines.map((line) => `${from}: ${line}\n`).join(""));
}

/** Adds secrets that some server has received: only those can have leaked. */
export function recordUsed(secrets: readonly Secret[]): void {
  append(`used-${process.pid}.txt`, secrets.map((secret) => `${secret}\n`).join(""));
}

function append(name: string, text: string): void {
  mkdirSync(TRANSCRIPTS, { recursive: true });
  appendFileSync(join(TRANSCRIPTS, name), text);
}
