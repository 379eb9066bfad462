import { expect, test } from "vitest";
import {
  DOCKER_LIST,
  DOCKER_MANIFEST,
  manifestTypeOf,
  mediaTypeOf,
  OCI_INDEX,
  OCI_MANIFEST,
} from "../../../server/src/oci/media-type.ts";

test.each([
  ["a/b", "a/b"],
  [" A/B ", "a/b"],
  ["a/b; charset=utf-8", "a/b"],
  ["a/b;charset=utf-8", "a/b"],
  ['a/b ; x="y\\"; z" ; w=v', "a/b"],
  ["a/b;", "a/b"],
  ["a/b; x=y; ", "a/b"],
  ["a/b; x", null],
  ["a/b; x=", null],
  ["a/b; =y", null],
  ['a/b; x="y', null],
  ["a/b; x=y; X=z", null],
  ["a/b; x=y;;", null],
  ["a/b; x=y,z", null],
  ["; x=y", null],
  ["", null],
  [null, null],
])("the type of the header %j is %j", (header, type) => {
  expect(mediaTypeOf(header)).toBe(type);
});

test("the four manifest types, and no other", () => {
  expect([OCI_MANIFEST, OCI_INDEX, DOCKER_MANIFEST, DOCKER_LIST, "application/json", ""].map(manifestTypeOf)).toEqual([
    { kind: "image", format: "oci" },
    { kind: "index", format: "oci" },
    { kind: "image", format: "docker" },
    { kind: "index", format: "docker" },
    null,
    null,
  ]);
});
