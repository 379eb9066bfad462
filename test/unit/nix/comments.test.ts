import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseDirective, tagFromComment } from "../../../server/src/nix/comments.ts";

describe("a directive", () => {
  test.each([
    ["# dockpin: ignore", { kind: "ignore" }],
    ["#dockpin:ignore", { kind: "ignore" }],
    ["# dockpin: ignore until 3.21 is out", { kind: "ignore" }],
    ["/* dockpin: ignore */", { kind: "ignore" }],
    ["/*\n * The base of all images.\n * dockpin: ignore\n */", { kind: "ignore" }],
    ["# dockpin: tag=3.20", { kind: "tag", tag: "3.20" }],
    ["# dockpin: tag = 3.20", { kind: "tag", tag: "3.20" }],
    ["# Dockpin: tag=3.20 -- the loaded name is fixed", { kind: "tag", tag: "3.20" }],
    ["/* dockpin: tag=17-jre */", { kind: "tag", tag: "17-jre" }],
    ["# dockpin: platform=linux/arm64", { kind: "platform", platform: "linux/arm64" }],
    ["/* dockpin: platform=linux/arm64 */", { kind: "platform", platform: "linux/arm64" }],
  ])("%j is read", (comment, directive) => {
    expect(parseDirective(comment)).toEqual(directive);
  });

  test.each([
    ["# dockpin: tga=1", "dockpin: tga=1"],
    ["# dockpin:", "dockpin:"],
    ["# dockpin: ignored", "dockpin: ignored"],
    ["# dockpin: ignore-all", "dockpin: ignore-all"],
    ["# dockpin: tag=", "dockpin: tag="],
    ["# dockpin: tag=-x", "dockpin: tag=-x"],
    ["# dockpin: tag=3.20 platform=linux/arm64", "dockpin: tag=3.20 platform=linux/arm64"],
    ["# dockpin: platform=arm64", "dockpin: platform=arm64"],
    ["# dockpin: platform=linux/arm/v7", "dockpin: platform=linux/arm/v7"],
    ["# dockpin ignore", "dockpin ignore"],
    ["/* dockpin: tag=1\n dockpin: ignore */", "dockpin: tag=1; dockpin: ignore"],
  ])("%j is invalid, and said to be", (comment, text) => {
    expect(parseDirective(comment)).toEqual({ kind: "invalid", text });
  });

  test.each([
    "# 3.20",
    "# see dockpin: ignore in the manual",
    "# dockpin finds this one",
    "#",
    "/**/",
    "# dockpinned: 3",
  ])("%j has none", (comment) => {
    expect(parseDirective(comment)).toBeNull();
  });
});

const DIGEST = `sha256:${"a".repeat(64)}`;

describe("an update command names the tag", () => {
  const APP = "org/app";
  test.each([
    ["# nix-prefetch-docker --image-name org/app --image-tag 1.2", { tag: "1.2" }],
    [
      "# nix-prefetch-docker --image-name org/app --image-tag 1.2 --arch arm64 --os linux --quiet",
      { tag: "1.2", os: "linux", arch: "arm64" },
    ],
    ["# nix-prefetch-docker --quiet --image-tag=1.2 --image-name='org/app' --json", { tag: "1.2" }],
    ["# nix-prefetch-docker org/app 1.2", { tag: "1.2" }],
    ["# nix-prefetch-docker --arch arm64 docker.io/org/app 1.2", { tag: "1.2", arch: "arm64" }],
    ["# nix-prefetch-docker org/app", { tag: "latest" }],
    ["# nix-prefetch-docker --image-name org/app --final-image-tag mine", { tag: "latest" }],
    ["# to update: nix run nixpkgs#nix-prefetch-docker -- --image-name org/app --image-tag 1.2", { tag: "1.2" }],
    ["# $ nix run nixpkgs#nix-prefetch-docker -- org/app 1.2", { tag: "1.2" }],
    ["# nix shell nixpkgs#nix-prefetch-docker -c nix-prefetch-docker org/app 1.2", { tag: "1.2" }],
    [
      "# nix-shell -p nix-prefetch-docker --run 'nix-prefetch-docker --image-name org/app --image-tag 1.2'",
      { tag: "1.2" },
    ],
    ['# nix-shell -p nix-prefetch-docker skopeo --run "nix-prefetch-docker org/app 1.2"', { tag: "1.2" }],
    ["# nix-prefetch-docker \\\n#   --image-name org/app \\\n#   --image-tag 1.2", { tag: "1.2" }],
    ["/*\n  nix-prefetch-docker --image-name org/app \\\n    --image-tag 1.2\n*/", { tag: "1.2" }],
    ["# skopeo inspect docker://org/app:1.2", { tag: "1.2" }],
    ["# skopeo inspect docker://docker.io/org/app:1.2 | jq -r .Digest", { tag: "1.2" }],
    [
      "# skopeo --override-os linux --override-arch=arm64 inspect docker://org/app:1.2",
      { tag: "1.2", os: "linux", arch: "arm64" },
    ],
    ["# nix run nixpkgs#skopeo -- inspect docker://org/app", { tag: "latest" }],
    ["# skopeo copy docker://org/app:1.2 docker-archive:app.tar", { tag: "1.2" }],
    ["# docker manifest inspect org/app:1.2", { tag: "1.2" }],
    ["# docker pull org/app:1.2 && docker images --digests", { tag: "1.2" }],
    ["# podman pull --platform linux/arm64 org/app:1.2", { tag: "1.2", os: "linux", arch: "arm64" }],
    ["# docker buildx imagetools inspect org/app:1.2 --raw", { tag: "1.2" }],
    ["# crane digest org/app:1.2", { tag: "1.2" }],
    ["# D=$(crane digest org/app:1.2)", { tag: "1.2" }],
    [`# docker pull org/app:1.2@${DIGEST}`, { tag: "1.2" }],
    ["# 3.0\n# docker pull org/app:1.2", { tag: "1.2" }],
  ])("%j", (comment, expected) => {
    expect(tagFromComment(comment, APP)).toEqual({ ...expected, from: "update-command" });
  });

  test.each([
    ["another image", "# nix-prefetch-docker --image-name org/other --image-tag 1.2"],
    ["another image", "# skopeo inspect docker://quay.io/org/app:1.2"],
    ["another image", "# docker pull app:1.2"],
    ["a digest", `# nix-prefetch-docker org/app ${DIGEST}`],
    ["a digest", `# nix-prefetch-docker --image-name org/app --image-digest ${DIGEST}`],
    ["a digest", `# docker pull org/app@${DIGEST}`],
    ["a variable", "# nix-prefetch-docker --image-name org/app --image-tag $TAG"],
    ["a variable", "# docker pull org/app:${" + "version}"],
    ["no name", "# nix-prefetch-docker --image-tag 1.2"],
    ["prose", "# use nix-prefetch-docker to get the hash"],
    ["prose", "# what skopeo would inspect"],
    ["another verb", "# docker rmi org/app:1.2"],
  ])("not with %s: %j", (_why, comment) => {
    expect(tagFromComment(comment, APP)).toBeNull();
  });

  test("not when the pin's name is not known", () => {
    expect(tagFromComment("# docker pull org/app:1.2", null)).toBeNull();
  });
});

describe("a comment that is just a reference or tag", () => {
  test.each([
    ["# 17.0.6-jre", "17.0.6-jre"],
    ["# v1.91.0", "v1.91.0"],
    ["#v1.91.0", "v1.91.0"],
    ["/* v1.91.0 */", "v1.91.0"],
    ["# v1.91.0 (2024-05-01)", "v1.91.0"],
    ["# 16", "16"],
    ["# latest", "latest"],
    ["# edge", "edge"],
    ["# alpine3.20", "alpine3.20"],
    ["# bookworm-20240101-slim", "bookworm-20240101-slim"],
    ["# RELEASE.2024-05-01T01-11-10Z", "RELEASE.2024-05-01T01-11-10Z"],
    ["# sha-1a2b3c4", "sha-1a2b3c4"],
    ["# tag 12.4.1-base", "12.4.1-base"],
    ["# tag: 12.4.1-base", "12.4.1-base"],
    ["# Version: 2.0", "2.0"],
    ["# org/app:1.2", "1.2"],
    ["# docker.io/org/app:bookworm", "bookworm"],
    [`# org/app:1.2@${DIGEST}`, "1.2"],
    ["# org/app 1.2", "1.2"],
    ["# renovate: org/app 1.2", "1.2"],
    ["# The proxy.\n# org/app:1.2", "1.2"],
    ["/* The proxy. */\n# org/app:1.2", "1.2"],
    ["/** v1.91.0 */", "v1.91.0"],
  ])("%j", (comment, tag) => {
    expect(tagFromComment(comment, "docker.io/org/app")).toEqual({ tag, from: "comment" });
  });

  test.each([
    '# finalImageTag = "16.6";',
    '# imageName = "org/app:1.2";',
    '# "16.6"',
    "# update this",
    "# update",
    "# linux/amd64",
    "# amd64",
    "# x86_64",
    "# x86_64-linux",
    "# aarch64",
    "# arm64v8",
    "# 386",
    "# k8s",
    "# python3",
    "# CVE-2024-1234",
    "# sha256",
    "# 2024-05-01",
    "# 150MB",
    "# tag list",
    "# 1.2.",
    "# was 1.1",
    "# 1.2 and 1.3",
    "# org/other:1.2",
    "# org/other 1.2",
    "# renovate: org/other 1.2",
    "# renovate: datasource=docker depName=org/app",
    "# org/app",
    "# org/app image",
    "# https://hub.docker.com/r/org/app",
    "# dockpin: tag=3",
    `# ${DIGEST}`,
    `# ${"0".repeat(64)}`,
    `# ${"0".repeat(52)}`,
    "#",
    "/**/",
  ])("%j is not one", (comment) => {
    expect(tagFromComment(comment, "org/app")).toBeNull();
  });

  test("a bare tag counts even if the pin's name is not known, a named one does not", () => {
    expect(tagFromComment("# 1.2", null)).toEqual({ tag: "1.2", from: "comment" });
    expect(tagFromComment("# org/app:1.2", null)).toBeNull();
  });
});

test("no comment makes the reading throw, and what it gives is a tag", () => {
  const word = fc.oneof(
    fc.constantFrom(
      "nix-prefetch-docker",
      "--image-name",
      "--image-tag=",
      "skopeo",
      "docker://",
      "dockpin:",
      "'",
      '"',
      "\\\n",
      "a:1",
    ),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.array(word), (words) => {
      const comment = `# ${words.join(" ")}`;
      parseDirective(comment);
      const found = tagFromComment(comment, "a");
      expect(found === null || /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/.test(found.tag)).toBe(true);
    }),
  );
});

test.each([
  ["stars", `/*${"*".repeat(1_000_000)}`],
  ["spaces", `# a${" ".repeat(1_000_000)}b`],
  ["brackets", `# ${" (".repeat(500_000)}`],
  ["quotes", `# ${"'\"".repeat(500_000)}`],
  ["commands", `# ${"skopeo ".repeat(200_000)}`],
])("a comment of a megabyte of %s has no tag, and does not hold up the reading", (_what, comment) => {
  expect(parseDirective(comment)).toBeNull();
  expect(tagFromComment(comment, "org/app")).toBeNull();
});
