import { describe, expect, test } from "vitest";
import type { ErrorCode } from "../../../server/src/base/error-codes.ts";
import {
  type Harness,
  IMAGE_MANIFEST,
  requestLines,
  sampleContent,
  withClient,
} from "../../support/registry/client-harness.ts";
import { addManifest } from "../../support/registry/content.ts";
import type { Fault, FaultRow } from "../../support/registry/faults.ts";
import { startRegistry } from "../../support/registry/server.ts";

const LIST = "/v2/team/app/tags/list";

const json = (tags: unknown, headers: Record<string, string> = {}): Fault => ({
  do: "answer",
  status: 200,
  headers: { "Content-Type": "application/json", ...headers },
  body: JSON.stringify({ name: "team/app", tags }),
});
const on = (query: string, fault: Fault, times?: number): FaultRow => ({
  path: `${LIST}?${query}`,
  fault,
  ...(times !== undefined && { times }),
});
const next = (target: string) => ({ Link: `<${target}>; rel="next"` });

async function list({ client, target }: Pick<Harness, "client" | "target">, limit = 200_000): Promise<string[][]> {
  const pages: string[][] = [];
  for await (const page of client.tags(target, limit)) pages.push([...page]);
  return pages;
}

describe("the tags of a repository, page by page", () => {
  test.each<[string, FaultRow[], pages: string[][], queries: string[]]>([
    ["one page", [], [["1.0"]], ["n=1000"]],
    [
      "as many pages as there are links, whatever their length",
      [
        on("n=1000", json(["1", "2"], next(`${LIST}?n=1000&last=2`))),
        on("n=1000&last=2", json(["3"], next(`${LIST}?last=3`))),
        on("last=3", json(["4"])),
      ],
      [["1", "2"], ["3"], ["4"]],
      ["n=1000", "n=1000&last=2", "last=3"],
    ],
    [
      "a link with a token of the registry's own",
      [
        on("n=1000", json(["1"], next(`${LIST}?next_page=gAAA%3D%2C&n=5`))),
        on("next_page=gAAA%3D%2C&n=5", json(["2"])),
      ],
      [["1"], ["2"]],
      ["n=1000", "next_page=gAAA%3D%2C&n=5"],
    ],
    [
      "a link that knows no path prefix",
      [on("n=1000", json(["1"], next("/v2/app/tags/list?last=1"))), on("last=1", json(["2"]))],
      [["1"], ["2"]],
      ["n=1000", "last=1"],
    ],
    [
      "a link that is a query only",
      [on("n=1000", json(["1"], next("?last=1"))), on("last=1", json(["2"]))],
      [["1"], ["2"]],
      ["n=1000", "last=1"],
    ],
    [
      "a list that is given whole, whatever n says",
      [on("n=1000", json(["1", "2", "3"]))],
      [["1", "2", "3"]],
      ["n=1000"],
    ],
    ["an empty list", [on("n=1000", json([]))], [], ["n=1000"]],
    ["null, which Nexus and Harbor give for an empty list", [on("n=1000", json(null))], [], ["n=1000"]],
    [
      "nulls, digests and other things among the tags",
      [on("n=1000", json([null, "1", `sha256:${"a".repeat(64)}`, 7, "../../x", "a b", "2"]))],
      [["1", "2"]],
      ["n=1000"],
    ],
    [
      "a page that comes again and again",
      [on("n=1000", json(["1"], next("?last=1"))), { path: new RegExp(LIST), fault: json(["1"], next("?last=2")) }],
      [["1"]],
      ["n=1000", "last=1", "last=2"],
    ],
    [
      "a link to the page itself",
      [{ path: new RegExp(LIST), fault: json(["1"], next("?last=1")) }],
      [["1"]],
      ["n=1000", "last=1"],
    ],
    [
      "a tag that comes twice",
      [on("n=1000", json(["1", "2"], next("?last=1"))), on("last=1", json(["2", "3"]))],
      [["1", "2"], ["3"]],
      ["n=1000", "last=1"],
    ],
    [
      "405 to a thousand, as ECR answers to more",
      [on("n=1000", { do: "answer", status: 405 })],
      [["1.0"]],
      ["n=1000", "n=100"],
    ],
    ["400 to a thousand", [on("n=1000", { do: "answer", status: 400 })], [["1.0"]], ["n=1000", "n=100"]],
    ["503 once", [on("n=1000", { do: "answer", status: 503 }, 1)], [["1.0"]], ["n=1000", "n=1000"]],
    ["cut off once", [on("n=1000", { do: "cut", afterBytes: 5 }, 1)], [["1.0"]], ["n=1000", "n=1000"]],
  ])("%s", async (_name, faults, pages, queries) => {
    await withClient({ registry: { faults } }, async (harness) => {
      expect(await list(harness)).toEqual(pages);
      const paths = harness.registry.requests.slice(1).map(({ path }) => path);
      expect(paths).toEqual(queries.map((query) => `${LIST}?${query}`));
    });
  });

  test("no more than wanted, and no more than read", async () => {
    const { content, repository } = sampleContent();
    for (let index = 0; index < 2500; index += 1) addManifest(repository, IMAGE_MANIFEST, `t${1000 + index}`);
    const registry = await startRegistry(content);
    const target = { repository: { registry: registry.host, path: "team/app" }, tlsVerify: false };
    try {
      await withClient({}, async ({ client }) => {
        expect(await list({ client, target }, 3)).toEqual([["1.0", "t1000", "t1001"]]);
        for await (const page of client.tags(target, 200_000)) {
          expect(page).toHaveLength(1000);
          break;
        }
        expect((await list({ client, target }, 1500)).map((page) => page.length)).toEqual([1000, 500]);
        expect((await list({ client, target })).map((page) => page.length)).toEqual([1000, 1000, 501]);
      });
      const second = `GET ${LIST}?last=t1998&n=1000 200`;
      const third = `GET ${LIST}?last=t2998&n=1000 200`;
      const first = `GET ${LIST}?n=1000 200`;
      const lines = ["GET /v2/ 200", `GET ${LIST}?n=3 200`, first, first, second, first, second, third];
      expect(requestLines(registry)).toEqual(lines);
    } finally {
      await registry.close();
    }
  });
});

describe("tags that cannot be listed are a coded error that says what to do", () => {
  const status = (code: number, body = "", headers: Record<string, string> = {}): Fault => ({
    do: "answer",
    status: code,
    body,
    headers,
  });
  const errors = (code: string, message: string) => JSON.stringify({ errors: [{ code, message }] });
  test.each<[string, Fault, ErrorCode, RegExp]>([
    [
      "no such repository",
      status(404, errors("NAME_UNKNOWN", "repository name not known to registry")),
      "registry-not-found",
      /answered 404 \(NAME_UNKNOWN: .*\): 127\.0\.0\.1:\d+\/team\/app was not found; check the registry and the name\.$/,
    ],
    ["404 with nothing", status(404), "registry-not-found", /answered 404 \(Not Found\): /],
    ["401", status(401), "registry-unauthorized", /team\/app does not exist or is private; check the name, or sign in/],
    [
      "403",
      status(403, errors("DENIED", "denied")),
      "registry-denied",
      /403 \(DENIED: denied\): access to .* is denied/,
    ],
    ["405 to any size", status(405), "registry-failed", /answered 405/],
    ["503 for good", status(503), "registry-failed", /answered 503/],
    [
      "a web page",
      status(200, "<html>", { "Content-Type": "text/html" }),
      "registry-failed",
      /answered with a web page instead of the tags of .*\/team\/app; check the registry's name and the network\.$/,
    ],
    ["no JSON", status(200, "[1.0"), "registry-failed", /answered with something else instead of the tags/],
    ["no list", status(200, '{"tags":"1.0"}'), "registry-failed", /answered with something else instead of the tags/],
    [
      "an endless page",
      { do: "body", body: Buffer.alloc(8 * 1024 * 1024 + 1, " ") },
      "registry-failed",
      /more than 8 MiB/,
    ],
    [
      "a link to another host",
      json(["1"], next("https://evil.example/v2/team/app/tags/list?last=1")),
      "redirect-refused",
      /sends for more tags of .*\/team\/app to evil\.example, which is not asked/,
    ],
  ])("%s", async (_name, fault, code, message) => {
    await withClient({ registry: { faults: [{ path: new RegExp(LIST), fault }] } }, async (harness) => {
      await expect(list(harness)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    });
  });
});
