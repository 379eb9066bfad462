import { type Dirent, readdirSync } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { FileProblem } from "./file-problem.ts";
import { type IgnoreRules, ignoreRulesFor } from "./ignore-rules.ts";
import { isSystemError } from "./system-error.ts";

/** A file that may hold pins. */
export interface CandidateFile {
  /** As the user would name it: the path that was given, and what lies below it. */
  readonly name: string;
  /** Links resolved; each file comes once. */
  readonly path: string;
  /** Named by the user, and so read whatever it is called and holds. */
  readonly isExplicit: boolean;
}

/** Nix code, and data in the two formats that Nix reads. */
const FILE_NAME = /\.(?:nix|json|toml)$/;
/** Entries of folders that are looked at before others get their turn. */
const ENTRIES_PER_TURN = 64;

/**
 * The files that paths stand for, in the order of the paths and then of their names: files as given, and of folders all
 * `*.nix`, `*.json` and `*.toml` files that no `.gitignore` excludes. Links found in a folder are not followed, such as
 * Nix's `result`. Problems: `path-not-found`, `file-unreadable`.
 *
 * @param isOfInterest asked about the files of folders, by their paths
 */
export async function findFiles(
  paths: readonly string[],
  signal: AbortSignal,
  isOfInterest: (path: string) => boolean = () => true,
): Promise<{ files: CandidateFile[]; problems: FileProblem[] }> {
  const files = new Map<string, CandidateFile>();
  const problems: FileProblem[] = [];
  let entriesSeen = 0;
  const add = (file: CandidateFile) => {
    const known = files.get(file.path);
    if (known === undefined || (file.isExplicit && !known.isExplicit)) files.set(file.path, file);
  };

  async function walk(folder: string, name: string, rulesAbove: IgnoreRules | null): Promise<void> {
    // What is done at once is many times faster; the others get their turn in between.
    const entries = await orProblem(name, () => readdirSync(folder, { withFileTypes: true }));
    if (entries === null) return;
    const rules = rulesAbove === null ? await ignoreRulesFor(folder) : await rulesWithin(rulesAbove, folder, entries);
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (entriesSeen++ % ENTRIES_PER_TURN === 0) await nextTurn();
      signal.throwIfAborted();
      const isFolder = entry.isDirectory();
      if (entry.name === ".git" || !(isFolder || (entry.isFile() && FILE_NAME.test(entry.name)))) continue;
      const path = join(folder, entry.name);
      if (rules.isIgnored(path, isFolder)) continue;
      if (isFolder) await walk(path, join(name, entry.name), rules);
      else if (isOfInterest(path)) add({ name: join(name, entry.name), path, isExplicit: false });
    }
  }

  async function orProblem<T>(name: string, read: () => T | Promise<T>): Promise<T | null> {
    try {
      return await read();
    } catch (error) {
      if (!isSystemError(error)) throw error;
      problems.push(describe(name, error.code));
      return null;
    }
  }

  for (const name of paths) {
    const found = await orProblem(name, async () => ({ path: await realpath(name), status: await stat(name) }));
    if (found === null) continue;
    if (found.status.isDirectory()) await walk(found.path, name, null);
    else add({ name, path: found.path, isExplicit: true });
  }
  return { files: [...files.values()], problems };
}

/** Most folders have nothing that could change the rules. */
async function rulesWithin(rules: IgnoreRules, folder: string, entries: readonly Dirent[]): Promise<IgnoreRules> {
  const changes = entries.some(({ name }) => name === ".git" || name === ".gitignore");
  return changes ? rules.within(folder) : rules;
}

function describe(file: string, code: string): FileProblem {
  return code === "ENOENT" || code === "ENOTDIR"
    ? { file, code: "path-not-found", message: "There is no such file or folder; check the path." }
    : { file, code: "file-unreadable", message: `It cannot be read (${code}); check its permissions.` };
}
