import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Secret, secretsIn } from "./secrets.ts";
import { TRANSCRIPTS } from "./transcript.ts";

/**
 * Whatever the suite printed or logged anywhere, read once more at its end: no secret that a server has received is in
 * it.
 */
export default function setup(): () => void {
  rmSync(TRANSCRIPTS, { recursive: true, force: true });
  mkdirSync(TRANSCRIPTS, { recursive: true });
  return () => {
    const printed = read("printed-");
    const used = new Set(read("used-").split("\n"));
    if (printed === "" || !used.has("account" satisfies Secret)) {
      console.log("Nothing was printed with secrets in use, so nothing was checked for them.");
      return;
    }
    const leaks = printed.split("\n").filter((line) => secretsIn(line).length > 0);
    if (leaks.length > 0) {
      // Vitest only mentions what fails after its tests.
      process.exitCode = 1;
      throw new Error(`Secrets were printed:\n${leaks.slice(0, 10).join("\n")}`);
    }
    console.log(`${printed.length} characters were printed, none of the secrets in use among them.`);
  };
}

function read(prefix: string): string {
  const names = readdirSync(TRANSCRIPTS).filter((name) => name.startsWith(prefix));
  return names.map((name) => readFileSync(join(TRANSCRIPTS, name), "utf8")).join("");
}
