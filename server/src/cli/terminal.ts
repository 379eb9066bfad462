import type { Readable } from "node:stream";
import type { Clock } from "../base/clock.ts";
import type { TemporaryPaths } from "../files/temporary-paths.ts";
import type { Style } from "./style.ts";

/** One of the process's output streams. */
export interface OutputStream {
  write(text: string): void;
  readonly isTerminal: boolean;
  /** Width of the terminal; 80 when it is none. */
  columns(): number;
  readonly style: Style;
}

/** What a verb knows of the world outside. */
export interface CommandContext {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** Aborted by Ctrl-C, by a termination signal, and when nobody reads the output any more. */
  readonly signal: AbortSignal;
  readonly temporaryPaths: TemporaryPaths;
  /** Of dockpin. */
  readonly version: string;
  /** Holds `tree-sitter-nix.wasm` and `web-tree-sitter.wasm`. */
  readonly wasmFolder: string;
}
