import { readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { isSystemError } from "./system-error.ts";
import { decodeText, type TextFile } from "./text-file.ts";

/** Where other files are looked for, and what they are called. */
export interface SourceFilesOptions {
  /** Absolute paths of the workspace's folders: nothing outside of them is read. */
  readonly folders: readonly string[];
  /** The absolute path of a file that is called so; null when it is on no disk. */
  readonly pathOf: (file: string) => string | null;
  /** What a file is called, by its absolute path, which begins with one of `folders` as it is given. */
  readonly nameOf: (path: string) => string;
  /** A text that counts instead of the file's, such as an open editor's; null when there is none. */
  readonly overlay?: (path: string) => string | null;
}

/** What a path stands for: a file's name and text, or why it is not read, in a user's words. */
export type OpenedFile = { readonly file: string; readonly text: string } | { readonly reason: string };

/** The files that code refers to, each read once. `open` is what the reader of Nix code takes as its `SourceFiles`. */
export interface WorkspaceSourceFiles {
  open(from: string, path: string, kind: "code" | "data"): OpenedFile;
  /** Those whose text came from the disk. */
  filesRead(): readonly TextFile[];
}

const SIZE_LIMIT = 5 * 1024 * 1024;

/**
 * Opens regular UTF-8 files of up to 5 MB by relative paths, as Nix resolves them: from the folder that a file really is
 * in, a folder being its `default.nix` where code is wanted. A link is what it leads to, and must not lead out of the workspace.
 */
export function createSourceFiles({ folders, pathOf, nameOf, overlay }: SourceFilesOptions): WorkspaceSourceFiles {
  const roots = folders.map((folder) => ({ given: folder, real: realPath(folder) ?? folder }));
  const opened = new Map<string, OpenedFile>();
  const read = new Map<string, TextFile>();

  /** A real path as the workspace has it; null outside of it. */
  function inWorkspace(path: string): string | null {
    for (const { given, real } of roots) {
      const inside = relative(real, path);
      if (isBelow(inside)) return join(given, inside);
    }
    return null;
  }

  function openTarget(target: string, kind: "code" | "data", written: string): OpenedFile {
    // Asked before the disk is, which then tells nothing of what is outside.
    const path = inWorkspace(target);
    if (path === null) return { reason: "it is outside of the workspace" };
    const real = realPath(target);
    if (real === null) return openOverlay(path) ?? { reason: `the file ${written} does not exist` };
    const realInWorkspace = inWorkspace(real);
    if (realInWorkspace === null) return { reason: `${written} is a link to what is outside of the workspace` };
    const status = statSync(real);
    if (status.isDirectory()) {
      if (kind === "data") return { reason: `${written} is a folder` };
      return openTarget(join(real, "default.nix"), "data", `${written.replace(/\/+$/, "")}/default.nix`);
    }
    if (!status.isFile()) return { reason: `${written} is not a regular file` };
    return openOverlay(realInWorkspace) ?? openOverlay(path) ?? readRegular(real, nameOf(realInWorkspace), written);
  }

  function openOverlay(path: string): OpenedFile | null {
    const text = overlay?.(path) ?? null;
    return text === null ? null : { file: nameOf(path), text };
  }

  function readRegular(path: string, name: string, written: string): OpenedFile {
    const known = read.get(path);
    if (known !== undefined) return { file: known.name, text: known.text };
    if (statSync(path).size > SIZE_LIMIT) return { reason: `${written} is larger than 5 MB` };
    const bytes = readFileSync(path);
    const decoded = decodeText(bytes);
    if (decoded === null) return { reason: `${written} is not UTF-8 text` };
    read.set(path, { name, path, bytes, ...decoded });
    return { file: name, text: decoded.text };
  }

  return {
    open(from, path, kind) {
      const refusal = refusalOf(path);
      if (refusal !== null) return { reason: refusal };
      const origin = pathOf(from);
      if (origin === null) return { reason: "the file that names it is on no disk" };
      const target = resolve(dirname(realPath(origin) ?? origin), path);
      const key = `${kind} ${target}`;
      const known = opened.get(key);
      if (known !== undefined) return known;
      let result: OpenedFile;
      try {
        result = openTarget(target, kind, path);
      } catch (error) {
        if (!isSystemError(error)) throw error;
        result = { reason: `${path} cannot be read (${error.code})` };
      }
      opened.set(key, result);
      return result;
    },
    filesRead: () => [...read.values()],
  };
}

/** Why a path is not followed, whatever it leads to. */
function refusalOf(path: string): string | null {
  if (path.startsWith("<")) return `${path} is looked up outside of the workspace`;
  if (path.startsWith("~")) return `${path} is in the home folder; only relative paths are followed`;
  if (isAbsolute(path) || /^[A-Za-z]:/.test(path))
    return `${path} is an absolute path; only relative ones are followed`;
  return path.includes("\0") ? "its path has a zero byte" : null;
}

/** Whether a relative path leads nowhere else than to the folder or what is in it. */
function isBelow(path: string): boolean {
  return path !== ".." && !path.startsWith(`..${sep}`) && !isAbsolute(path);
}

/** With all links resolved; null when there is no such file. */
function realPath(path: string): string | null {
  try {
    return realpathSync.native(path);
  } catch (error) {
    if (isSystemError(error) && ["ENOENT", "ENOTDIR", "ELOOP"].includes(error.code)) return null;
    throw error;
  }
}
