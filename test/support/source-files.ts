import { posix } from "node:path";
import type { SourceFiles } from "../../server/src/nix/source.ts";

/** The files of a record by their names, such as `images/app.nix`. */
export function sourceFilesOf(texts: Readonly<Record<string, string>>): SourceFiles {
  return {
    open(from, path, kind) {
      const file = posix.join(posix.dirname(from), path);
      const candidates = kind === "code" ? [file, posix.join(file, "default.nix")] : [file];
      const found = candidates.find((name) => texts[name] !== undefined);
      return found === undefined ? { reason: `the file ${path} does not exist` } : { file: found, text: texts[found]! };
    },
  };
}
