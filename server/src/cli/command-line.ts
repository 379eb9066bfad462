import { CodedError, isAbort } from "../base/errors.ts";
import { printable } from "../base/printable.ts";
import { usage } from "./arguments.ts";
import { CACHE_HELP, cache } from "./cache.ts";
import { CHECK_HELP, check } from "./check.ts";
import type { ExitCode } from "./exit-code.ts";
import { MAIN_HELP, PIN_OPTIONS_HELP, REGISTRY_OPTIONS_HELP } from "./help.ts";
import { LIST_HELP, list } from "./list.ts";
import { LOGIN_STATUS_HELP, loginStatus } from "./login-status.ts";
import { LSP_HELP, lsp } from "./lsp.ts";
import { PREFETCH_HELP, prefetch } from "./prefetch.ts";
import { TAGS_HELP, tags } from "./tags.ts";
import type { CommandContext } from "./terminal.ts";
import { UPDATE_HELP, update } from "./update.ts";
import { VERIFY_HELP, verify } from "./verify.ts";

interface Command {
  readonly help: string;
  readonly run: (args: readonly string[], context: CommandContext) => Promise<ExitCode>;
}

const COMMANDS: ReadonlyMap<string, Command> = new Map([
  ["list", { help: LIST_HELP, run: list }],
  ["check", { help: CHECK_HELP + PIN_OPTIONS_HELP + REGISTRY_OPTIONS_HELP, run: check }],
  ["update", { help: UPDATE_HELP + PIN_OPTIONS_HELP + REGISTRY_OPTIONS_HELP, run: update }],
  ["verify", { help: VERIFY_HELP + PIN_OPTIONS_HELP + REGISTRY_OPTIONS_HELP, run: verify }],
  ["prefetch", { help: PREFETCH_HELP + REGISTRY_OPTIONS_HELP, run: prefetch }],
  ["tags", { help: TAGS_HELP + REGISTRY_OPTIONS_HELP, run: tags }],
  ["login-status", { help: LOGIN_STATUS_HELP, run: loginStatus }],
  ["cache", { help: CACHE_HELP, run: cache }],
  ["lsp", { help: LSP_HELP, run: lsp }],
]);

/** Runs one command line. Coded errors end on stderr as one line; an abort is rethrown. */
export async function runCommandLine(args: readonly string[], context: CommandContext): Promise<ExitCode> {
  try {
    return await dispatch(args, context);
  } catch (error) {
    if (isAbort(error, context.signal) || !(error instanceof CodedError)) throw error;
    context.stderr.write(`${context.stderr.style.bad("dockpin:")} ${error.message} [${error.code}]\n`);
    return 2;
  }
}

async function dispatch(args: readonly string[], context: CommandContext): Promise<ExitCode> {
  const [verb, ...rest] = args;
  if (verb === undefined) throw usage("Name a command");
  const answer = answerWithoutCommand(verb, rest, context.version);
  if (answer !== null) {
    context.stdout.write(answer);
    return 0;
  }
  const command = COMMANDS.get(verb);
  if (command === undefined) throw usage(`There is no command "${printable(verb, 40)}"`);
  if (!asksForHelp(rest)) return command.run(rest, context);
  context.stdout.write(command.help);
  return 0;
}

function answerWithoutCommand(verb: string, rest: readonly string[], version: string): string | null {
  if (verb === "--version" || verb === "-V" || verb === "version") return `dockpin ${version}\n`;
  if (verb === "--help" || verb === "-h") return MAIN_HELP;
  if (verb !== "help") return null;
  return COMMANDS.get(rest[0] ?? "")?.help ?? MAIN_HELP;
}

function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  return (end < 0 ? args : args.slice(0, end)).some((argument) => argument === "--help" || argument === "-h");
}
