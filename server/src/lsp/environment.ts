import type { Clock } from "../base/clock.ts";
import type { TemporaryPaths } from "../files/temporary-paths.ts";

/** What the server knows of the world outside, the client left out. */
export interface ServerEnvironment {
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly homeFolder: string;
  readonly temporaryPaths: TemporaryPaths;
  /** Of dockpin. */
  readonly version: string;
  /** Holds `tree-sitter-nix.wasm` and `web-tree-sitter.wasm`. */
  readonly wasmFolder: string;
}
