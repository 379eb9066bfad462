import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseChallenges } from "../../../server/src/registry/challenge.ts";

function read(...lines: string[]) {
  return parseChallenges(lines).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)]);
}

describe("challenges are read as RFC 7235 has them, and as registries send them", () => {
  test.each<[string, string[], ReturnType<typeof read>]>([
    [
      "Docker Hub",
      ['Bearer realm="https://auth.docker.io/token",service="registry.docker.io"'],
      [["bearer", { realm: "https://auth.docker.io/token", service: "registry.docker.io" }]],
    ],
    ["Basic", ['Basic realm="Registry Realm"'], [["basic", { realm: "Registry Realm" }]]],
    [
      "two challenges in one line (Gitea)",
      ['Bearer realm="https://c.org/v2/token",service="container_registry",scope="*",Basic realm="https://c.org/v2"'],
      [
        ["bearer", { realm: "https://c.org/v2/token", service: "container_registry", scope: "*" }],
        ["basic", { realm: "https://c.org/v2" }],
      ],
    ],
    [
      "one challenge per line",
      ["Negotiate", 'Basic realm="a"', 'Bearer realm="b"'],
      [
        ["negotiate", {}],
        ["basic", { realm: "a" }],
        ["bearer", { realm: "b" }],
      ],
    ],
    [
      "schemes without parameters in one line",
      ['Negotiate, Basic, Bearer realm="b"'],
      [
        ["negotiate", {}],
        ["basic", {}],
        ["bearer", { realm: "b" }],
      ],
    ],
    [
      "a comma and an equals sign within quotes",
      ['Bearer scope="repository:a:pull,push",service="a=b"'],
      [["bearer", { scope: "repository:a:pull,push", service: "a=b" }]],
    ],
    ["escapes within quotes", ['Basic realm="a \\"b\\" \\\\c"'], [["basic", { realm: 'a "b" \\c' }]]],
    [
      "white space around commas and equals signs",
      ['bearer  realm = "r" ,\t service="s" , '],
      [["bearer", { realm: "r", service: "s" }]],
    ],
    ["names of any case", ['BEARER Realm="r",SERVICE="s"'], [["bearer", { realm: "r", service: "s" }]]],
    [
      "an unquoted URL",
      ["Bearer realm=https://a.example/token?x=1,service=s"],
      [["bearer", { realm: "https://a.example/token?x=1", service: "s" }]],
    ],
    [
      "token68 between challenges",
      ['Negotiate YWJj==, Basic realm="r"'],
      [
        ["negotiate", {}],
        ["basic", { realm: "r" }],
      ],
    ],
    ["empty list elements", [', ,Basic realm="r",,'], [["basic", { realm: "r" }]]],
    ["the first of equal names", ['Basic realm="a",realm="b"'], [["basic", { realm: "a" }]]],
    ["an empty value", ['Bearer realm="",service='], [["bearer", { realm: "", service: "" }]]],
    ["a quote that never ends", ['Bearer realm="https://a'], [["bearer", { realm: "https://a" }]]],
    ["a parameter before any scheme", ['="x", Basic realm="r"'], [["basic", { realm: "r" }]]],
    ["nothing", [""], []],
    ["what is no challenge", ["<<>>", "\u0000"], []],
  ])("%s", (_name, lines, challenges) => {
    expect(read(...lines)).toEqual(challenges);
  });

  test("at most 16 challenges, of at most 8 KiB per line", () => {
    expect(read(...Array.from({ length: 20 }, () => "Basic"))).toHaveLength(16);
    expect(read(`${" ".repeat(9000)}Basic`)).toEqual([]);
  });
});

describe("any challenge", () => {
  const token = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_-]{0,10}$/);
  const challenge = fc.record({
    scheme: token,
    parameters: fc.uniqueArray(fc.tuple(token, fc.string()), {
      selector: ([name]) => name.toLowerCase(),
      maxLength: 5,
    }),
  });

  test("is read back after it was printed", () => {
    fc.assert(
      fc.property(fc.array(challenge, { maxLength: 5 }), (challenges) => {
        const line = challenges
          .map(({ scheme, parameters }) => {
            const quoted = parameters.map(([name, value]) => `${name}="${value.replace(/["\\]/g, "\\$&")}"`);
            return `${scheme} ${quoted.join(", ")}`;
          })
          .join(", ");
        const expected = challenges.map(({ scheme, parameters }) => [
          scheme.toLowerCase(),
          Object.fromEntries(parameters.map(([name, value]) => [name.toLowerCase(), value])),
        ]);
        expect(read(line)).toEqual(expected);
      }),
    );
  });

  test("never throws on other input", () => {
    const noise = fc.string({ unit: fc.constantFrom(...' \t,="\\aB:/é\u0000;'), maxLength: 200 });
    fc.assert(
      fc.property(fc.array(noise), (lines) => {
        expect(read(...lines).length).toBeLessThanOrEqual(16);
      }),
      { numRuns: 1000 },
    );
  });

  test.each(['"', "\\", 'a="', "a ", "a=", ",", 'Basic a="\\', "a a=b,"])(
    "of a megabyte of %j is read at once",
    (unit) => {
      expect(read(`Basic ${unit.repeat(1_000_000 / unit.length)}`).length).toBeLessThanOrEqual(16);
    },
  );
});
