import { orThrow } from "../base/errors.ts";
import { parseReference } from "../oci/reference.ts";
import type { RegistryTarget } from "../registry/client.ts";
import { COMMON_OPTIONS, REGISTRY_OPTIONS, readArguments, readRegistrySettings, usage } from "./arguments.ts";
import type { ExitCode } from "./exit-code.ts";
import { printJson } from "./json-record.ts";
import { createLog } from "./pin-command.ts";
import { createProgress, silentProgress } from "./progress.ts";
import { openRegistry } from "./registry-access.ts";
import type { CommandContext } from "./terminal.ts";

/** Far above what any repository is meant to have; some get a tag with every build. */
const TAG_LIMIT = 200_000;

export const TAGS_HELP = `Usage: dockpin tags [OPTION…] IMAGE

Prints the tags of an image, one a line, in the order in which its registry lists them.

  --limit N           no more than the first N tags; default ${TAG_LIMIT}
  --json              print a JSON array
  -q, --quiet         no progress and no warnings
`;

const TAGS_OPTIONS = { ...COMMON_OPTIONS, ...REGISTRY_OPTIONS, limit: { type: "string" } } as const;

/** Prints the tags of an image, those of a page as soon as they are there. */
export async function tags(args: readonly string[], context: CommandContext): Promise<ExitCode> {
  const { values, positionals } = readArguments(args, TAGS_OPTIONS);
  const settings = readRegistrySettings(values);
  const target: RegistryTarget = { repository: readImage(positionals), tlsVerify: settings.tlsVerify };
  const limit = readLimit(values.limit);
  const { stdout, stderr, clock, signal } = context;
  const quiet = values.quiet ?? false;
  const progress = quiet ? silentProgress : createProgress(stderr, clock, 1);
  const registry = await openRegistry(settings, [target], context, createLog(context, progress, quiet), null);
  try {
    const all: string[] = [];
    for await (const page of registry.tags(target, limit, { signal, onWait: (wait) => progress.waits(wait) })) {
      progress.clear();
      if (values.json) all.push(...page);
      else stdout.write(`${page.join("\n")}\n`);
    }
    if (values.json) stdout.write(printJson(all));
    return 0;
  } finally {
    progress.clear();
    await registry.close();
  }
}

function readImage(positionals: readonly string[]) {
  const [image, ...more] = positionals;
  if (image === undefined || more.length > 0) throw usage("tags takes the name of one image");
  const { registry, path, tag, digest } = orThrow(parseReference(image));
  if (tag !== null || digest !== null) throw usage("tags takes an image without a tag or digest");
  return { registry, path };
}

function readLimit(text: string | undefined): number {
  if (text === undefined) return TAG_LIMIT;
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= 1 && number <= TAG_LIMIT) return number;
  throw usage(`--limit takes a number from 1 to ${TAG_LIMIT}`);
}
