import type { Problem } from "../base/errors.ts";
import type { Pin } from "./pin.ts";

/** What was read in one file: its pins in the order of the text, and what hindered the reading of the whole file. */
export interface NixReading {
  readonly pins: readonly Pin[];
  readonly problems: readonly Problem[];
}

/** A parser with its grammar loaded. */
export interface NixParser {
  readonly __nixParser: true;
}

export declare function loadNixParser(wasm: { runtime: Uint8Array; grammar: Uint8Array }): Promise<NixParser>;

/** Reads all pins of a text. Never throws on bad input. `file` only names it in literals. */
export declare function readNixFile(parser: NixParser, file: string, text: string): NixReading;
