import { describe, expect, test } from "vitest";
import { appContent, parsed, REGISTRY, registryWith, workplace } from "./harness.ts";

const { content } = appContent();
const IMAGE = `${REGISTRY}/org/app`;
const TAGS = [...content.get("org/app")!.tags.keys()].sort();

describe("the tags of an image", () => {
  test("one a line, as the registry lists them", async () => {
    const { endpoint } = await registryWith(content);
    const { dockpin } = await workplace();
    expect(TAGS.length).toBeGreaterThan(2);
    expect(await dockpin("tags", IMAGE, ...endpoint)).toEqual({ code: 0, stdout: `${TAGS.join("\n")}\n`, stderr: "" });
  });

  test("as JSON", async () => {
    const { endpoint } = await registryWith(content);
    const { dockpin } = await workplace();
    expect(parsed(await dockpin("tags", "--json", IMAGE, ...endpoint))).toEqual(TAGS);
  });

  test("no more than wanted", async () => {
    const { endpoint, registry } = await registryWith(content);
    const { dockpin } = await workplace();
    const { stdout } = await dockpin("tags", "--limit", "2", IMAGE, ...endpoint);
    expect(stdout).toBe(`${TAGS.slice(0, 2).join("\n")}\n`);
    expect(registry.requests.map(({ path }) => path)).toEqual(["/v2/", "/v2/org/app/tags/list?n=2"]);
  });

  test("or why there are none, and nothing on stdout", async () => {
    const { endpoint } = await registryWith(content);
    const { dockpin } = await workplace();
    const { code, stdout, stderr } = await dockpin("tags", `${REGISTRY}/org/none`, ...endpoint);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(
      /^dockpin: .* answered 404 \(NAME_UNKNOWN: .*\): .*\/org\/none was not found; check the registry and the name\. \[registry-not-found\]\n$/,
    );
  });

  test("what a registry warns of goes to stderr once, unless nobody wants to hear", async () => {
    const headers = {
      Warning: '299 - "this registry moves"',
      "RateLimit-Limit": "100;w=21600",
      "RateLimit-Remaining": "9",
    };
    const { endpoint } = await registryWith(content, { faults: [{ path: /./, fault: { do: "headers", headers } }] });
    const { dockpin } = await workplace();
    const loud = await dockpin("tags", "--json", IMAGE, ...endpoint);
    expect(parsed(loud)).toEqual(TAGS);
    expect(loud.stderr.split("\n")).toEqual([
      `dockpin: ${REGISTRY} allows 9 of 100 pulls in 6 h 00 min; sign in for a higher limit.`,
      `dockpin: ${REGISTRY} warns: this registry moves`,
      "",
    ]);
    expect((await dockpin("tags", "--quiet", IMAGE, ...endpoint)).stderr).toBe("");
  });

  test("what a registry lists that is nothing for a terminal is left out", async () => {
    const body = JSON.stringify({ name: "org/app", tags: ["1.0", "\u001b[2J", "sha256:abc", null] });
    const { endpoint } = await registryWith(content, {
      faults: [
        { path: /tags/, fault: { do: "answer", status: 200, headers: { "Content-Type": "application/json" }, body } },
      ],
    });
    const { dockpin } = await workplace();
    expect((await dockpin("tags", IMAGE, ...endpoint)).stdout).toBe("1.0\n");
  });

  test.each<[args: string[], message: RegExp]>([
    [[], /tags takes the name of one image/],
    [["a", "b"], /tags takes the name of one image/],
    [["alpine:3.20"], /without a tag or digest/],
    [["--limit", "0", "alpine"], /--limit takes a number from 1 to 200000/],
    [["--limit", "1e3", "alpine"], /--limit takes a number/],
    [["Alpine"], /lower case/],
  ])("%j is wrong", async (args, message) => {
    const { dockpin } = await workplace();
    const { code, stdout, stderr } = await dockpin("tags", ...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(message);
  });
});
