import { describe, expect, test } from "vitest";
import { readImageConfig } from "../../../server/src/archive/image-config.ts";
import { orThrow } from "../../../server/src/base/errors.ts";

/** Bytes as characters, so that what is not UTF-8 can be written too. */
function read(latin1: string) {
  return orThrow(readImageConfig(Buffer.from(latin1, "latin1")));
}

function attributesOf(latin1: string): Record<string, string> {
  const entries = [...read(latin1).legacyAttributes].map(([name, json]) => [
    name,
    Buffer.from(json).toString("latin1"),
  ]);
  return Object.fromEntries(entries);
}

describe("attributes are copied as Go re-emits them", () => {
  test.each([
    [
      "all seven, and no others",
      '{"history":[],"os":"linux","created":"c","container":"d","variant":"v","architecture":"a","docker_version":"1","config":{},"container_config":[],"author":"x","os.version":"y","rootfs":{}}',
      {
        architecture: '"a"',
        config: "{}",
        container: '"d"',
        container_config: "[]",
        created: '"c"',
        docker_version: '"1"',
        os: '"linux"',
      },
    ],
    ["null stays null, absent stays absent", '{"os":null}', { os: "null" }],
    ["white space outside strings goes", '\t{ "os" :\r\n[ 1 ,\t{ "a b" : " c " } ] }\n', { os: '[1,{"a b":" c "}]' }],
    ["numbers keep their spelling", '{"config":[1.0e5,-0,1E+2,1.50]}', { config: "[1.0e5,-0,1E+2,1.50]" }],
    [
      "inner keys keep their order and repetitions",
      '{"config":{"b":1,"a":2,"b":3}}',
      { config: '{"b":1,"a":2,"b":3}' },
    ],
    ["escapes stay", '{"os":"\\/\\u003c\\u00e9\\n\\"\\\\"}', { os: '"\\/\\u003c\\u00e9\\n\\"\\\\"' }],
    [
      "HTML characters are escaped, in keys too",
      '{"config":{"<&>":"<&>"}}',
      { config: '{"\\u003c\\u0026\\u003e":"\\u003c\\u0026\\u003e"}' },
    ],
    ["line separators are escaped", '{"os":"\xe2\x80\xa8\xe2\x80\xa9"}', { os: '"\\u2028\\u2029"' }],
    [
      "their neighbours and beginnings are not",
      '{"os":"\xe2\x80\xa7\xe2\x80\xaa\xe2\x80\xe2"}',
      { os: '"\xe2\x80\xa7\xe2\x80\xaa\xe2\x80\xe2"' },
    ],
    ["a quote after a backslash does not end the string", '{"os":"\\\\\\" < "}', { os: '"\\\\\\" \\u003c "' }],
    ["other bytes stay, UTF-8 or not", '{"os":"\x7f\xc3\xa9\xff"}', { os: '"\x7f\xc3\xa9\xff"' }],
    ["the last of equal keys counts", '{"os":"a","config":{"a":1},"os":"b"}', { config: '{"a":1}', os: '"b"' }],
    ["a last null counts too", '{"os":"a","os":null}', { os: "null" }],
    ["keys are compared un-escaped", '{"arch\\u0069tecture":"x"}', { architecture: '"x"' }],
    ["and by case", '{"OS":"x","Config":{}}', {}],
    ["null is an empty object", "null", {}],
  ])("%s", (_, config, attributes) => {
    expect(attributesOf(config)).toEqual(attributes);
  });
});

test("the bytes are kept as they are", () => {
  expect(Buffer.from(read('{ "os" : "\xff" }\n').bytes).toString("latin1")).toBe('{ "os" : "\xff" }\n');
});

test.each([
  ["", "is not JSON"],
  ["{", "is not JSON"],
  ["{}x", "is not JSON"],
  ["\xef\xbb\xbf{}", "is not JSON"],
  ['{"os":"\x01"}', "is not JSON"],
  ["[]", "is not a JSON object"],
  ["1", "is not a JSON object"],
  ['"x"', "is not a JSON object"],
  ["true", "is not a JSON object"],
])("%j is refused: %s", (config, why) => {
  const result = readImageConfig(Buffer.from(config, "latin1"));
  expect(result).toMatchObject({ ok: false, problem: { code: "config-malformed" } });
  expect(!result.ok && result.problem.message).toContain(why);
});

test.each([
  ['{"os":"linux","architecture":"arm64"}', { os: "linux", architecture: "arm64" }],
  ["{}", { os: null, architecture: null }],
  ['{"os":1,"architecture":null}', { os: null, architecture: null }],
  ['{"rootfs":{"diff_ids":["a","b"]}}', { diffIds: ["a", "b"] }],
  ['{"rootfs":{"diff_ids":[]}}', { diffIds: [] }],
  ['{"rootfs":{"diff_ids":["a",1]}}', { diffIds: null }],
  ['{"rootfs":{"diff_ids":"a"}}', { diffIds: null }],
  ['{"rootfs":[]}', { diffIds: null }],
  ["null", { diffIds: null }],
])("what is read of %s", (config, values) => {
  expect(read(config)).toMatchObject(values);
});
