import { type ParseArgsConfig, parseArgs } from "node:util";
import { CodedError, orThrow } from "../base/errors.ts";
import { printable } from "../base/printable.ts";
import { type Platform, parsePlatform } from "../oci/platform.ts";

type Options = NonNullable<ParseArgsConfig["options"]>;

/** Every verb takes these. */
export const COMMON_OPTIONS = {
  json: { type: "boolean" },
  quiet: { type: "boolean", short: "q" },
  help: { type: "boolean", short: "h" },
} as const satisfies Options;

/** How registries are reached. */
export const REGISTRY_OPTIONS = {
  "tls-verify": { type: "string" },
  endpoint: { type: "string", multiple: true },
  authfile: { type: "string" },
  username: { type: "string" },
  "password-stdin": { type: "boolean" },
} as const satisfies Options;

/** What the verbs over pins have in common. */
export const PIN_OPTIONS = {
  ...COMMON_OPTIONS,
  ...REGISTRY_OPTIONS,
  platform: { type: "string" },
  concurrency: { type: "string" },
  "no-cache": { type: "boolean" },
} as const satisfies Options;

/** Reads a verb's arguments strictly. Throws `usage`. */
export function readArguments<O extends Options>(args: readonly string[], options: O) {
  try {
    return parseArgs({ args: args.map(completeFlag), options, allowPositionals: true, strict: true });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const [sentence = ""] = error.message.split(/\. |\n/, 1);
    throw usage(sentence.replace(/\.$/, ""), error);
  }
}

export function usage(what: string, cause?: unknown): CodedError {
  return new CodedError("usage", `${what}; "dockpin --help" tells the usage.`, { cause });
}

/** A registry's host, and the URL that requests for it go to. */
export interface Endpoint {
  readonly registry: string;
  readonly url: URL;
}

export interface RegistrySettings {
  readonly tlsVerify: boolean;
  readonly endpoints: readonly Endpoint[];
  /** Null: where Docker and Podman look. */
  readonly authfile: string | null;
  /** Whose password is on stdin; null when nobody's is. */
  readonly username: string | null;
}

interface RegistryValues {
  readonly "tls-verify"?: string;
  readonly endpoint?: string[];
  readonly authfile?: string;
  readonly username?: string;
  readonly "password-stdin"?: boolean;
}

export function readRegistrySettings(values: RegistryValues): RegistrySettings {
  return {
    tlsVerify: readBoolean("tls-verify", values["tls-verify"], true),
    endpoints: (values.endpoint ?? []).map(readEndpoint),
    authfile: values.authfile ?? null,
    username: readUsername(values),
  };
}

function readUsername({ username, "password-stdin": hasPassword = false }: RegistryValues): string | null {
  if ((username !== undefined) !== hasPassword) throw usage("--username and --password-stdin need each other");
  if (username === "") throw usage("--username needs a name");
  return username ?? null;
}

export function readPlatform(text: string | undefined): Platform | null {
  return text === undefined ? null : orThrow(parsePlatform(text));
}

/** Pins at once; a registry is not to be overrun, so at most 64. */
export function readConcurrency(text: string | undefined): number {
  if (text === undefined) return 4;
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > 64) throw usage("--concurrency takes a number from 1 to 64");
  return number;
}

function readBoolean(option: string, text: string | undefined, fallback: boolean): boolean {
  if (text === undefined) return fallback;
  if (text === "true") return true;
  if (text === "false") return false;
  throw usage(`--${option} takes true or false, not "${printable(text, 40)}"`);
}

function readEndpoint(text: string): Endpoint {
  const equals = text.indexOf("=");
  const address = text.slice(equals + 1);
  const url = URL.canParse(address) ? new URL(address) : null;
  if (equals < 1 || url === null || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw usage(`--endpoint takes HOST=URL, such as docker.io=https://mirror.example, not "${printable(text, 80)}"`);
  }
  return { registry: text.slice(0, equals), url };
}

/** `--tls-verify` alone means true, as in skopeo. */
function completeFlag(argument: string): string {
  return argument === "--tls-verify" ? "--tls-verify=true" : argument;
}
