import { describe, expect, test } from "vitest";
import type { Pin } from "../../../server/src/nix/pin.ts";
import { assessPin } from "../../../server/src/pins/assess.ts";
import { PLACEHOLDER, pinWith, SETTINGS, SRI, UNKNOWN_DIGEST } from "./harness.ts";

const complete = { imageName: "org/app", imageDigest: UNKNOWN_DIGEST, hash: SRI };
const without = (name: keyof typeof complete) => {
  const { [name]: _, ...rest } = complete;
  return rest;
};
const unknown = {
  state: "unknown",
  at: { file: "a.nix", start: 0, end: 1 },
  reason: "it is a function's argument",
} as const;

const assess = (attributes: Record<string, string>, overrides: Partial<Pin> = {}) =>
  assessPin(pinWith(attributes, overrides).pin, SETTINGS);

describe("a pin's status without a network", () => {
  const rows: [title: string, Record<string, string>, status: string, code: string | null][] = [
    ["complete", complete, "unchecked", null],
    ["no hash", without("hash"), "incomplete", "missing-hash"],
    ["no digest", without("imageDigest"), "incomplete", "missing-digest"],
    ["empty digest", { ...complete, imageDigest: "" }, "incomplete", "missing-digest"],
    ["empty hash", { ...complete, hash: "" }, "incomplete", "placeholder-hash"],
    ["fake hash", { ...complete, hash: PLACEHOLDER }, "incomplete", "placeholder-hash"],
    ["malformed hash", { ...complete, hash: "sha256-abc" }, "incomplete", "malformed-hash"],
    ["short digest", { ...complete, imageDigest: "sha256:abc" }, "incomplete", "malformed-digest"],
    [
      "digest in upper case",
      { ...complete, imageDigest: UNKNOWN_DIGEST.toUpperCase().replace("SHA", "sha") },
      "incomplete",
      "malformed-digest",
    ],
    ["a placeholder for the digest", { ...complete, imageDigest: "sha256:latest" }, "incomplete", "malformed-digest"],
    [
      "sha512 digest",
      { ...complete, imageDigest: `sha512:${"a".repeat(128)}` },
      "incomplete",
      "unsupported-digest-algorithm",
    ],
    ["no name", without("imageName"), "incomplete", "malformed-reference"],
    ["a tag in the name", { ...complete, imageName: "org/app:1.0" }, "incomplete", "malformed-reference"],
    [
      "a digest in the name",
      { ...complete, imageName: `org/app@${UNKNOWN_DIGEST}` },
      "incomplete",
      "malformed-reference",
    ],
    ["upper case in the name", { ...complete, imageName: "org/App" }, "incomplete", "malformed-reference"],
    ["uname's word for arch", { ...complete, arch: "x86_64" }, "incomplete", "unknown-platform"],
    ["an unheard-of os", { ...complete, os: "beos", arch: "amd64" }, "incomplete", "unknown-platform"],
    ["a final tag that is no tag", { ...complete, finalImageTag: "-x" }, "incomplete", "malformed-tag"],
  ];
  test.each(rows)("%s", (_, attributes, status, code) => {
    const assessment = assess(attributes);
    expect(assessment.status).toBe(status);
    expect(assessment.problem?.code ?? null).toBe(code);
  });

  test.each<[string, string, RegExp]>([
    ["imageName", "org/app:1.0", /move the tag to finalImageTag/],
    ["arch", "x86_64", /write "amd64"/],
    ["imageDigest", "", /"dockpin update" adds it/],
    ["hash", "", /"dockpin update" fills it in/],
  ])("what to do about %s = %j is said", (name, value, advice) => {
    expect(assess({ ...complete, [name]: value }).problem?.message).toMatch(advice);
  });
});

describe("a pin that is not to be updated", () => {
  test("a directive wins over everything that is wrong", () => {
    expect(assess({ imageName: "org/App" }, { ignored: true })).toMatchObject({ status: "ignored", image: null });
  });

  test.each<[title: string, Partial<Pin>]>([
    ["unknown name", { imageName: unknown }],
    ["unknown digest", { imageDigest: unknown }],
    ["unknown final tag and nothing else to follow", { finalImageTag: unknown }],
    ["a syntax error inside", { problems: [{ code: "syntax-error", message: "x" }] }],
    ["an attribute twice", { problems: [{ code: "duplicate-attribute", message: "x" }] }],
    ["hash and sha256", { problems: [{ code: "hash-attribute-conflict", message: "x" }] }],
    ["a manifest file instead of a digest", { callee: "nix2container.pullImageFromManifest" }],
  ])("%s: computed, and no registry can be asked", (_, overrides) => {
    expect(assess(complete, overrides)).toMatchObject({ status: "computed", image: null });
  });

  test.each<[title: string, Partial<Pin>]>([
    ["unknown hash", { hash: unknown }],
    ["unknown arch", { arch: unknown }],
    ["unknown final name", { finalImageName: unknown }],
    [
      "unknown final tag, while a comment names the tag",
      {
        finalImageTag: unknown,
        followedTag: { tag: "1.0", from: "comment" },
      },
    ],
    ["a literal that others read", { problems: [{ code: "value-shared", message: "x" }] }],
  ])("%s: computed, but its digest can be compared", (_, overrides) => {
    const assessment = assess(complete, overrides);
    expect(assessment.status).toBe("computed");
    expect(assessment.image?.digest).toBe(UNKNOWN_DIGEST);
    expect(assessment.obstacle).toEqual(assessment.problem);
  });

  test("what an update overwrites is no obstacle", () => {
    const problems = [{ code: "malformed-hash", message: "x" }] as const;
    expect(assess({ ...complete, hash: "nonsense" }, { problems })).toMatchObject({
      status: "incomplete",
      obstacle: null,
    });
  });
});

describe("what a pin says of its image", () => {
  const amd64 = { os: "linux", architecture: "amd64" };
  const arm64 = { os: "linux", architecture: "arm64" };

  test("defaults are pullImage's", () => {
    expect(assess(complete).image).toMatchObject({
      target: { repository: { registry: "docker.io", path: "org/app" }, tlsVerify: true },
      tag: "latest",
      finalImageName: "org/app",
      finalImageTag: "latest",
      platform: amd64,
      platformStated: false,
    });
  });

  test.each<[title: string, Record<string, string>, Partial<Pin>, object]>([
    ["attribute", { arch: "arm64" }, {}, { platform: arm64, platformStated: true, archStated: true }],
    [
      "directive",
      {},
      { platformDirective: "linux/arm64" },
      { platform: arm64, platformStated: true, archStated: false },
    ],
    [
      "attribute before directive",
      { arch: "arm64" },
      { platformDirective: "linux/s390x" },
      { platform: arm64, platformStated: true },
    ],
    [
      "the system that it is for",
      {},
      { systems: ["aarch64-linux"] },
      { platform: arm64, platformStated: false, archStated: true },
    ],
    [
      "a darwin system runs linux images",
      {},
      { systems: ["aarch64-darwin", "aarch64-linux"] },
      { platform: arm64, platformStated: false, archStated: true },
    ],
    [
      "the first of systems that differ, which leaves the arch to the machine",
      {},
      { systems: ["armv7l-linux", "i686-linux"] },
      { platform: { os: "linux", architecture: "arm" }, platformStated: false, archStated: false },
    ],
    [
      "directive before system",
      {},
      { platformDirective: "linux/s390x", systems: ["aarch64-linux"] },
      { platform: { os: "linux", architecture: "s390x" }, platformStated: true },
    ],
    ["os alone leaves arch to the setting", { os: "linux" }, {}, { platform: amd64, platformStated: false }],
  ])("platform: %s", (_, attributes, overrides, expected) => {
    expect(assess({ ...complete, ...attributes }, overrides).image).toMatchObject(expected);
  });

  test("the setting's platform is for pins that state none", () => {
    const { pin } = pinWith(complete);
    expect(assessPin(pin, { ...SETTINGS, platform: arm64 }).image?.platform).toEqual(arm64);
  });

  test.each<[attribute: Record<string, string>, setting: boolean, expected: boolean]>([
    [{}, true, true],
    [{}, false, false],
    [{ tlsVerify: "true" }, false, false],
    [{ tlsVerify: "false" }, true, false],
  ])("TLS with %j and --tls-verify=%j: %j", (attributes, tlsVerify, expected) => {
    const { pin } = pinWith({ ...complete, ...attributes });
    expect(assessPin(pin, { ...SETTINGS, tlsVerify }).image?.target.tlsVerify).toBe(expected);
  });

  test("a hash is read in the encoding that its attribute allows", () => {
    const { hash: _, ...rest } = complete;
    const base32 = "0mdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73";
    expect(assess({ ...rest, sha256: base32 }).image?.hash).toBe(assess(complete).image?.hash);
    expect(assess({ ...rest, hash: base32 }).problem?.code).toBe("malformed-hash");
  });
});
