import { readFile } from "node:fs/promises";
import { isSystemError } from "./system-error.ts";

/** A file's text in UTF-8; null when there is no such file. Rejects when it cannot be read. */
export async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (isSystemError(error) && (error.code === "ENOENT" || error.code === "ENOTDIR")) return null;
    throw error;
  }
}
