import { expect, test } from "vitest";
import type { LogOutputChannel } from "vscode";
import { traceChannel, withoutSecrets } from "../../../client/src/trace-channel.ts";

const SECRET = 'canary "quoted" \\ / ü';

test.each<[string, unknown]>([
  ["accounts", [{ host: "ghcr.io", username: "octocat", password: SECRET }]],
  ["an account that is tried", { place: { host: "ghcr.io" }, account: { password: SECRET } }],
  ["network settings", { proxy: "http://user:canary@proxy.example.org:3128", proxyAuthorization: SECRET }],
])("a message with %s is traced without secrets", (_, message) => {
  for (const indentation of [0, 4]) {
    const traced = withoutSecrets(`Params: ${JSON.stringify(message, null, indentation)}`);
    expect(traced).not.toContain("canary");
    expect(traced).toContain("***");
  }
});

test.each([
  '{"uri":"file:///home/octocat/a.nix","position":{"line":1}}',
  '{"text":"see https://example.org/path?query=a@b"}',
  '{"imageName":"ghcr.io/example/app","imageDigest":"sha256:abc"}',
])("%s is traced as it is", (text) => {
  expect(withoutSecrets(text)).toBe(text);
});

test("whatever is written to the channel goes the same way", () => {
  const written: string[] = [];
  const write = (text: string) => void written.push(text);
  const log = { trace: write, debug: write, info: write, warn: write, error: write, append: write };
  const channel = traceChannel({ ...log, appendLine: write, replace: write } as unknown as LogOutputChannel);
  for (const method of ["trace", "debug", "info", "warn", "error", "append", "appendLine", "replace"] as const) {
    channel[method]('{"password": "canary"}');
  }
  expect(new Set(written)).toEqual(new Set(['{"password": "***"}']));
  expect(written).toHaveLength(8);
});
