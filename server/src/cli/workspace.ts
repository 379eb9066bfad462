import { realpathSync } from "node:fs";
import { stat } from "node:fs/promises";
import { dirname, isAbsolute, join, relative, sep } from "node:path";
import { createSourceFiles, type WorkspaceSourceFiles } from "../files/source-files.ts";
import { isSystemError } from "../files/system-error.ts";
import type { TextFile } from "../files/text-file.ts";

/** A path of the command line. */
interface GivenPath {
  readonly name: string;
  readonly real: string;
  readonly isFolder: boolean;
}

/**
 * The files that the files of a command line may refer to: those in the working directory, for what lies in there, else in
 * the folder that was given, or that a given file is in. They are called as the user would: as what lies below a given
 * folder, else by their way from the working directory.
 *
 * @param paths as given
 * @param read the files that were read already
 */
export async function openWorkspace(
  paths: readonly string[],
  read: readonly TextFile[],
): Promise<WorkspaceSourceFiles> {
  const workingDirectory = realpathSync.native(process.cwd());
  const given = await resolveAll(paths);
  const pathByName = new Map(read.map(({ name, path }) => [name, path]));
  const fileByPath = new Map(read.map((file) => [file.path, file]));
  return createSourceFiles({
    folders: [...new Set(given.map((one) => workspaceOf(one, workingDirectory)))],
    pathOf: (name) => pathByName.get(name) ?? null,
    nameOf(path) {
      const name = fileByPath.get(path)?.name ?? nameBelow(path, given, workingDirectory);
      pathByName.set(name, path);
      return name;
    },
    overlay: (path) => fileByPath.get(path)?.text ?? null,
  });
}

async function resolveAll(paths: readonly string[]): Promise<GivenPath[]> {
  const given: GivenPath[] = [];
  for (const name of paths) {
    try {
      given.push({ name, real: realpathSync.native(name), isFolder: (await stat(name)).isDirectory() });
    } catch (error) {
      // A path that is not there was told when files were looked for.
      if (!isSystemError(error)) throw error;
    }
  }
  return given;
}

function workspaceOf({ real, isFolder }: GivenPath, workingDirectory: string): string {
  if (below(workingDirectory, real) !== null) return workingDirectory;
  return isFolder ? real : dirname(real);
}

function nameBelow(path: string, given: readonly GivenPath[], workingDirectory: string): string {
  for (const { name, real, isFolder } of given) {
    const inside = isFolder ? below(real, path) : null;
    if (inside !== null) return join(name, inside);
  }
  return below(workingDirectory, path) ?? path;
}

/** The way down from a folder; null when there is none. */
function below(folder: string, path: string): string | null {
  const way = relative(folder, path);
  return way === ".." || way.startsWith(`..${sep}`) || isAbsolute(way) ? null : way;
}
