import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/**
 * True where a real program that a suite compares with is not on PATH, so that the suite is skipped
 * (`describe.skipIf(isMissing("skopeo"))`); `npm test` says so plainly, and fails for it under CI=true.
 */
export function isMissing(...programs: readonly string[]): boolean {
  return programs.some((program) => programPath(program) === null);
}

/** Where a program lies that is on PATH; null when it is not. */
export function programPath(program: string): string | null {
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders.map((folder) => join(folder, program)).find(isExecutable) ?? null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
