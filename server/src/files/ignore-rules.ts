import { readFile, realpath } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import ignore, { type Ignore } from "ignore";
import { isSystemError } from "./system-error.ts";

/** The rules of the `.gitignore` files that govern a folder, outermost first. */
export interface IgnoreRules {
  isIgnored(path: string, isFolder: boolean): boolean;
  /** With the rules of a folder below. A folder that is a repository of its own starts anew. */
  within(folder: string): Promise<IgnoreRules>;
}

interface Scope {
  readonly folder: string;
  readonly rules: Ignore;
}

/**
 * The rules for a folder: of its own `.gitignore`, and, inside a Git repository, of those above it up to the
 * repository's root and of `.git/info/exclude`. Rules that ignore the folder itself do not count: the user asked for it.
 */
export async function ignoreRulesFor(folder: string): Promise<IgnoreRules> {
  const root = await findRepository(folder);
  let rules = rulesOf([]);
  if (root !== null) {
    const steps = relative(root, folder).split(sep).filter(Boolean);
    for (let depth = 0; depth <= steps.length; depth++)
      rules = await rules.within(join(root, ...steps.slice(0, depth)));
    if (folder !== root && rules.isIgnored(folder, true)) rules = await rulesOf([]).within(folder);
    return rules;
  }
  return rules.within(folder);
}

function rulesOf(scopes: readonly Scope[]): IgnoreRules {
  return {
    isIgnored(path, isFolder) {
      let ignored = false;
      for (const scope of scopes) {
        const inside = relative(scope.folder, path).split(sep).join("/");
        if (inside === "") continue;
        const verdict = scope.rules.test(isFolder ? `${inside}/` : inside);
        if (verdict.ignored) ignored = true;
        else if (verdict.unignored) ignored = false;
      }
      return ignored;
    },
    async within(folder) {
      const isRepository = await exists(join(folder, ".git"));
      const outer = isRepository ? [] : scopes;
      const texts = await Promise.all([
        isRepository ? readIfThere(join(folder, ".git", "info", "exclude")) : "",
        readIfThere(join(folder, ".gitignore")),
      ]);
      const text = texts.join("\n");
      if (text.trim() === "") return outer === scopes ? this : rulesOf(outer);
      return rulesOf([...outer, { folder, rules: ignore({ ignorecase: false }).add(text) }]);
    },
  };
}

async function findRepository(folder: string): Promise<string | null> {
  for (let here = await realpath(folder); ; here = dirname(here)) {
    if (await exists(join(here, ".git"))) return here;
    if (dirname(here) === here) return null;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await realpath(path);
    return true;
  } catch (error) {
    if (isSystemError(error)) return false;
    throw error;
  }
}

async function readIfThere(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    // A folder of that name, or a worktree whose `.git` is a file, holds no rules.
    if (isSystemError(error)) return "";
    throw error;
  }
}
