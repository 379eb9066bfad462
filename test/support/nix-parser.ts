import { readFile } from "node:fs/promises";
import { loadNixParser } from "../../server/src/nix/reading.ts";
import { grammarFiles } from "./grammar.ts";

/** The parser that all tests of a process share. */
export const nixParser = await loadNixParser({
  runtime: await readFile(grammarFiles.runtime),
  grammar: await readFile(grammarFiles.grammar),
});
