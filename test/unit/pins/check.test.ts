import { describe, expect, test } from "vitest";
import type { Pin } from "../../../server/src/nix/pin.ts";
import { checkPins, isUnjudged } from "../../../server/src/pins/check.ts";
import { type AppDigests, appRegistry, benchOver, pinWith, SRI, UNKNOWN_DIGEST } from "./harness.ts";

interface Row {
  readonly title: string;
  readonly pinned: keyof AppDigests | "unknown";
  readonly tag: string;
  readonly attributes?: Record<string, string>;
  readonly status: string;
  readonly becomes?: keyof AppDigests;
}

const app = (digests: AppDigests, pinned: Row["pinned"], tag: string, more: Record<string, string> = {}) => {
  const imageDigest = pinned === "unknown" ? UNKNOWN_DIGEST : digests[pinned];
  return pinWith({ imageName: "org/app", imageDigest, hash: SRI, finalImageTag: tag, ...more }).pin;
};

describe("a pinned digest against its tag", () => {
  const rows: Row[] = [
    { title: "the tag's index", pinned: "newIndex", tag: "1.0", status: "fresh" },
    { title: "the tag's image for the platform", pinned: "newAmd64", tag: "1.0", status: "fresh" },
    { title: "the tag's image for another platform, none stated", pinned: "newArm64", tag: "1.0", status: "fresh" },
    {
      title: "the tag's image for the stated platform",
      pinned: "newArm64",
      tag: "1.0",
      attributes: { arch: "arm64" },
      status: "fresh",
    },
    {
      title: "the tag's image for another platform than stated",
      pinned: "newArm64",
      tag: "1.0",
      attributes: { arch: "amd64" },
      status: "stale",
      becomes: "newAmd64",
    },
    { title: "an older index", pinned: "oldIndex", tag: "1.0", status: "stale", becomes: "newIndex" },
    {
      title: "an older image: the platform's image, not the index",
      pinned: "oldAmd64",
      tag: "1.0",
      status: "stale",
      becomes: "newAmd64",
    },
    {
      title: "an older image keeps its platform where none is stated",
      pinned: "oldArm64",
      tag: "1.0",
      status: "stale",
      becomes: "newArm64",
    },
    {
      title: "an older image, the tag being no index",
      pinned: "oldSingle",
      tag: "single",
      status: "stale",
      becomes: "newSingle",
    },
    {
      title: "an older index, the tag being no index any more",
      pinned: "oldIndex",
      tag: "single",
      status: "stale",
      becomes: "newSingle",
    },
    { title: "a digest that is gone", pinned: "unknown", tag: "1.0", status: "gone", becomes: "newIndex" },
    { title: "a digest that is gone, and so is the tag", pinned: "unknown", tag: "2.0", status: "gone" },
    { title: "a tag that is not there", pinned: "oldIndex", tag: "local-name", status: "unknown" },
  ];
  test.each(rows)("$title: $status", async ({ pinned, tag, attributes, status, becomes }) => {
    const { content, digests } = appRegistry();
    const [check] = await checkPins([app(digests, pinned, tag, attributes)], benchOver(content).run);
    expect(check).toMatchObject({ status, newDigest: becomes === undefined ? null : digests[becomes] });
    expect(check?.problem === null).toBe(status === "fresh");
  });

  test("a tag without an image for the platform: unknown, with the platforms there are", async () => {
    const { content, digests } = appRegistry();
    const pin = app(digests, "oldAmd64", "1.0", { arch: "s390x" });
    const [check] = await checkPins([pin], benchOver(content).run);
    expect(check).toMatchObject({ status: "unknown", problem: { code: "platform-missing" } });
  });
});

describe("many pins", () => {
  test("one question for each tag, and none for what is incomplete or ignored", async () => {
    const { content, digests } = appRegistry();
    const bench = benchOver(content);
    const pins = [
      app(digests, "newIndex", "1.0"),
      app(digests, "newIndex", "1.0"),
      pinWith({ imageName: "org/app", finalImageTag: "3.0" }).pin,
      { ...app(digests, "oldIndex", "4.0"), ignored: true },
    ];
    const checks = await checkPins(pins, bench.run);
    expect(checks.map(({ status }) => status)).toEqual(["fresh", "fresh", "incomplete", "ignored"]);
    expect(bench.requests).toEqual(["resolve 1.0"]);
  });

  test("a failure is the pin's own, and the others go on", async () => {
    const { content, digests } = appRegistry();
    const elsewhere = pinWith({ imageName: "org/none", imageDigest: digests.newIndex, hash: SRI }).pin;
    const checks = await checkPins([elsewhere, app(digests, "newIndex", "1.0")], benchOver(content).run);
    expect(checks.map(({ status, problem }) => [status, problem?.code])).toEqual([
      ["unknown", "registry-not-found"],
      ["fresh", undefined],
    ]);
  });

  test("an abort ends the run", async () => {
    const { content, digests } = appRegistry();
    const run = benchOver(content, { signal: AbortSignal.abort() }).run;
    await expect(checkPins([app(digests, "newIndex", "1.0")], run)).rejects.toThrow("aborted");
  });

  test("what is not a coded error is not taken for one", async () => {
    const { content, digests } = appRegistry();
    const { run } = benchOver(content);
    const lookups = { ...run.lookups, tagHead: () => Promise.reject(new RangeError("a defect")) };
    await expect(checkPins([app(digests, "newIndex", "1.0")], { ...run, lookups })).rejects.toThrow("a defect");
  });

  test("each pin is started and finished once", async () => {
    const { content, digests } = appRegistry();
    const events: string[] = [];
    const pins = [app(digests, "newIndex", "1.0"), app(digests, "oldIndex", "1.0")];
    await checkPins(pins, benchOver(content, { concurrency: 1, onEvent: ({ kind }) => events.push(kind) }).run);
    expect(events).toEqual(["started", "finished", "started", "finished"]);
  });
});

describe("what counts as not judged", () => {
  const missing = { code: "tag-not-found", message: "x" } as const;
  const rows: [
    title: string,
    Partial<Pin>,
    Parameters<typeof isUnjudged>[0]["status"],
    typeof missing | null,
    boolean,
  ][] = [
    [
      "a final tag may be a local name",
      { followedTag: { tag: "x", from: "finalImageTag" } },
      "unknown",
      missing,
      false,
    ],
    ["the default tag is a guess", { followedTag: { tag: "latest", from: "default" } }, "unknown", missing, false],
    ["a directive's tag should be there", { followedTag: { tag: "x", from: "directive" } }, "unknown", missing, true],
    ["any other failure", {}, "unknown", null, true],
    ["computed", {}, "computed", null, true],
    ["stale", {}, "stale", null, false],
    ["ignored", {}, "ignored", null, false],
  ];
  test.each(rows)("%s", (_, overrides, status, problem, expected) => {
    const { pin } = pinWith({ imageName: "org/app" }, overrides);
    expect(isUnjudged({ pin, status, problem, newDigest: null })).toBe(expected);
  });
});
