import type { CacheKind } from "../base/cache-store.ts";
import { count, formatBytes } from "../base/quantities.ts";
import type { CacheFolder, CacheUsage } from "../files/cache-folder.ts";
import { COMMON_OPTIONS, readArguments, usage } from "./arguments.ts";
import { openUserCache } from "./cache-access.ts";
import type { ExitCode } from "./exit-code.ts";
import { printJson } from "./json-record.ts";
import { createLog } from "./pin-command.ts";
import { silentProgress } from "./progress.ts";
import type { CommandContext, OutputStream } from "./terminal.ts";

export const CACHE_HELP = `Usage: dockpin cache [OPTION…]
       dockpin cache clear [OPTION…]

Shows what is remembered between runs, and where; "clear" forgets it. All of it can be had again: a computed hash by downloading
its image once more.

  --json              print JSON
  -q, --quiet         with clear: print nothing
`;

const WORDS: Readonly<Record<CacheKind, string>> = {
  image: "hashes of images",
  layer: "digests of unpacked layers",
  manifest: "manifests",
  config: "image configs",
  tag: "what tags point to",
};

/** Shows the user's cache, or clears it. */
export async function cache(args: readonly string[], context: CommandContext): Promise<ExitCode> {
  const { values, positionals } = readArguments(args, COMMON_OPTIONS);
  const [action, ...more] = positionals;
  if (more.length > 0 || (action !== undefined && action !== "clear")) {
    throw usage('cache takes no argument but "clear"');
  }
  const quiet = values.quiet ?? false;
  const folder = openUserCache(context, createLog(context, silentProgress, quiet));
  const kinds = await folder.describe();
  if (action === "clear") await folder.clear();
  if (values.json) context.stdout.write(printJson(record(folder, kinds)));
  else if (action === undefined) show(folder, kinds, context.stdout);
  else if (!quiet) context.stdout.write(`${describeCleared(kinds)}\n`);
  return 0;
}

/** Of what there is, or was before it was cleared. */
function record({ folder }: CacheFolder, kinds: readonly CacheUsage[]) {
  const { entries, bytes } = total(kinds);
  return { folder, entries, bytes, kinds: Object.fromEntries(kinds.map(({ kind, ...usage }) => [kind, usage])) };
}

function show({ folder }: CacheFolder, kinds: readonly CacheUsage[], { style, write }: OutputStream): void {
  const rows = [
    ...kinds.map(({ kind, ...usage }) => ({ words: WORDS[kind], ...usage })),
    { words: "all", ...total(kinds) },
  ].map(({ words, entries, bytes }) => [words, String(entries), formatBytes(bytes)] as const);
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const [first = 0, second = 0, third = 0] = widths;
  write(`${style.bold(folder)}\n`);
  for (const [words, entries, size] of rows) {
    write(`  ${words.padEnd(first)}  ${entries.padStart(second)}  ${size.padStart(third)}\n`);
  }
}

function describeCleared(kinds: readonly CacheUsage[]): string {
  const { entries, bytes } = total(kinds);
  if (entries === 0) return "There was nothing in the cache.";
  return `Removed ${count(entries, "file")}, ${formatBytes(bytes)}.`;
}

function total(kinds: readonly CacheUsage[]): { readonly entries: number; readonly bytes: number } {
  return {
    entries: kinds.reduce((sum, { entries }) => sum + entries, 0),
    bytes: kinds.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}
