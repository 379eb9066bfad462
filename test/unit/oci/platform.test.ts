import { describe, expect, test } from "vitest";
import { type Digest, digestOf } from "../../../server/src/oci/digest.ts";
import type { ImageIndex, IndexEntry } from "../../../server/src/oci/manifest.ts";
import { OCI_MANIFEST } from "../../../server/src/oci/media-type.ts";
import { chooseIndexEntry, parsePlatform, platformOf, printPlatform } from "../../../server/src/oci/platform.ts";

const ZSTD = { "io.github.containers.compression.zstd": "true" };

/** An entry for `os/architecture[/variant]`, or for no platform at all; a final ` zstd` annotates it so. */
function entryOf(text: string, position: number): IndexEntry {
  const [platformText = "", zstd] = text.split(" ");
  const [os = "", architecture = "", variant = null] = platformText.split("/");
  return {
    mediaType: OCI_MANIFEST,
    digest: digestAt(position),
    size: 1,
    urls: [],
    annotations: zstd === undefined ? {} : ZSTD,
    platform: platformText === "none" ? null : { os, architecture, variant },
  };
}

function digestAt(position: number): Digest {
  return digestOf(Buffer.from(`entry ${position}`));
}

function indexOf(format: "oci" | "docker", entries: readonly string[]): ImageIndex {
  return { kind: "index", format, entries: entries.map((text, position) => entryOf(text, position)) };
}

/** The position of the entry chosen, or the code of the problem. */
function choice(format: "oci" | "docker", wanted: string, entries: readonly string[]): number | string {
  const [os = "", architecture = ""] = wanted.split("/");
  const result = chooseIndexEntry(indexOf(format, entries), { os, architecture });
  if (!result.ok) return result.problem.code;
  return entries.findIndex((_text, position) => digestAt(position) === result.value.entry.digest);
}

describe("skopeo's choice", () => {
  test.each<[wanted: string, entries: string[], oci: number | string, docker: number | string]>([
    ["linux/amd64", ["linux/arm64", "linux/amd64"], 1, 1],
    ["linux/amd64", ["linux/amd64", "linux/amd64"], 0, 0],
    ["linux/amd64", ["windows/amd64", "linux/amd64"], 1, 1],
    ["windows/amd64", ["windows/amd64", "linux/amd64"], 0, 0],
    ["linux/amd64", ["linux/arm64"], "platform-missing", "platform-missing"],
    ["linux/amd64", [], "platform-missing", "platform-missing"],
    ["linux/amd64", ["linux/amd64/v3"], "platform-missing", "platform-missing"],
    ["linux/amd64", ["linux/amd64/v3", "linux/amd64"], 1, 1],
    ["linux/arm64", ["linux/arm64/v8"], 0, 0],
    ["linux/arm64", ["linux/arm64/v8", "linux/arm64"], 1, 1],
    ["linux/arm64", ["linux/arm64/v9"], "platform-missing", "platform-missing"],
    ["linux/arm", ["linux/arm/v6", "linux/arm/v7"], 1, 1],
    ["linux/arm", ["linux/arm/v5", "linux/arm/v6"], 1, 1],
    ["linux/arm", ["linux/arm/v5", "linux/arm/v7", "linux/arm/v8"], 2, 2],
    ["linux/arm", ["linux/arm/v7", "linux/arm"], 1, 1],
    ["linux/arm", ["linux/arm/v4"], "platform-missing", "platform-missing"],
    ["linux/386", ["linux/386/v8"], "platform-missing", "platform-missing"],
    ["linux/amd64", ["none", "linux/amd64"], 1, 1],
    ["linux/amd64", ["linux/arm64", "none", "none"], 1, "platform-missing"],
    ["linux/arm", ["none", "linux/arm/v5"], 1, 1],
    ["linux/amd64", ["unknown/unknown", "linux/amd64"], 1, 1],
    ["linux/amd64", ["unknown/unknown"], "platform-missing", "platform-missing"],
    ["linux/constructor", ["linux/amd64"], "platform-missing", "platform-missing"],
    ["linux/amd64", ["linux/amd64", "linux/amd64 zstd"], 1, 0],
    ["linux/amd64", ["linux/amd64 zstd", "linux/amd64"], 0, 0],
    ["linux/amd64", ["linux/amd64", "linux/amd64 zstd", "linux/amd64 zstd"], 1, 0],
    ["linux/arm", ["linux/arm/v7", "linux/arm/v6 zstd"], 0, 0],
    ["linux/arm64", ["linux/arm64", "linux/arm64/v8 zstd"], 0, 0],
    ["linux/amd64", ["none", "none zstd"], 1, "platform-missing"],
  ])("%s of %j", (wanted, entries, oci, docker) => {
    expect(choice("oci", wanted, entries)).toBe(oci);
    expect(choice("docker", wanted, entries)).toBe(docker);
  });

  test("warns where skopeo releases choose differently", () => {
    const warningsOf = (entries: string[]) => {
      const result = chooseIndexEntry(indexOf("oci", entries), { os: "linux", architecture: "amd64" });
      return result.ok ? result.value.warnings : null;
    };
    expect(warningsOf(["linux/amd64", "linux/amd64 zstd"])).toEqual([expect.stringContaining("skopeo before 1.12")]);
    expect(warningsOf(["linux/amd64 zstd", "linux/amd64"])).toEqual([]);
    expect(warningsOf(["linux/amd64"])).toEqual([]);
  });

  test("says which platforms there are, attestations left out", () => {
    const index = indexOf("docker", ["linux/amd64", "linux/arm/v7", "linux/amd64", "unknown/unknown"]);
    const result = chooseIndexEntry(index, { os: "linux", architecture: "s390x" });
    expect(result.ok ? "" : result.problem.message).toContain(
      "has no linux/s390x variant: its index has linux/amd64, linux/arm/v7;",
    );
  });
});

describe("the platform that a user writes", () => {
  test.each(["linux/amd64", "linux/arm64", "linux/arm", "linux/386", "linux/riscv64", "windows/amd64", "darwin/arm64"])(
    "%s is one",
    (text) => {
      const result = parsePlatform(text);
      expect(result.ok && printPlatform(result.value)).toBe(text);
    },
  );

  test.each([
    ["linux/x86_64", 'write "amd64"'],
    ["linux/x86-64", 'write "amd64"'],
    ["linux/AMD64", 'write "amd64"'],
    ["linux/x86_64-linux", 'write "amd64"'],
    ["linux/aarch64", 'write "arm64"'],
    ["linux/aarch64-darwin", 'write "arm64"'],
    ["linux/armv7l", 'write "arm"'],
    ["linux/i686", 'write "386"'],
    ["linux/powerpc64le", 'write "ppc64le"'],
    ["linux/loongarch64", 'write "loong64"'],
    ["linux/itanium", 'write a word such as "amd64"'],
    ["linux/unknown", 'write a word such as "amd64"'],
    ["linux/", 'write a word such as "amd64"'],
    ["Linux/amd64", 'write "linux"'],
    ["macos/arm64", 'write "darwin"'],
    ["/amd64", 'write a word such as "linux"'],
    ["linux/arm/v7", 'write "linux/arm"'],
    ["arm64", 'such as "linux/arm64"'],
    ["aarch64-linux", 'such as "linux/arm64"'],
    ["", 'such as "linux/amd64"'],
    ["linux/a\u001b[31m\nb", '"a [31m b"'],
  ])("%s is none, and the sentence says what to write", (text, advice) => {
    const result = parsePlatform(text);
    expect(result.ok ? "ok" : result.problem.code).toBe("unknown-platform");
    expect(result.ok ? "" : result.problem.message).toContain(advice);
  });

  test("os and arch of a pin name one too", () => {
    expect(platformOf("linux", "arm64")).toEqual({ ok: true, value: { os: "linux", architecture: "arm64" } });
    const refused = platformOf("linux", "x86_64");
    expect(refused.ok ? "" : refused.problem.message).toBe(
      'arch "x86_64" is not a registry\'s word for a processor (GOARCH); write "amd64".',
    );
  });
});
