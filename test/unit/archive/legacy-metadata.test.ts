import { expect, test } from "vitest";
import { legacyLayers } from "../../../server/src/archive/legacy-metadata.ts";
import { digestOf } from "../../../server/src/oci/digest.ts";

const ABC = digestOf(Buffer.from("abc"));

function textOf(json: Uint8Array): string {
  return Buffer.from(json).toString("latin1");
}

test("a single layer is first and last: no parent, all seven attributes", () => {
  const [layer, ...others] = legacyLayers([ABC], new Map());
  expect(others).toEqual([]);
  expect(layer!.id).toBe("10ded2b004190ca59b4b09a02b6d73fe39f2bb65d93eaec827d03b287ce68a86");
  expect(textOf(layer!.json)).toBe(
    `{"architecture":null,"config":null,"container":null,"container_config":null,"created":null,"docker_version":null,"id":"${layer!.id}","os":null}`,
  );
});

test("only the last of several layers has attributes; the others are chained by their parents", () => {
  const attributes = new Map([["os", Buffer.from('"b"')]] as const);
  const [first, second, third] = legacyLayers([ABC, digestOf(Buffer.from("d".repeat(512))), ABC], attributes);
  expect(first!.id).toBe("f13c10e526fe26030a97e53f252a98a13d80052ce420005420c12180ef924550");
  expect(textOf(first!.json)).toBe(`{"id":"${first!.id}"}`);
  expect(textOf(second!.json)).toBe(`{"id":"${second!.id}","parent":"${first!.id}"}`);
  expect(textOf(third!.json)).toMatch(
    /^\{"architecture":null,.*,"docker_version":null,"id":"[0-9a-f]{64}","os":"b","parent":"[0-9a-f]{64}"\}$/,
  );
  expect(textOf(third!.json)).toContain(`"parent":"${second!.id}"`);
});

test("equal layers have folders of their own", () => {
  const ids = legacyLayers([ABC, ABC, ABC], new Map()).map(({ id }) => id);
  expect(new Set(ids).size).toBe(3);
});

test("an image without layers has none", () => {
  expect(legacyLayers([], new Map())).toEqual([]);
});
