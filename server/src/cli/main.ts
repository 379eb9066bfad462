import { setMaxListeners } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../base/clock.ts";
import { isAbort } from "../base/errors.ts";
import { createTemporaryPaths } from "../files/temporary-paths.ts";
import { runCommandLine } from "./command-line.ts";
import type { ExitCode } from "./exit-code.ts";
import { createStyle, wantsColours } from "./style.ts";
import type { OutputStream } from "./terminal.ts";

const SIGNAL_EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
const BROKEN_PIPE_EXIT_CODE = 141;
/** Milliseconds that an interrupted command has for ending in order. */
const PATIENCE = 700;

const interruption = new AbortController();
// Every request listens to it while it is under way.
setMaxListeners(0, interruption.signal);
const temporaryPaths = createTemporaryPaths();
let exitCodeOfInterruption: ExitCode | null = null;
let isInterruptionTold = false;

process.once("exit", () => temporaryPaths.removeAllNow());
for (const [name, code] of Object.entries(SIGNAL_EXIT_CODES) as [NodeJS.Signals, ExitCode][]) {
  process.on(name, () => interrupt(code));
}
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  // Nobody reads on, as in `dockpin list | head`: a program in C would be ended by a signal.
  if (error.code === "EPIPE") end(BROKEN_PIPE_EXIT_CODE);
  throw error;
});
process.stderr.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

/** Ends the command in order, and at once when asked a second time or when it takes too long. */
function interrupt(code: ExitCode): void {
  if (exitCodeOfInterruption !== null) end(code);
  exitCodeOfInterruption = code;
  interruption.abort();
  setTimeout(() => end(code), PATIENCE).unref();
}

function end(code: ExitCode): never {
  tellInterruption();
  process.exit(code);
}

function tellInterruption(): void {
  if (exitCodeOfInterruption !== null && !isInterruptionTold) process.stderr.write("Interrupted.\n");
  isInterruptionTold = true;
}

/** The bundle lies in a folder of the package. */
function readVersion(): string {
  const description = JSON.parse(readFileSync(join(__dirname, "..", "package.json"), "utf8")) as { version: string };
  return description.version;
}

function outputStream(stream: NodeJS.WriteStream): OutputStream {
  return {
    write: (text) => {
      stream.write(text);
    },
    isTerminal: stream.isTTY === true,
    columns: () => stream.columns || 80,
    style: createStyle(wantsColours(stream.isTTY === true, process.env)),
  };
}

runCommandLine(process.argv.slice(2), {
  stdin: process.stdin,
  stdout: outputStream(process.stdout),
  stderr: outputStream(process.stderr),
  env: process.env,
  clock: systemClock,
  signal: interruption.signal,
  temporaryPaths,
  version: readVersion(),
  // Where the build puts the bundle and the WebAssembly files.
  wasmFolder: __dirname,
}).then(
  (code) => {
    // Not `exit`, which would cut off what a pipe has not taken yet.
    process.exitCode = code;
  },
  (error: unknown) => {
    if (exitCodeOfInterruption !== null && isAbort(error, interruption.signal)) {
      tellInterruption();
      process.exitCode = exitCodeOfInterruption;
      return;
    }
    process.stderr.write("dockpin: A defect in dockpin ended it; please report it with what follows.\n");
    console.error(error);
    process.exitCode = 2;
  },
);
