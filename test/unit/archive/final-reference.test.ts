import { describe, expect, test } from "vitest";
import { parseFinalReference } from "../../../server/src/archive/final-reference.ts";

const HEX = "0123456789abcdef".repeat(4);

describe("what skopeo writes for a final name and tag", () => {
  test.each([
    ["nix", "latest", "docker.io/library/nix:latest"],
    ["nixos/nix", "2.19.3", "docker.io/nixos/nix:2.19.3"],
    ["docker.io/nixos/nix", "2.19.3", "docker.io/nixos/nix:2.19.3"],
    ["docker.io/busybox", "1", "docker.io/library/busybox:1"],
    ["index.docker.io/busybox", "1", "docker.io/library/busybox:1"],
    ["registry-1.docker.io/busybox", "1", "registry-1.docker.io/busybox:1"],
    ["quay.io/x/y", "1", "quay.io/x/y:1"],
    ["Quay.IO/x/y", "1", "Quay.IO/x/y:1"],
    ["localhost/x", "1", "localhost/x:1"],
    ["localhost:5000/a/b", "T_1.x", "localhost:5000/a/b:T_1.x"],
    ["127.0.0.1:5101/s2", "1", "127.0.0.1:5101/s2:1"],
    ["a__b/c--d/e.f/g_h", "1", "docker.io/a__b/c--d/e.f/g_h:1"],
    [HEX, "1", `docker.io/library/${HEX}:1`],
    [`x/${HEX}`, "1", `docker.io/x/${HEX}:1`],
    ["a", "t".repeat(128), `docker.io/library/a:${"t".repeat(128)}`],
    ["n".repeat(255 - "docker.io/library/".length), "1", `docker.io/library/${"n".repeat(237)}:1`],
  ])("%s and %s", (name, tag, printed) => {
    const parsed = parseFinalReference(name, tag);
    expect(parsed).toMatchObject({ ok: true });
    expect(parsed.ok && `${parsed.value.name}:${parsed.value.tag}`).toBe(printed);
  });
});

describe("what it refuses", () => {
  test.each([
    ["", "1"],
    ["Nixos/nix", "1"],
    ["QUAY/x", "1"],
    ["quay.io/X/y", "1"],
    ["a:b", "c"],
    ["localhost:5000", "1"],
    [`a@sha256:${HEX}`, "1"],
    ["a@0", "1"],
    ["[::1]:5000/x", "1"],
    ["a___b", "1"],
    ["a..b", "1"],
    ["-a", "1"],
    ["a/", "1"],
    ["/a", "1"],
    ["a//b", "1"],
    [" a", "1"],
    ["a ", "1"],
    ["docker://a", "1"],
    ["n".repeat(256 - "docker.io/library/".length), "1"],
    ["a", ""],
    ["a", ".bad"],
    ["a", "-bad"],
    ["a", "1+2"],
    ["a", "1 "],
    ["a", "b:c"],
    ["a", "1@0"],
    ["a", "t".repeat(129)],
  ])("%j and %j", (name, tag) => {
    expect(parseFinalReference(name, tag)).toMatchObject({ ok: false, problem: { code: "final-reference-malformed" } });
  });
});

test("the problem names the attribute", () => {
  const nameProblem = parseFinalReference("A", "1");
  const tagProblem = parseFinalReference("a", ".");
  expect(!nameProblem.ok && nameProblem.problem.message).toMatch(/^finalImageName /);
  expect(!tagProblem.ok && tagProblem.problem.message).toMatch(/^finalImageTag /);
});
