import { describe, expect, test } from "vitest";
import type { RegistryContent } from "../support/registry/content.ts";
import type { RegistryOptions, TestRegistry } from "../support/registry/server.ts";
import { appContent, parsed, REGISTRY, registryWith, workplace } from "./harness.ts";

const { content, digests } = appContent();
const IMAGE = `${REGISTRY}/org/app`;
const TAGS = [...content.get("org/app")!.tags.keys()].sort();

/** A user whose `registries.conf` says this. */
async function userWith(conf: string) {
  const place = await workplace({ "registries.conf": conf });
  return workplace({}, { env: { CONTAINERS_REGISTRIES_CONF: place.path("registries.conf") } });
}

async function registry(of: RegistryContent = content, options: RegistryOptions = {}) {
  return (await registryWith(of, options)).registry;
}

const table = (lines: Readonly<Record<string, string | boolean>>, name = "registry") =>
  [`[[${name}]]`, ...Object.entries(lines).map(([key, value]) => `${key} = ${JSON.stringify(value)}`), ""].join("\n");
const requestsOf = ({ requests }: TestRegistry) => requests.map(({ method, path }) => `${method} ${path}`);

describe("registries.conf", () => {
  test("says where a registry is, and that it speaks http", async () => {
    const { host } = await registry();
    const { dockpin } = await userWith(table({ prefix: REGISTRY, location: host, insecure: true }));
    expect(parsed(await dockpin("tags", "--json", IMAGE))).toEqual(TAGS);
  });

  test("names mirrors, which give what a digest names; the tag is the registry's", async () => {
    const [primary, mirror] = [await registry(), await registry()];
    const direct = await workplace();
    const options = ["prefetch", "--json", IMAGE, "single"];
    const wanted = parsed(await direct.dockpin(...options, "--endpoint", `${REGISTRY}=${primary.origin}`));
    const before = primary.requests.length;

    const { dockpin } = await userWith(
      table({ prefix: REGISTRY, location: primary.host, insecure: true }) +
        table({ location: mirror.host, insecure: true }, "registry.mirror"),
    );
    expect(parsed(await dockpin(...options))).toEqual(wanted);
    expect(requestsOf(primary).slice(before)).toEqual(["GET /v2/", "GET /v2/org/app/manifests/single"]);
    const blobs = requestsOf(mirror).filter((line) => line.startsWith("GET /v2/org/app/blobs/sha256:"));
    expect(blobs.length).toBeGreaterThan(1);
  });

  test("names a mirror that has nothing: the registry is asked", async () => {
    const [primary, mirror] = [await registry(), await registry(new Map())];
    const { dockpin } = await userWith(
      table({ prefix: REGISTRY, location: primary.host, insecure: true }) +
        table({ location: `${mirror.host}/cache`, insecure: true }, "registry.mirror"),
    );
    const { code, stderr } = await dockpin("prefetch", "--quiet", IMAGE, digests.single);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(requestsOf(mirror)).toContain(`GET /v2/cache/org/app/manifests/${digests.single}`);
  });

  test("blocks a registry: nothing is asked", async () => {
    const { registry: blocked, endpoint } = await registryWith(content);
    const { dockpin } = await userWith(table({ location: REGISTRY, blocked: true }));
    const { code, stdout, stderr } = await dockpin("prefetch", IMAGE, "single", ...endpoint);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toBe(
      `dockpin: registries.conf blocks "${REGISTRY}", so ${IMAGE} is not asked for; allow it there, or pin another image. [registry-blocked]\n`,
    );
    expect(blocked.requests).toEqual([]);
  });

  test.each([
    ["[[registry", /^dockpin: The registries in .*registries\.conf are not used: it is not TOML in line 1 \(.*\)\.\n$/],
    [
      "[registries.block]\nregistries = ['docker.io']\n",
      /are not used: it is in the old version 1; write \[\[registry\]\] tables/,
    ],
  ])("that is malformed is one warning: %j", async (conf, warning) => {
    const { endpoint } = await registryWith(content);
    const { dockpin } = await userWith(conf);
    const { code, stderr } = await dockpin("tags", "--json", IMAGE, ...endpoint);
    expect(code).toBe(0);
    expect(stderr).toMatch(warning);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
  });
});
