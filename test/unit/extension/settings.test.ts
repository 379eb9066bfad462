import { describe, expect, test } from "vitest";
import { settingsPage } from "../../../scripts/settings-docs.mjs";
import { DEFAULT_SETTINGS, readSettings } from "../../../server/src/lsp/settings-reading.ts";
import { type DeclaredSetting, declaredSettings, manifest, read, strings } from "./manifest.ts";

/** What the language client itself reads. */
const OF_THE_CLIENT = ["dockpin.trace.server"];
/** Objects of the user's own keys, not sections. */
const OBJECTS = ["dockpin.registries"];

const settings = Object.entries(declaredSettings).filter(([name]) => !OF_THE_CLIENT.includes(name));

function flatten(value: unknown, name: string): [string, unknown][] {
  if (typeof value !== "object" || value === null || Array.isArray(value) || OBJECTS.includes(name)) {
    return [[name, value]];
  }
  return Object.entries(value).flatMap(([key, inner]) => flatten(inner, `${name}.${key}`));
}

/** What the server makes of a single setting. */
function readOne(name: string, value: unknown): { readonly value: unknown; readonly problems: readonly string[] } {
  const section = name
    .split(".")
    .slice(1)
    .reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
  const result = readSettings(section);
  return { value: Object.fromEntries(flatten(result.settings, "dockpin"))[name], problems: result.problems };
}

test("the manifest and the server have the same settings with the same defaults", () => {
  expect(Object.fromEntries(settings.map(([name, { default: value }]) => [name, value]))).toEqual(
    Object.fromEntries(flatten(DEFAULT_SETTINGS, "dockpin")),
  );
});

describe.each(settings)("%s", (name, setting: DeclaredSetting) => {
  test("is described", () => {
    expect(strings[setting.markdownDescription.slice(1, -1)]).toMatch(/\S.*[.]$/);
    expect(setting.enumDescriptions ?? []).toHaveLength(setting.enum?.length ?? 0);
  });

  const { enum: choices = [], minimum, maximum } = setting;
  const accepted = [...choices, ...(minimum === undefined ? [] : [minimum, maximum])];
  const refused = [
    ...(choices.length > 0 ? ["other"] : []),
    ...(minimum === undefined ? [] : [minimum - 1, maximum! + 1]),
  ];
  test("has the limits that the server holds it to", () => {
    expect(accepted.filter((value) => readOne(name, value).problems.length > 0)).toEqual([]);
    expect(refused.filter((value) => readOne(name, value).problems.length === 0)).toEqual([]);
  });
});

test("settings are ordered, in titled groups", () => {
  const { configuration } = manifest.contributes;
  expect(configuration.map(({ title }) => strings[title.slice(1, -1)])).toEqual([
    "Editor",
    "Checking",
    "Updating",
    "Registries",
    "Diagnostics",
    "Troubleshooting",
  ]);
  const groupOrders = configuration.map(({ order }) => order);
  const orders = configuration.flatMap(({ properties }) => Object.values(properties).map(({ order }) => order));
  expect(groupOrders).toEqual([...groupOrders.keys()].map((index) => index + 1));
  expect(orders).toEqual([...orders.keys()].map((index) => index + 1));
});

test("a workspace sets how dockpin behaves in it; the machine sets what it uses up and whom it asks", () => {
  const ofMachine = settings.filter(([, { scope }]) => scope !== "resource");
  expect(Object.fromEntries(ofMachine.map(([name, { scope }]) => [name, scope]))).toEqual({
    "dockpin.concurrency": "machine-overridable",
    "dockpin.download.memory": "machine-overridable",
    "dockpin.cache.maxResults": "machine-overridable",
    "dockpin.cache.tagLifetime": "machine-overridable",
    "dockpin.cache.maxSize": "machine-overridable",
    "dockpin.registries": "machine-overridable",
  });
});

test("settings that cause requests are tagged so", () => {
  const online = settings.filter(([, { tags }]) => tags?.includes("usesOnlineServices"));
  expect(online.map(([name]) => name)).toEqual([
    "dockpin.check.onOpen",
    "dockpin.check.interval",
    "dockpin.registries",
  ]);
});

test("docs/settings.md is what `npm run settings-docs` writes", () => {
  expect(read("docs/settings.md")).toBe(settingsPage(read("package.json"), read("package.nls.json")));
});
