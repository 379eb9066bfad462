import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  findRegistry,
  mergeRegistriesConf,
  parseRegistriesConf,
  type RegistriesConf,
} from "../../../server/src/registry/registries-conf.ts";

function confOf(text: string): RegistriesConf {
  const conf = parseRegistriesConf(text);
  if ("problem" in conf) throw new Error(conf.problem);
  return conf;
}

describe("registries.conf, version 2", () => {
  test("the example of containers-registries.conf(5)", () => {
    const conf = confOf(`
      unqualified-search-registries = ["example.com"]
      short-name-mode = "enforcing"

      [[registry]]
      prefix = "example.com/foo"
      insecure = false
      blocked = false
      location = "internal-registry-for-example.com/bar/"

      [[registry.mirror]]
      location = "example-mirror-0.local/mirror-for-foo"

      [[registry.mirror]]
      location = "example-mirror-1.local/mirrors/foo"
      insecure = true
      pull-from-mirror = "tag-only"

      [[registry]]
      location = "registry.com"

      [[registry.mirror]]
      location = "mirror.registry.com"
      pull-from-mirror = "digest-only"

      [aliases]
      "alpine" = "quay.io/evil/alpine"
    `);
    expect(conf).toEqual({
      credentialHelpers: null,
      registries: [
        {
          prefix: "example.com/foo",
          location: "internal-registry-for-example.com/bar",
          insecure: false,
          blocked: false,
          mirrors: [
            { location: "example-mirror-0.local/mirror-for-foo", insecure: false, servesDigests: true },
            { location: "example-mirror-1.local/mirrors/foo", insecure: true, servesDigests: false },
          ],
        },
        {
          prefix: "registry.com",
          location: "registry.com",
          insecure: false,
          blocked: false,
          mirrors: [{ location: "mirror.registry.com", insecure: false, servesDigests: true }],
        },
      ],
    });
  });

  test.each<[text: string, conf: object]>([
    ["", { registries: [], credentialHelpers: null }],
    ["# nothing\r\n", { registries: [], credentialHelpers: null }],
    [
      'credential-helpers = ["containers-auth.json", "secretservice"]',
      { credentialHelpers: ["containers-auth.json", "secretservice"] },
    ],
    ['[[registry]]\nprefix = "*.example.com"', { registries: [{ prefix: "*.example.com", location: null }] }],
    [
      '[[registry]]\nlocation = "a.example"\nmirror-by-digest-only = true\n[[registry.mirror]]\nlocation = "m.example"',
      { registries: [{ mirrors: [{ servesDigests: true }] }] },
    ],
    [
      'registry = [{ location = "a.example", blocked = true }]',
      { registries: [{ prefix: "a.example", blocked: true }] },
    ],
    ["toString = 1\n[constructor]\nx = 1\n[hasOwnProperty.prototype]\ny = 2", { registries: [] }],
  ])("%j", (text, conf) => {
    expect(confOf(text)).toMatchObject(conf);
  });

  test.each<[text: string, problem: RegExp]>([
    ["[[registry", /^it is not TOML in line 1 \(.+\)$/],
    ["x = 1\nx = 2", /^it is not TOML in line 2/],
    [
      "[registries.search]\nregistries = ['registry1.com']",
      /^it is in the old version 1; write \[\[registry\]\] tables instead/,
    ],
    ["[registries.block]\nregistries = []", /^it is in the old version 1/],
    ["[[registry]]\nblocked = true", /^a \[\[registry\]\] has neither prefix nor location$/],
    ['[[registry]]\nprefix = "a.example/b"', /^the \[\[registry\]\] with the prefix "a\.example\/b" has no location$/],
    ['[[registry]]\nlocation = "https://a.example"', /^the location "https:\/\/a\.example" has a URL scheme$/],
    [
      '[[registry]]\nprefix = "a.*.example"\nlocation = "b.example"',
      /^the prefix "a\.\*\.example" has its \* elsewhere/,
    ],
    ['[[registry]]\nprefix = "*.example/a"', /has its \* elsewhere than in \*\.host$/],
    ['[[registry]]\nprefix = "*.example:5000"', /has its \* elsewhere/],
    ["[[registry]]\nlocation = 7", /^location is not a string$/],
    ['[[registry]]\nlocation = "a.example"\nblocked = "yes"', /^blocked is neither true nor false$/],
    ['registry = "a.example"', /^registry is not a list of tables: \[\[registry\]\]$/],
    ['[registry]\nlocation = "a.example"', /^registry is not a list of tables/],
    ['[[registry]]\nlocation = "a.example"\nmirror = ["m.example"]', /^registry\.mirror is not a list of tables/],
    [
      '[[registry]]\nlocation = "a.example"\n[[registry.mirror]]\ninsecure = true',
      /^a \[\[registry\.mirror\]\] has no location$/,
    ],
    [
      '[[registry]]\nlocation = "a.example"\n[[registry.mirror]]\nlocation = "m.example"\npull-from-mirror = "some"',
      /^pull-from-mirror is "some", not/,
    ],
    [
      '[[registry]]\nlocation = "a.example"\nmirror-by-digest-only = true\n[[registry.mirror]]\nlocation = "m.example"\npull-from-mirror = "all"',
      /exclude each other$/,
    ],
    ["credential-helpers = 1", /^credential-helpers is not a list of strings$/],
    ["[__proto__]\npolluted = true", /^it has a key "__proto__"$/],
    ['"__proto_\\u005f".polluted = true', /^it has a key "__proto__"$/],
    ["x = { __proto__ = { polluted = true } }", /^it has a key "__proto__"$/],
    [`x = ${"[".repeat(100_000)}`, /^it is (?:nested too deeply|not TOML)/],
    ["#".repeat(256 * 1024 + 1), /^it is over 256 KiB$/],
  ])("problem %#", (text, problem) => {
    const conf = parseRegistriesConf(text);
    expect(conf).toEqual({ problem: expect.stringMatching(problem) });
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  test.each([1000, 3000, 5000, 8000, 20_000])("%i levels of nesting are read or are a problem", (depth) => {
    for (const [open, close] of [
      ["[", "]"],
      ["{a=", "}"],
    ] as const) {
      const conf = parseRegistriesConf(`x = ${open.repeat(depth)}${open === "[" ? "" : "1"}${close.repeat(depth)}`);
      expect("problem" in conf ? conf.problem : conf.registries).toEqual(
        "problem" in conf ? "it is nested too deeply" : [],
      );
    }
  });

  test("of any text is tables or a problem", () => {
    const lines = fc.constantFrom(
      ...[
        "[[registry]]",
        "[[registry.mirror]]",
        "[registry]",
        'location = "a.example"',
        'prefix = "*.b"',
        "blocked = true",
      ],
      ...[
        "[registries]",
        "x = [1, {a = 2}]",
        "mirror = []",
        "= ",
        '"',
        "'''",
        "[",
        "a.b.c = 1979-05-27",
        "__proto__ = 1",
        "\u0000",
      ],
    );
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(lines).map((parts) => parts.join("\n")),
    );
    fc.assert(
      fc.property(text, (content) => {
        const conf = parseRegistriesConf(content);
        expect("problem" in conf ? typeof conf.problem : Array.isArray(conf.registries)).toBeTruthy();
      }),
    );
  });
});

describe("the table for a name", () => {
  const PREFIXES = [
    "docker.io",
    "docker.io/library",
    "docker.io/library/alpine",
    "*.example.com",
    "*.eu.example.com",
    "r.example.com",
    "r.example.com/a",
  ];
  const registries = confOf(
    PREFIXES.map((prefix) => `[[registry]]\nprefix = "${prefix}"\nlocation = "elsewhere.example"\n`).join(""),
  ).registries;

  test.each<[name: string, prefix: string | null, rest?: string]>([
    ["docker.io/library/alpine", "docker.io/library/alpine", ""],
    ["docker.io/library/alpine3", "docker.io/library", "/alpine3"],
    ["docker.io/library/debian", "docker.io/library", "/debian"],
    ["docker.io/grafana/grafana", "docker.io", "/grafana/grafana"],
    ["docker.iox/a", null],
    ["quay.io/docker.io/a", null],
    ["r.example.com/a/b", "r.example.com/a", "/b"],
    ["r.example.com/ab", "r.example.com", "/ab"],
    ["s.example.com/a", "*.example.com", "/a"],
    ["a.b.example.com/a", "*.example.com", "/a"],
    ["s.eu.example.com/a", "*.eu.example.com", "/a"],
    ["example.com/a", null],
    ["s.example.comx/a", null],
    ["evil.org/s.example.com/a", null],
    // As containers/image has it.
    ["r.example.com:5000/a", "r.example.com", ":5000/a"],
    ["s.example.com:5000/a", "*.example.com", ":5000/a"],
  ])("%s: %s", (name, prefix, rest) => {
    const found = findRegistry(registries, name);
    expect(found?.registry.prefix ?? null).toBe(prefix);
    if (found !== null) expect(name.slice(found.matched)).toBe(rest);
  });
});

test("later files replace tables of the same prefix and add others", () => {
  const first = confOf(
    'credential-helpers = ["a"]\n[[registry]]\nlocation = "a.example"\n[[registry]]\nlocation = "b.example"\ninsecure = true',
  );
  const second = confOf('[[registry]]\nlocation = "b.example"\nblocked = true\n[[registry]]\nlocation = "c.example"');
  const merged = mergeRegistriesConf(first, second);
  expect(merged.registries.map(({ prefix, insecure, blocked }) => [prefix, insecure, blocked])).toEqual([
    ["a.example", false, false],
    ["b.example", false, true],
    ["c.example", false, false],
  ]);
  expect(merged.credentialHelpers).toEqual(["a"]);
  expect(mergeRegistriesConf(first, confOf("credential-helpers = []")).credentialHelpers).toEqual([]);
});
