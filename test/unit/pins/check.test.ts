import { describe, expect, test } from "vitest";
import type { Pin } from "../../../server/src/nix/pin.ts";
import { checkPins, isUnjudged } from "../../../server/src/pins/check.ts";
import type { PinEvent } from "../../../server/src/pins/run.ts";
import type { ManifestHead } from "../../../server/src/registry/client.ts";
import { until } from "../../support/registry/client-harness.ts";
import {
  type AppDigests,
  appRegistry,
  benchOver,
  PLACEHOLDER,
  pinIn,
  pinWith,
  SRI,
  UNKNOWN_DIGEST,
} from "./harness.ts";

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
    const onEvent = ({ kind, pin }: PinEvent) => events.push(`${kind} ${pins.indexOf(pin)}`);
    await checkPins(pins, benchOver(content, { onEvent }).run);
    expect(events.toSorted()).toEqual(["finished 0", "finished 1", "started 0", "started 1"]);
  });

  test("all are asked about at once, however few may be downloaded, and each is told when its answer is here", async () => {
    const { content, digests } = appRegistry();
    const { run } = benchOver(content, { concurrency: 1 });
    const tags = Array.from({ length: 100 }, (_, index) => `${index}.0`);
    const answers = new Map<string, (head: ManifestHead) => void>();
    const tagHead = (_: unknown, tag: string) => new Promise<ManifestHead>((resolve) => answers.set(tag, resolve));
    const settled: string[] = [];
    const checking = checkPins(
      tags.map((tag) => app(digests, "newIndex", tag)),
      { ...run, lookups: { ...run.lookups, tagHead } },
      async ({ pin, status }) => void settled.push(`${pin.followedTag.tag} ${status}`),
    );
    await until(() => answers.size === 100);
    const fresh = { digest: digests.newIndex, contentType: null, size: 1 };
    for (const [index, tag] of ["7.0", "3.0", "99.0"].entries()) {
      answers.get(tag)?.(fresh);
      await until(() => settled.length === index + 1);
    }
    expect(settled).toEqual(["7.0 fresh", "3.0 fresh", "99.0 fresh"]);
    for (const answer of answers.values()) answer(fresh);
    expect((await checking).map(({ pin }) => pin.followedTag.tag)).toEqual(tags);
  });

  test("what the caller does with a result is waited for", async () => {
    const { content, digests } = appRegistry();
    const failing = () => Promise.reject(new Error("nobody reads"));
    const checking = checkPins([app(digests, "newIndex", "1.0")], benchOver(content).run, failing);
    await expect(checking).rejects.toThrow("nobody reads");
  });

  test("pins and variants that follow the same tag at the same time ask once", async () => {
    const { content, digests } = appRegistry();
    const bench = benchOver(content);
    const table = `{ system, dockerTools }: dockerTools.pullImage {
      imageName = "org/app"; finalImageTag = "1.0";
      imageDigest = { x86_64-linux = "${digests.oldAmd64}"; aarch64-linux = "${digests.oldArm64}"; }.\${system};
      hash = { x86_64-linux = "${SRI}"; aarch64-linux = "${PLACEHOLDER}"; }.\${system};
    }`;
    const pins = [pinIn(table), app(digests, "newAmd64", "1.0"), app(digests, "newIndex", "1.0")];
    await checkPins(pins, bench.run);
    expect(pins[0]?.variants).toHaveLength(2);
    expect(bench.requests.filter((request) => request.startsWith("resolve 1.0"))).toHaveLength(1);
    expect(new Set(bench.requests).size).toBe(bench.requests.length);
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
