import { isDataFile } from "../nix/data-file.ts";
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
