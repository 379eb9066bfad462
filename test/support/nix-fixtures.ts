import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { createSourceFiles } from "../../server/src/files/source-files.ts";
import { isDataFile, readDataFile } from "../../server/src/nix/data-file.ts";
import { mergePins } from "../../server/src/nix/merge-pins.ts";
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
  return mergePins(
    files.flatMap((file): readonly Pin[] => {
      const source = { file, text: textOf(file) };
      if (isDataFile(file)) return readDataFile(source).pins;
      return file.endsWith(".nix") ? readNixFile(nixParser, file, source.text, { files: sources }).pins : [];
    }),
  );
}

export function readText(path: string): string {
  return readFileSync(path, "utf8");
}

/** Copies a fixture's files to another folder. */
export function copyFixture(fixture: Fixture, folder: string, textOf: (path: string) => string = readText): Fixture {
  const copied = (path: string) => join(folder, relative(fixture.folder, path));
  for (const file of fixture.files) {
    mkdirSync(dirname(copied(file)), { recursive: true });
    writeFileSync(copied(file), textOf(file));
  }
  return { name: fixture.name, folder, main: copied(fixture.main), files: fixture.files.map(copied) };
}
