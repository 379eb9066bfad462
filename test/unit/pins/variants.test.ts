import { describe, expect, test } from "vitest";
import { CodedError, type Problem } from "../../../server/src/base/errors.ts";
import { sriHash } from "../../../server/src/nix/hash-encoding.ts";
import type { Pin } from "../../../server/src/nix/pin.ts";
import { assessPin } from "../../../server/src/pins/assess.ts";
import { checkPins, type PinCheck } from "../../../server/src/pins/check.ts";
import { rehashPin } from "../../../server/src/pins/rehash.ts";
import { rewriteFiles } from "../../../server/src/pins/rewrite.ts";
import { type PinUpdate, updatePins } from "../../../server/src/pins/update.ts";
import { combineChecks, combineUpdates, combineVerifications } from "../../../server/src/pins/variants.ts";
import { type PinVerification, verifyPins } from "../../../server/src/pins/verify.ts";
import { addImage, addIndex, plainLayer } from "../../support/images/image.ts";
import { repositoryOf } from "../../support/registry/content.ts";
import {
  type AppDigests,
  appRegistry,
  type Bench,
  benchOver,
  hashOf,
  PLACEHOLDER,
  pinIn,
  SETTINGS,
  SRI,
  UNKNOWN_DIGEST,
} from "./harness.ts";

const SYSTEMS = ["x86_64-linux", "aarch64-linux"] as const;

interface Row {
  readonly imageDigest: string;
  readonly hash: string;
}

/** A table by system, where a pin has its digest and hash from. */
function table(x86: Row, arm: Row, more = ""): string {
  const row = ({ imageDigest, hash }: Row) => `{ imageDigest = "${imageDigest}"; hash = "${hash}"; }`;
  return `{ stdenv, dockerTools }:
let
  images = {
    x86_64-linux = ${row(x86)};
    aarch64-linux = ${row(arm)};
  };
in
dockerTools.pullImage {
  imageName = "org/app";
  inherit (images.\${stdenv.hostPlatform.system}) imageDigest hash;
  finalImageTag = "1.0";${more}
}
`;
}

/** One digest, of an index, and a hash by system. */
function sharedDigest(imageDigest: string, x86: string, arm: string): string {
  return `{ stdenv, dockerTools }:
let
  hashes = {
    x86_64-linux = "${x86}";
    aarch64-linux = "${arm}";
  };
in
dockerTools.pullImage {
  imageName = "org/app";
  imageDigest = "${imageDigest}";
  hash = hashes.\${stdenv.hostPlatform.system};
  finalImageTag = "1.0";
}
`;
}

/** What the bench says that the image hashes to, as the pins write it. */
const hash = (digest: string, architecture: string) => sriHash(hashOf(digest, `linux/${architecture}`, "org/app:1.0"));

async function update(bench: Bench, text: string): Promise<{ readonly update: PinUpdate; readonly text: string }> {
  const updates = await updatePins([{ pin: pinIn(text), textOf: () => text }], bench.run, async () => {});
  const { texts, updates: rewritten } = rewriteFiles(() => text, updates);
  const [only] = rewritten;
  if (only === undefined) throw new Error("no update");
  return { update: only, text: [...texts.values()][0] ?? text };
}

describe("a pin whose values differ by system", () => {
  test("has the platform of each system", () => {
    const { status, problem, image, variants } = assessPin(
      pinIn(sharedDigest(UNKNOWN_DIGEST, SRI, PLACEHOLDER)),
      SETTINGS,
    );
    const platforms = [
      { os: "linux", architecture: "amd64" },
      { os: "linux", architecture: "arm64" },
    ];
    expect(variants.map((variant) => variant.image?.platform)).toEqual(platforms);
    expect(variants.map((variant) => variant.image?.archStated)).toEqual([true, true]);
    expect(image).toBe(variants[0]?.image);
    expect({ status, message: problem?.message }).toEqual({
      status: "incomplete",
      message: expect.stringMatching(/^on aarch64-linux: The hash is a placeholder/),
    });
  });

  test.each<[title: string, text: (d: AppDigests) => string, after: (d: AppDigests) => string]>([
    [
      "an index digest and a hash for each system",
      (d) => sharedDigest(d.oldIndex, SRI, SRI.replace("47", "48")),
      (d) => sharedDigest(d.newIndex, hash(d.newIndex, "amd64"), hash(d.newIndex, "arm64")),
    ],
    [
      "a digest and a hash for each system",
      (d) => table({ imageDigest: d.oldAmd64, hash: SRI }, { imageDigest: d.oldArm64, hash: SRI }),
      (d) =>
        table(
          { imageDigest: d.newAmd64, hash: hash(d.newAmd64, "amd64") },
          { imageDigest: d.newArm64, hash: hash(d.newArm64, "arm64") },
        ),
    ],
    [
      "an image that is not of its system's platform stays of its own",
      (d) => table({ imageDigest: d.oldAmd64, hash: SRI }, { imageDigest: d.oldAmd64, hash: PLACEHOLDER }),
      (d) =>
        table(
          { imageDigest: d.newAmd64, hash: hash(d.newAmd64, "amd64") },
          { imageDigest: d.newAmd64, hash: hash(d.newAmd64, "amd64") },
        ),
    ],
    [
      "one that is stale, one that is fresh and keeps what it has",
      (d) => table({ imageDigest: d.newAmd64, hash: SRI }, { imageDigest: d.oldArm64, hash: SRI }),
      (d) =>
        table({ imageDigest: d.newAmd64, hash: SRI }, { imageDigest: d.newArm64, hash: hash(d.newArm64, "arm64") }),
    ],
    [
      "a fresh digest whose second hash is a placeholder",
      (d) => sharedDigest(d.newIndex, SRI, PLACEHOLDER),
      (d) =>
        sharedDigest(d.newIndex, hash(d.newIndex, "amd64"), hash(d.newIndex, "arm64")).replace(
          hash(d.newIndex, "amd64"),
          SRI,
        ),
    ],
  ])("is updated in one edit: %s", async (_, text, after) => {
    const { content, digests } = appRegistry();
    const result = await update(benchOver(content), text(digests));
    expect(result.update).toMatchObject({ outcome: "updated", hostDependent: false });
    expect(result.text).toBe(after(digests));
    const again = await update(benchOver(content), result.text);
    expect(again.update.outcome).toBe("unchanged");
  });

  test("asks and downloads nothing twice", async () => {
    const { content, digests } = appRegistry();
    const bench = benchOver(content);
    await update(bench, sharedDigest(digests.oldIndex, SRI, PLACEHOLDER));
    expect(bench.requests.filter((request) => request.startsWith("resolve"))).toHaveLength(
      new Set(bench.requests.filter((request) => request.startsWith("resolve"))).size,
    );
    expect(bench.prefetched.map(({ platform }) => platform.architecture)).toEqual(["amd64", "arm64"]);
  });

  test("is left alone when the new index lacks one system's platform", async () => {
    const { content, digests } = appRegistry();
    const app = repositoryOf(content, "org/app");
    const amd64 = addImage(app, { format: "oci", layers: [plainLayer("newest")] });
    addIndex(app, { format: "oci", entries: [{ manifest: amd64, platform: "linux/amd64" }] }, "1.0");
    const bench = benchOver(content);
    const text = table({ imageDigest: digests.oldAmd64, hash: SRI }, { imageDigest: digests.oldArm64, hash: SRI });
    const result = await update(bench, text);
    expect(result.update).toMatchObject({ outcome: "failed", change: null, problem: { code: "platform-missing" } });
    expect(result.update.problem?.message).toMatch(/^on aarch64-linux: The image has no linux\/arm64 variant/);
    expect(result.text).toBe(text);
    expect(bench.prefetched).toEqual([]);
  });

  test("is left alone when one download fails, and no more is downloaded", async () => {
    const { content, digests } = appRegistry();
    const { run, prefetched } = benchOver(content);
    const failing = { ...run, prefetch: async () => Promise.reject(new CodedError("blob-truncated", "It broke off.")) };
    const text = sharedDigest(digests.oldIndex, SRI, PLACEHOLDER);
    const result = await update({ run: failing, requests: [], prefetched }, text);
    expect(result.update).toMatchObject({ outcome: "failed", problem: { code: "blob-truncated" } });
    expect(result.update.problem?.message).toBe("on x86_64-linux: It broke off.");
    expect(result.text).toBe(text);
  });

  test("a hash that all share while their images differ is refused", async () => {
    const { content, digests } = appRegistry();
    const text = `{ stdenv, dockerTools }:
dockerTools.pullImage {
  imageName = "org/app";
  imageDigest = if stdenv.isAarch64 then "${digests.oldArm64}" else "${digests.oldAmd64}";
  hash = "${SRI}";
  finalImageTag = "1.0";
}
`;
    const result = await update(benchOver(content), text);
    expect(result.update).toMatchObject({ outcome: "failed", problem: { code: "value-shared" } });
    expect(result.text).toBe(text);
  });

  test("is checked as a whole and by variant", async () => {
    const { content, digests } = appRegistry();
    const text = table({ imageDigest: digests.newAmd64, hash: SRI }, { imageDigest: digests.oldArm64, hash: SRI });
    const [check] = await checkPins([pinIn(text)], benchOver(content).run);
    expect(check).toMatchObject({ status: "stale", newDigest: digests.newArm64 });
    expect(check?.problem?.message).toMatch(/^on aarch64-linux: The tag "1\.0" moved/);
    expect(check?.variants?.map(({ status }) => status)).toEqual(["fresh", "stale"]);
  });

  test("is verified as a whole and by variant", async () => {
    const { content, digests } = appRegistry();
    const text = sharedDigest(digests.oldIndex, hash(digests.oldIndex, "amd64"), SRI);
    const [verification] = await verifyPins([pinIn(text)], benchOver(content).run);
    expect(verification).toMatchObject({ status: "wrongHash", problem: { code: "hash-mismatch" } });
    expect(sriHash(verification!.computedHash!)).toBe(hash(digests.oldIndex, "arm64"));
    expect(verification?.variants?.map(({ status }) => status)).toEqual(["verified", "wrongHash"]);
  });

  test("is rehashed for all systems, each with its digest", async () => {
    const { content, digests } = appRegistry();
    const text = sharedDigest(digests.oldIndex, SRI, PLACEHOLDER);
    const { imageDigest, variants } = await rehashPin(assessPin(pinIn(text), SETTINGS), benchOver(content).run);
    expect(imageDigest).toBe(digests.oldIndex);
    expect(variants?.map((variant) => sriHash(variant.hash))).toEqual([
      hash(digests.oldIndex, "amd64"),
      hash(digests.oldIndex, "arm64"),
    ]);
  });
});

/** Variants for two systems, of pins that nothing else is asked of. */
const pins = SYSTEMS.map((system) => ({ systems: [system] }) as unknown as Pin);
const whole = { systems: SYSTEMS } as unknown as Pin;
const problem: Problem = { code: "digest-stale", message: "Said of it." };
const onArm = { code: problem.code, message: "on aarch64-linux: Said of it." };

describe("what is said of a pin is the worst that is said of a variant", () => {
  test.each<[PinCheck["status"], PinCheck["status"], PinCheck["status"]]>([
    ["fresh", "fresh", "fresh"],
    ["fresh", "stale", "stale"],
    ["unknown", "stale", "stale"],
    ["gone", "stale", "stale"],
    ["unknown", "gone", "gone"],
    ["computed", "incomplete", "incomplete"],
    ["fresh", "incomplete", "incomplete"],
    ["fresh", "unknown", "unknown"],
    ["computed", "unknown", "unknown"],
    ["fresh", "computed", "computed"],
  ])("checked: %s and %s are %s", (one, other, expected) => {
    const check = (status: PinCheck["status"], index: number): PinCheck => ({
      pin: pins[index]!,
      status,
      problem: status === "fresh" ? null : problem,
      newDigest: null,
    });
    expect(combineChecks(whole, [check(one, 0), check(other, 1)])).toMatchObject({ status: expected });
    const { status, problem: said } = combineChecks(whole, [check(other, 0), check(one, 1)]);
    expect(status).toBe(expected);
    if (one !== other) expect(said?.message).toBe("on x86_64-linux: Said of it.");
  });

  test.each<[PinVerification["status"], PinVerification["status"], PinVerification["status"]]>([
    ["verified", "verified", "verified"],
    ["verified", "wrongHash", "wrongHash"],
    ["gone", "wrongHash", "wrongHash"],
    ["unknown", "gone", "gone"],
    ["verified", "unknown", "unknown"],
    ["verified", "incomplete", "incomplete"],
    ["verified", "computed", "computed"],
  ])("verified: %s and %s are %s", (one, other, expected) => {
    const verification = (status: PinVerification["status"], index: number): PinVerification => ({
      ...{ pin: pins[index]!, status, computedHash: null, warnings: ["a warning"] },
      problem: status === "verified" ? null : problem,
    });
    const combined = combineVerifications(whole, [verification(one, 0), verification(other, 1)]);
    expect(combined).toMatchObject({ status: expected, warnings: ["a warning"] });
    expect(combined.problem).toEqual(expected === "verified" ? null : onArm);
  });

  test.each<[PinUpdate["outcome"], PinUpdate["outcome"], PinUpdate["outcome"]]>([
    ["unchanged", "unchanged", "unchanged"],
    ["unchanged", "updated", "updated"],
    ["skipped", "updated", "updated"],
    ["updated", "failed", "failed"],
    ["unchanged", "skipped", "skipped"],
  ])("updated: %s and %s are %s", (one, other, expected) => {
    const digest = hashOf("any");
    const of = (outcome: PinUpdate["outcome"], index: number): PinUpdate => ({
      ...{ pin: pins[index]!, status: "stale", outcome, problem, hostDependent: false, warnings: [] },
      change: { imageDigest: digest, hash: digest },
    });
    const combined = combineUpdates(whole, [of(one, 0), of(other, 1)]);
    expect(combined.outcome).toBe(expected);
    expect(combined.change?.variants?.length ?? 0).toBe(expected === "updated" ? 2 : 0);
    expect(combined.problem).toEqual(one === other ? problem : onArm);
  });
});
