import { describe, expect, test } from "vitest";
import type { RegistryTarget } from "../../../server/src/registry/client.ts";
import { parseRegistriesConf } from "../../../server/src/registry/registries-conf.ts";
import type { RegistriesSettings } from "../../../server/src/registry/registries-settings.ts";
import {
  credentialRepositoryOf,
  noRules,
  type RegistryRules,
  routeOf,
  type Source,
} from "../../../server/src/registry/registry-rules.ts";

function rulesOf(text: string, settings: RegistriesSettings = {}): RegistryRules {
  const conf = parseRegistriesConf(text);
  if ("problem" in conf) throw new Error(conf.problem);
  return { conf, settings };
}

function targetOf(name: string, tlsVerify = true): RegistryTarget {
  const slash = name.indexOf("/");
  return { repository: { registry: name.slice(0, slash), path: name.slice(slash + 1) }, tlsVerify };
}

/** `https://registry-1.docker.io/ library/alpine`, and what is special about it. */
function describeSource({ endpoint, repository }: Source): string {
  const tls = endpoint.tlsVerify ? "" : " unverified";
  return `${endpoint.base.href} ${repository.path}${tls}`;
}

const MIRRORED = `
  [[registry]]
  location = "docker.io"
  [[registry.mirror]]
  location = "mirror.example/hub"
  [[registry.mirror]]
  location = "tags.example"
  pull-from-mirror = "tag-only"
  [[registry.mirror]]
  location = "cache.lan:5000"
  insecure = true
`;
const MOVED = '[[registry]]\nprefix = "old.example/a"\nlocation = "new.example/b/c"\ninsecure = true';
const WILDCARD =
  '[[registry]]\nprefix = "*.corp.example"\ninsecure = true\n[[registry.mirror]]\nlocation = "mirror.example/corp"';

describe("where a repository is reached", () => {
  test.each<[string, RegistryRules, name: string, primary: string, mirrors?: string[]]>([
    ["no rules", noRules, "docker.io/library/alpine", "https://registry-1.docker.io/ library/alpine"],
    [
      "mirrors of the file, but those for tags",
      rulesOf(MIRRORED),
      "docker.io/library/alpine",
      "https://registry-1.docker.io/ library/alpine",
      ["https://mirror.example/ hub/library/alpine", "https://cache.lan:5000/ library/alpine unverified"],
    ],
    ["another registry", rulesOf(MIRRORED), "quay.io/a/b", "https://quay.io/ a/b"],
    ["a location, not verified", rulesOf(MOVED), "old.example/a/b", "https://new.example/ b/c/b unverified"],
    ["a name beside the prefix", rulesOf(MOVED), "old.example/ab", "https://old.example/ ab"],
    [
      "a wildcard",
      rulesOf(WILDCARD),
      "r.corp.example/a/b",
      "https://r.corp.example/ a/b unverified",
      ["https://mirror.example/ corp/a/b"],
    ],
    [
      "mirrors of the settings go before those of the file",
      rulesOf(MIRRORED, {
        "docker.io": { mirrors: ["m.example/x/", "https://proxy.example/prefix", "http://lan:81"] },
      }),
      "docker.io/library/alpine",
      "https://registry-1.docker.io/ library/alpine",
      [
        "https://m.example/ x/library/alpine",
        "https://proxy.example/prefix/ library/alpine",
        "http://lan:81/ library/alpine",
      ],
    ],
    [
      "mirrors that are none are left out",
      rulesOf("", { "docker.io": { mirrors: ["http://", "Not A Host", ""] } }),
      "docker.io/library/alpine",
      "https://registry-1.docker.io/ library/alpine",
    ],
    [
      "an empty list of the settings: no mirrors",
      rulesOf(MIRRORED, { "docker.io": { mirrors: [] } }),
      "docker.io/library/alpine",
      "https://registry-1.docker.io/ library/alpine",
    ],
    [
      "an endpoint stands for the mirrors, too",
      rulesOf(MIRRORED, { "docker.io": { endpoint: "https://proxy.example/hub" } }),
      "docker.io/library/alpine",
      "https://proxy.example/hub/ library/alpine",
    ],
    [
      "an endpoint goes before a location",
      rulesOf(MOVED, { "old.example": { endpoint: "http://127.0.0.1:5000" } }),
      "old.example/a/b",
      "http://127.0.0.1:5000/ a/b unverified",
    ],
    [
      "a setting takes away verification, of a mirror its own",
      rulesOf(MIRRORED, { "docker.io": { tlsVerify: false }, "mirror.example": { tlsVerify: false } }),
      "docker.io/library/alpine",
      "https://registry-1.docker.io/ library/alpine unverified",
      ["https://mirror.example/ hub/library/alpine unverified", "https://cache.lan:5000/ library/alpine unverified"],
    ],
    [
      "a setting cannot give it back",
      rulesOf(MOVED, { "old.example": { tlsVerify: true } }),
      "old.example/a/b",
      "https://new.example/ b/c/b unverified",
    ],
    [
      "a mirror that is blocked is left out",
      rulesOf(`${MIRRORED}\n[[registry]]\nlocation = "mirror.example"\nblocked = true`),
      "docker.io/library/alpine",
      "https://registry-1.docker.io/ library/alpine",
      ["https://cache.lan:5000/ library/alpine unverified"],
    ],
  ])("%s", (_name, rules, name, primary, mirrors = []) => {
    const route = routeOf(rules, targetOf(name));
    expect(describeSource(route.primary)).toBe(primary);
    expect(route.mirrors.map(describeSource)).toEqual(mirrors);
  });

  test("a target that wants no verification gets none, its mirrors do", () => {
    const { primary, mirrors } = routeOf(rulesOf(MIRRORED), targetOf("docker.io/library/alpine", false));
    expect([primary, ...mirrors].map(({ endpoint }) => endpoint.tlsVerify)).toEqual([false, true, false]);
  });

  test.each<[string, RegistryRules, name: string, host: string]>([
    ["of a registry", noRules, "quay.io/a/b", "quay.io/a/b"],
    ["of Docker Hub", noRules, "docker.io/library/alpine", "docker.io/library/alpine"],
    [
      "of an endpoint",
      rulesOf("", { "docker.io": { endpoint: "https://proxy.example/hub" } }),
      "docker.io/a/b",
      "proxy.example/a/b",
    ],
    ["of a location", rulesOf(MOVED), "old.example/a/b", "new.example/b/c/b"],
  ])("credentials %s are those of the place that is asked", (_name, rules, name, repository) => {
    const { registry, path } = credentialRepositoryOf(rules, targetOf(name));
    expect(`${registry}/${path}`).toBe(repository);
  });

  test("credentials of a mirror are the mirror's own", () => {
    const { mirrors } = routeOf(rulesOf(MIRRORED), targetOf("docker.io/library/alpine"));
    expect(mirrors.map(({ endpoint }) => endpoint.credentialHost)).toEqual(["mirror.example", "cache.lan:5000"]);
  });

  test("trusted realms are those of the registry, and of a mirror its own", () => {
    const settings = {
      "docker.io": { trustedAuthRealms: ["auth.a"] },
      "mirror.example": { trustedAuthRealms: ["auth.b"] },
    };
    const { primary, mirrors } = routeOf(rulesOf(MIRRORED, settings), targetOf("docker.io/library/alpine"));
    expect([primary, ...mirrors].map(({ endpoint }) => endpoint.trustedAuthRealms)).toEqual([
      ["auth.a"],
      ["auth.b"],
      [],
    ]);
  });
});

describe("what is not asked for", () => {
  test.each<[string, text: string, name: string, code: string, message: RegExp]>([
    [
      "a blocked registry",
      '[[registry]]\nlocation = "docker.io"\nblocked = true',
      "docker.io/library/alpine",
      "registry-blocked",
      /^registries\.conf blocks "docker\.io", so docker\.io\/library\/alpine is not asked for; allow it there, or pin another image\.$/,
    ],
    [
      "a blocked namespace",
      '[[registry]]\nlocation = "r.example/a"\nblocked = true',
      "r.example/a/b",
      "registry-blocked",
      /blocks "r\.example\/a"/,
    ],
    [
      "a location that is blocked",
      '[[registry]]\nprefix = "r.example"\nlocation = "s.example"\n[[registry]]\nlocation = "s.example"\nblocked = true',
      "r.example/a",
      "registry-blocked",
      /blocks "s\.example\/a", so r\.example\/a is not asked for/,
    ],
    [
      "a location that is none",
      '[[registry]]\nprefix = "r.example"\nlocation = "S.example/UP"',
      "r.example/a",
      "malformed-reference",
      /^registries\.conf has r\.example\/a at a location that is none; correct it there\. "S\.example\/UP\/a" is not/,
    ],
  ])("%s", (_name, text, name, code, message) => {
    expect(() => routeOf(rulesOf(text), targetOf(name))).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    );
  });

  test("an endpoint that is no URL", () => {
    const rules = rulesOf("", { "r.example": { endpoint: "proxy" } });
    expect(() => routeOf(rules, targetOf("r.example/a"))).toThrow(
      expect.objectContaining({
        code: "malformed-reference",
        message: '"proxy", which is to answer for r.example, is not a URL; correct it in the settings.',
      }),
    );
  });

  test("but an image beside a blocked namespace, and one that a longer prefix allows", () => {
    const rules = rulesOf(
      '[[registry]]\nlocation = "r.example"\nblocked = true\n[[registry]]\nlocation = "r.example/ok"',
    );
    expect(describeSource(routeOf(rules, targetOf("r.example/ok/a")).primary)).toBe("https://r.example/ ok/a");
  });
});
