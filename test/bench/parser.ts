import { join } from "node:path";
import { readWasmFiles } from "../../server/src/files/wasm-files.ts";
import { loadNixParser, type NixParser } from "../../server/src/nix/reading.ts";

/** The parser as it is shipped; the bundle of the benchmarks lies in build/. */
export async function benchParser(): Promise<NixParser> {
  return loadNixParser(await readWasmFiles(join(__dirname, "..", "dist")));
}
