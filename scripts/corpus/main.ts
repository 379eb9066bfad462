import { stat } from "node:fs/promises";
import { readWasmFiles } from "../../server/src/files/wasm-files.ts";
import { loadNixParser } from "../../server/src/nix/reading.ts";
import { printSurvey } from "./report.ts";
import { surveyCorpus } from "./survey.ts";

const USAGE = `Usage: npm run corpus -- [--all] [--json] FOLDER

Reads all Nix, JSON and TOML files of a folder and prints what was found and what was not.

  --all    parse files without pins too, to count syntax errors
  --json   print JSON
`;

/** Gives the exit code: 2 when there is no such folder, or the arguments make no sense. */
export async function main(args: readonly string[], wasmFolder: string): Promise<number> {
  const options = new Set(args.filter((argument) => argument.startsWith("--")));
  const [folder, ...others] = args.filter((argument) => !options.has(argument));
  if (folder === undefined || others.length > 0 || [...options].some((name) => name !== "--all" && name !== "--json")) {
    process.stderr.write(USAGE);
    return 2;
  }
  if (!(await isFolder(folder))) {
    process.stderr.write(`There is no folder ${folder}.\n`);
    return 2;
  }
  const parser = await loadNixParser(await readWasmFiles(wasmFolder));
  const survey = await surveyCorpus(parser, folder, { parseAll: options.has("--all") });
  process.stdout.write(options.has("--json") ? `${JSON.stringify(survey, null, 2)}\n` : printSurvey(survey));
  return 0;
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (error instanceof Error && "code" in error) return false;
    throw error;
  }
}
