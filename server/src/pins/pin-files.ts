import { isDataFile } from "../nix/data-file.ts";
import type { Pin } from "../nix/pin.ts";
import { pinTriggers } from "../nix/triggers.ts";

/**
 * The words of which a file with a pin holds at least one, by its name: data needs a digest's key, code may do with less.
 *
 * @param extraCallees functions that take what `pullImage` takes, by a name or a path of names
 */
export function triggersOfFiles(extraCallees: readonly string[] = []): (file: string) => readonly string[] {
  const inCode = pinTriggers(extraCallees);
  const inData = ["imageDigest"];
  return (file) => (isDataFile(file) ? inData : inCode);
}

/**
 * The words of which a file holds one if its code calls a function of another file that pulls what it is told:
 * `callPackage ./image.nix { … }`. Such a caller needs none of the other words. For most pins there are none.
 */
export function wordsOfCallers(pins: readonly Pin[]): readonly string[] {
  const functions = pins.filter(({ file, dependsOnCallers }) => dependsOnCallers && !isDataFile(file));
  return [...new Set(functions.flatMap(({ file }) => wordOfFile(file)))];
}

/** Words that are looked for in Nix code, and not in data files. */
export function inCodeOnly(words: readonly string[]): (file: string) => readonly string[] {
  return (file) => (isDataFile(file) ? [] : words);
}

/** The end of a path to a file: a folder's, for its `default.nix`. */
function wordOfFile(file: string): string[] {
  const [folder, name] = file.split(/[/\\]/).slice(-2);
  const last = name === undefined ? folder : name === "default.nix" ? folder : name;
  return last === undefined || last === "" || last === "default.nix" ? [] : [`/${decoded(last)}`];
}

/** Of a URI; a name with a lone `%` is none. */
function decoded(name: string): string {
  return /%(?![\da-f]{2})/i.test(name) ? name : decodeURIComponent(name);
}
