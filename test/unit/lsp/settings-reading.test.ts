import { describe, expect, test } from "vitest";
import { DEFAULT_SETTINGS, readSettings } from "../../../server/src/lsp/settings-reading.ts";

describe("settings", () => {
  test.each([undefined, null, {}, { codeLens: null }])("%j stands for the defaults", (section) => {
    expect(readSettings(section)).toEqual({ settings: DEFAULT_SETTINGS, problems: [] });
  });

  test("what is set counts, what is not has its default", () => {
    const { settings, problems } = readSettings({
      codeLens: { enabled: false },
      diagnostics: { "floating-tag": true },
      platform: "linux/arm64",
      registries: { "docker.io": { endpoint: "https://mirror.example.org/docker" }, "r:5000": { tlsVerify: false } },
    });
    expect(problems).toEqual([]);
    expect(settings.codeLens.enabled).toBe(false);
    expect(settings.diagnostics).toEqual({ ...DEFAULT_SETTINGS.diagnostics, "floating-tag": true });
    expect(settings.platform).toBe("linux/arm64");
    expect(settings.registries["r:5000"]).toEqual({ tlsVerify: false });
    expect(settings.check).toEqual(DEFAULT_SETTINGS.check);
  });

  test.each([
    { mirrors: ["mirror.example.org", "mirror.example.org:5000/ghcr", "https://cache.example.org/ghcr/"] },
    { trustedAuthRealms: ["auth.example.org", "auth.example.org:8443"] },
    { certificateAuthority: "~/registry-ca.pem" },
    { endpoint: "http://localhost:5000", tlsVerify: true },
    {},
  ])("a registry may have %j", (registry) => {
    const { settings, problems } = readSettings({ registries: { "ghcr.io": registry } });
    expect(problems).toEqual([]);
    expect(settings.registries).toEqual({ "ghcr.io": registry });
  });

  test.each<[string, object, string]>([
    ["a truth that is none", { codeLens: { enabled: "yes" } }, "dockpin.codeLens.enabled must be true or false"],
    ["an object that is none", { check: 3 }, "dockpin.check must be an object"],
    ["a number out of range", { concurrency: 0 }, "dockpin.concurrency must be a whole number from 1 to 16"],
    ["a fraction", { check: { interval: 1.5 } }, "dockpin.check.interval must be a whole number"],
    ["a platform that is none", { platform: "x86_64-linux" }, "dockpin.platform must be empty or a platform"],
    ["a word that is none of those", { hashStyle: "hex" }, 'dockpin.hashStyle must be "keep" or "sri"'],
    ["a list with something else in it", { ignore: { images: ["a", 1] } }, "dockpin.ignore.images must be a list"],
    [
      "an endpoint that is no URL",
      { registries: { a: { endpoint: "mirror" } } },
      "dockpin.registries must be an object",
    ],
    ["an endpoint of another kind", { registries: { a: { endpoint: "file:///x" } } }, "dockpin.registries must be"],
    ...(
      [
        { mirrors: "mirror.example.org" },
        { mirrors: ["ftp://mirror.example.org"] },
        { mirrors: ["user@mirror.example.org"] },
        { mirrors: [""] },
        { mirrors: ["a b"] },
        { trustedAuthRealms: ["https://auth.example.org/token"] },
        { trustedAuthRealms: [1] },
        { certificateAuthority: "" },
        { certificateAuthority: ["ca.pem"] },
        { tlsVerify: "no" },
      ] as const
    ).map((registry): [string, object, string] => [
      `a registry with ${JSON.stringify(registry)}`,
      { registries: { "ghcr.io": registry } },
      "dockpin.registries must be",
    ]),
    ["no object at all", ["a"], "dockpin must be an object"],
  ])("%s falls back to the default, and is told", (_, section, problem) => {
    const { settings, problems } = readSettings(section);
    expect(settings).toEqual(DEFAULT_SETTINGS);
    expect(problems).toEqual([expect.stringContaining(problem)]);
  });
});
