import { homedir } from "node:os";
import { COMMON_OPTIONS, readArguments, usage } from "./arguments.ts";
import type { ExitCode } from "./exit-code.ts";
import type { CommandContext } from "./terminal.ts";

export const LSP_HELP = `Usage: dockpin lsp

The language server over stdin and stdout, for editors to start: code lenses, hovers, diagnostics, quick fixes.

  --stdio             as without it; editors like to give it
`;

const LSP_OPTIONS = { help: COMMON_OPTIONS.help, stdio: { type: "boolean" } } as const;

/** Serves until the client goes, which ends the process. */
export async function lsp(args: readonly string[], context: CommandContext): Promise<ExitCode> {
  const { positionals } = readArguments(args, LSP_OPTIONS);
  if (positionals.length > 0) throw usage("lsp takes no arguments");
  // Only this verb has to load it.
  const [{ createConnection, ProposedFeatures }, { serve }] = await Promise.all([
    import("vscode-languageserver/node"),
    import("../lsp/serve.ts"),
  ]);
  const { clock, env, temporaryPaths, version, wasmFolder, signal } = context;
  serve(createConnection(ProposedFeatures.all, process.stdin, process.stdout), {
    ...{ clock, env, temporaryPaths, version, wasmFolder },
    homeFolder: homedir(),
  });
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
