import { printable } from "../base/printable.ts";
import { parsePlatform } from "../oci/platform.ts";
import type { RegistrySettings } from "../registry/registries-settings.ts";
import { DIAGNOSTIC_CODES, type DiagnosticCode } from "./diagnostic-codes.ts";
import type { Settings } from "./settings.ts";

/** What a value must be, and what stands in for one that is not. */
interface Rule<T> {
  readonly fallback: T;
  /** Finishes "must be". */
  readonly wanted: string;
  readonly accepts: (value: unknown) => boolean;
}

type Rules<T> = { readonly [K in keyof T]: Rule<T[K]> | Rules<T[K]> };

const OFF_BY_DEFAULT: readonly DiagnosticCode[] = ["floating-tag"];

/** Every setting with its default; `package.json` declares the same. */
const RULES: Rules<Settings> = {
  codeLens: { enabled: truth(true) },
  inlayHints: { enabled: truth(true) },
  diagnostics: Object.fromEntries(
    DIAGNOSTIC_CODES.map((code) => [code, truth(!OFF_BY_DEFAULT.includes(code))]),
  ) as Rules<Settings["diagnostics"]>,
  check: { onOpen: truth(true), interval: wholeNumber(60, 0, 10_080) },
  platform: {
    fallback: "",
    wanted: 'empty or a platform such as "linux/arm64"',
    accepts: (value) => value === "" || (typeof value === "string" && parsePlatform(value).ok),
  },
  ignore: { images: texts(), files: texts() },
  hashStyle: {
    fallback: "keep",
    wanted: '"keep" or "sri"',
    accepts: (value) => value === "keep" || value === "sri",
  },
  concurrency: wholeNumber(4, 1, 16),
  download: { maxSize: wholeNumber(0, 0, 1_000_000), memory: wholeNumber(256, 16, 65_536) },
  cache: {
    maxResults: wholeNumber(1000, 0, 100_000),
    tagLifetime: wholeNumber(10, 0, 10_080),
    maxSize: wholeNumber(100, 0, 10_000),
  },
  extraCallees: texts(),
  registries: {
    fallback: {},
    wanted:
      'an object such as { "docker.io": { "endpoint": "https://mirror.example.org", "tlsVerify": true } }, with "mirrors", "trustedAuthRealms" and "certificateAuthority" beside these',
    accepts: areRegistries,
  },
};

export const DEFAULT_SETTINGS: Settings = readSettings({}).settings;

/**
 * Reads what a client sends as the section `dockpin`: what is missing has its default, and so has what is no valid value,
 * with a sentence that says which and what it must be.
 */
export function readSettings(section: unknown): { readonly settings: Settings; readonly problems: readonly string[] } {
  const problems: string[] = [];
  const settings = readObject(RULES, section, "dockpin", problems) as unknown as Settings;
  return { settings, problems };
}

function readObject(rules: object, value: unknown, name: string, problems: string[]): Record<string, unknown> {
  if (value !== undefined && value !== null && !isObject(value)) problems.push(`${name} must be an object.`);
  const given = isObject(value) ? value : {};
  return Object.fromEntries(
    Object.entries(rules).map(([key, rule]) => [key, readValue(rule, given[key], `${name}.${key}`, problems)]),
  );
}

function readValue(rule: object, value: unknown, name: string, problems: string[]): unknown {
  if (!isRule(rule)) return readObject(rule, value, name, problems);
  if (value === undefined || value === null) return rule.fallback;
  if (rule.accepts(value)) return value;
  const shown = printable(JSON.stringify(value) ?? String(value), 60);
  problems.push(
    `${name} must be ${rule.wanted}; ${shown} is not, so its default is used: ${JSON.stringify(rule.fallback)}.`,
  );
  return rule.fallback;
}

function truth(fallback: boolean): Rule<boolean> {
  return { fallback, wanted: "true or false", accepts: (value) => typeof value === "boolean" };
}

function wholeNumber(fallback: number, least: number, most: number): Rule<number> {
  return {
    fallback,
    wanted: `a whole number from ${least} to ${most}`,
    accepts: (value) => Number.isInteger(value) && Number(value) >= least && Number(value) <= most,
  };
}

function texts(): Rule<readonly string[]> {
  return {
    fallback: [],
    wanted: "a list of texts",
    accepts: (value) => Array.isArray(value) && value.every((item) => typeof item === "string" && item !== ""),
  };
}

/** What each member of a registry's settings must be; all may be absent. */
const REGISTRY_MEMBERS: Record<keyof RegistrySettings, (value: unknown) => boolean> = {
  endpoint: isHttpUrl,
  tlsVerify: (value) => typeof value === "boolean",
  mirrors: (value) => texts().accepts(value) && (value as string[]).every(isMirror),
  trustedAuthRealms: (value) => texts().accepts(value) && (value as string[]).every(isHost),
  certificateAuthority: (value) => typeof value === "string" && value !== "",
};

function areRegistries(value: unknown): boolean {
  return isObject(value) && Object.values(value).every(isRegistry);
}

function isRegistry(value: unknown): boolean {
  if (!isObject(value)) return false;
  return Object.entries(REGISTRY_MEMBERS).every(([name, accepts]) => value[name] === undefined || accepts(value[name]));
}

/** `host[:port][/namespace]`, or an http(s) URL. */
function isMirror(value: string): boolean {
  if (value.includes("://")) return isHttpUrl(value);
  return /^[^\s/@?#]+(\/[^\s@?#]+)*\/?$/.test(value) && URL.canParse(`https://${value}`);
}

function isHost(value: string): boolean {
  return /^[^\s/@?#]+$/.test(value) && URL.canParse(`https://${value}`);
}

function isHttpUrl(value: unknown): boolean {
  return typeof value === "string" && URL.canParse(value) && /^https?:$/.test(new URL(value).protocol);
}

function isRule(rule: object): rule is Rule<unknown> {
  return "accepts" in rule;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
