import { readWasmFiles } from "../../server/src/files/wasm-files.ts";
import { loadNixParser, type NixParser } from "../../server/src/nix/reading.ts";
import { DIST } from "./places.ts";

/** The parser as it is shipped. */
export async function benchParser(): Promise<NixParser> {
  return loadNixParser(await readWasmFiles(DIST));
}
