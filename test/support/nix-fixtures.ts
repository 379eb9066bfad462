import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { createSourceFiles } from "../../server/src/files/source-files.ts";
import type { Pin } from "../../server/src/nix/pin.ts";
import { readNixFile } from "../../server/src/nix/reading.ts";
import { nixParser } from "./nix-parser.ts";

/** Nix code, alone or with the files that it refers to. */
export interface Fixture {
  /** `wrapper/curried`, `files/import`. */
  readonly name: string;
  /** Absolute paths. */
  readonly folder: string;
  readonly main: string;
  readonly files: readonly string[];
}

const root = join(import.meta.dirname, "..", "fixtures", "nix");

/** All fixtures: a folder with a `main.nix` is one, and so is each other file of Nix code. */
export const fixtures: readonly Fixture[] = fixturesIn(root).toSorted((one, other) => (one.name < other.name ? -1 : 1));

function fixturesIn(folder: string): Fixture[] {
  const names = readdirSync(folder);
  if (names.includes("main.nix")) {
    return [{ name: nameOf(folder), folder, main: join(folder, "main.nix"), files: filesIn(folder) }];
  }
  return names.flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return fixturesIn(path);
    if (!name.endsWith(".nix")) return [];
    return [{ name: nameOf(path).replace(/\.nix$/, ""), folder, main: path, files: [path] }];
  });
}

function nameOf(path: string): string {
  return relative(root, path).replaceAll(sep, "/");
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
}

/**
 * The pins of all files of a fixture. Each reading may use the other files, and no more.
 *
 * @param textOf the text that counts for a file, by its absolute path; what is on the disk unless given
 */
export function readFixture({ folder, files }: Fixture, textOf: (path: string) => string = readText): Pin[] {
  const sources = createSourceFiles({
    folders: [folder],
    pathOf: (file) => file,
    nameOf: (path) => path,
    overlay: (path) => (files.includes(path) ? textOf(path) : null),
  });
  const code = files.filter((file) => file.endsWith(".nix"));
  return code.flatMap((file) => [...readNixFile(nixParser, file, textOf(file), { files: sources }).pins]);
}

export function readText(path: string): string {
  return readFileSync(path, "utf8");
}

/** A fixture whose files have been copied to another folder. */
export function movedFixture(fixture: Fixture, folder: string): Fixture {
  const moved = (path: string) => join(folder, relative(fixture.folder, path));
  return { name: fixture.name, folder, main: moved(fixture.main), files: fixture.files.map(moved) };
}

export function folderOf(path: string): string {
  return dirname(path);
}
