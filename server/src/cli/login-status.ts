import { orThrow } from "../base/errors.ts";
import { printable } from "../base/printable.ts";
import { parseReference, printRepository, type Repository } from "../oci/reference.ts";
import type { RegistryTarget } from "../registry/client.ts";
import { createLoginStatus, type LoginStatus } from "../registry/login-status.ts";
import { readRegistriesConf } from "../registry/registries-conf-files.ts";
import { routeOf } from "../registry/registry-rules.ts";
import { COMMON_OPTIONS, REGISTRY_OPTIONS, readArguments, readRegistrySettings } from "./arguments.ts";
import type { ExitCode } from "./exit-code.ts";
import { printJson } from "./json-record.ts";
import { createLog } from "./pin-command.ts";
import { writeFileProblems } from "./pin-report.ts";
import { targetsOf } from "./pin-targets.ts";
import { silentProgress } from "./progress.ts";
import { machineOf, readAuthfile, registriesOf } from "./registry-access.ts";
import { readSources } from "./source-file.ts";
import type { CommandContext, OutputStream } from "./terminal.ts";

export const LOGIN_STATUS_HELP = `Usage: dockpin login-status [OPTION…] [IMAGE|REGISTRY…]

Tells where the credentials for images come from: which entry of which file, or which credential helper, and the user name;
never the secret. Without an image it tells so of the pins under the current folder. Asks no registry.

  --check             run credential helpers, too, and tell whether they have credentials
  --json              print an array, one object per place where an image is looked for
  -q, --quiet         no warnings
  --endpoint HOST=URL as for the other commands; may be repeated
  --authfile FILE     look there only
`;

const LOGIN_STATUS_OPTIONS = {
  ...COMMON_OPTIONS,
  endpoint: REGISTRY_OPTIONS.endpoint,
  authfile: REGISTRY_OPTIONS.authfile,
  check: { type: "boolean" },
} as const;

/** A place where an image is looked for: its registry, or a mirror. */
interface Row {
  readonly image: string;
  /** What the credentials are looked up for. */
  readonly repository: Repository;
  readonly status: LoginStatus;
}

/** Tells the source of the credentials for images. Exit code 2 when a file with pins could not be read. */
export async function loginStatus(args: readonly string[], context: CommandContext): Promise<ExitCode> {
  const { values, positionals } = readArguments(args, LOGIN_STATUS_OPTIONS);
  const settings = readRegistrySettings(values);
  const log = createLog(context, silentProgress, values.quiet ?? false);
  const machine = machineOf(context, log);
  const [places, conf] = await Promise.all([readAuthfile(settings, machine), readRegistriesConf(machine)]);
  const rules = { settings: registriesOf(settings), conf };
  const { targets, problems } = await findTargets(positionals, context);
  const statusOf = createLoginStatus(machine, {
    clock: context.clock,
    globalHelpers: async () => conf.credentialHelpers,
    ...(places && { places }),
  });

  const options = { asksHelpers: values.check ?? false, signal: context.signal };
  const rows: Row[] = [];
  for (const target of targets) {
    const { primary, mirrors } = routeOf(rules, target);
    for (const { endpoint, repository } of [primary, ...mirrors]) {
      const asked = { registry: endpoint.credentialHost, path: repository.path };
      const image = printTarget(target.repository);
      rows.push({ image, repository: asked, status: await statusOf(asked, options) });
    }
  }
  if (values.json) context.stdout.write(printJson(rows.map(record)));
  else for (const row of distinct(rows)) writeRow(row, context.stdout);
  writeFileProblems(problems, context.stderr);
  return problems.length > 0 ? 2 : 0;
}

async function findTargets(names: readonly string[], context: CommandContext) {
  if (names.length > 0) {
    return {
      targets: names.map((name): RegistryTarget => ({ repository: readName(name), tlsVerify: true })),
      problems: [],
    };
  }
  const { pins, problems } = await readSources([], context);
  return { targets: targetsOf(pins, { platform: null, tlsVerify: true }), problems };
}

/** An image, or a registry: a name without a path that has a dot before its port, or is `localhost`. */
function readName(name: string): Repository {
  const isRegistry = /^(localhost|[^/:@[]+\.[^/:@]+|\[[^/]+\])(:\d+)?\/?$/.test(name);
  if (isRegistry) return { registry: name.replace(/\/$/, "").replace(/^index\.docker\.io$/, "docker.io"), path: "" };
  const { registry, path } = orThrow(parseReference(name));
  return { registry, path };
}

function printTarget(repository: Repository): string {
  return repository.path === "" ? repository.registry : printRepository(repository);
}

function record({ image, repository, status }: Row) {
  const { state, kind, username, source, problems, searched } = status;
  return { image, registry: repository.registry, state, kind, username, source, problems, searched };
}

/** Registries whose images all have the same credentials are told of once. */
function distinct(rows: readonly Row[]): Row[] {
  const bySaying = new Map<string, Row>();
  for (const row of rows) {
    const { registry } = row.repository;
    const isShared = rows.every(
      (other) => other.repository.registry !== registry || JSON.stringify(other.status) === JSON.stringify(row.status),
    );
    const shown = isShared ? { ...row, repository: { registry, path: "" } } : row;
    bySaying.set(printTarget(shown.repository), shown);
  }
  return [...bySaying.values()];
}

function writeRow({ repository, status }: Row, { style, write }: OutputStream): void {
  write(`${style.bold(printTarget(repository))}: ${describe(status)}\n`);
  for (const problem of status.problems) write(`  ${style.attention(problem)}\n`);
}

function describe({ state, kind, username, source, searched }: LoginStatus): string {
  if (source === null) return `no credentials; looked at ${searched.join(", ")}`;
  const place =
    "entry" in source
      ? `"${printable(source.entry, 80)}" in ${source.file}`
      : `${source.setting} "${printable(source.helper, 64)}" in ${source.file}`;
  if (state === "helper") return `${place}; --check asks it`;
  if (username !== null) return `user "${printable(username, 80)}", from ${place}`;
  return `${kind === "identity-token" ? "an identity token" : "a registry token"} from ${place}`;
}
