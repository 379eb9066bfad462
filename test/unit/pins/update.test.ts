import { describe, expect, test } from "vitest";
import type { Pin } from "../../../server/src/nix/pin.ts";
import { type PinInText, type PinUpdate, updatePins } from "../../../server/src/pins/update.ts";
import { until } from "../../support/registry/client-harness.ts";
import {
  type AppDigests,
  appRegistry,
  type Bench,
  benchOver,
  hashOf,
  PLACEHOLDER,
  pinWith,
  SRI,
  UNKNOWN_DIGEST,
} from "./harness.ts";

async function update(bench: Bench, ...items: readonly PinInText[]): Promise<PinUpdate[]> {
  return updatePins(items, bench.run, async () => {});
}

const app = (attributes: Record<string, string>, overrides: Partial<Pin> = {}) =>
  pinWith({ imageName: "org/app", ...attributes }, overrides);

describe("what an update writes", () => {
  interface Row {
    readonly title: string;
    readonly imageDigest?: keyof AppDigests | "gone";
    readonly hash?: string;
    readonly more?: Record<string, string>;
    readonly becomes: keyof AppDigests;
    readonly status: string;
    readonly platform?: string;
    readonly hostDependent?: boolean;
  }
  const rows: Row[] = [
    {
      title: "an index stays an index",
      imageDigest: "oldIndex",
      hash: SRI,
      status: "stale",
      becomes: "newIndex",
      hostDependent: true,
    },
    { title: "an image stays an image", imageDigest: "oldAmd64", hash: SRI, status: "stale", becomes: "newAmd64" },
    {
      title: "an image keeps its platform",
      imageDigest: "oldArm64",
      hash: SRI,
      status: "stale",
      becomes: "newArm64",
      platform: "linux/arm64",
    },
    {
      title: "the hash of an index is that of the stated platform",
      imageDigest: "oldIndex",
      hash: SRI,
      more: { arch: "arm64" },
      status: "stale",
      becomes: "newIndex",
      platform: "linux/arm64",
    },
    {
      title: "a digest that is gone",
      imageDigest: "gone",
      hash: SRI,
      status: "gone",
      becomes: "newIndex",
      hostDependent: true,
    },
    {
      title: "no digest: the tag's own, as nix-prefetch-docker prints it",
      status: "incomplete",
      becomes: "newIndex",
      hostDependent: true,
    },
    {
      title: "a fresh digest without a hash keeps the digest",
      imageDigest: "newAmd64",
      status: "incomplete",
      becomes: "newAmd64",
    },
    {
      title: "a fresh digest with a placeholder",
      imageDigest: "newIndex",
      hash: PLACEHOLDER,
      status: "incomplete",
      becomes: "newIndex",
      hostDependent: true,
    },
    {
      title: "a stale digest with a placeholder",
      imageDigest: "oldAmd64",
      hash: PLACEHOLDER,
      status: "incomplete",
      becomes: "newAmd64",
    },
  ];
  test.each(rows)("$title", async ({ imageDigest, hash, more, becomes, status, platform, hostDependent = false }) => {
    const { content, digests } = appRegistry();
    const item = app({
      ...(imageDigest && { imageDigest: imageDigest === "gone" ? UNKNOWN_DIGEST : digests[imageDigest] }),
      ...(hash && { hash }),
      finalImageTag: "1.0",
      ...more,
    });
    const [result] = await update(benchOver(content), item);
    expect(result).toMatchObject({ outcome: "updated", status, hostDependent });
    expect(result?.change).toEqual({
      imageDigest: digests[becomes],
      hash: hashOf(digests[becomes], platform, "org/app:1.0"),
    });
  });

  test("the final name and tag that the pin states go into the hash", async () => {
    const { content, digests } = appRegistry();
    const item = app(
      { imageDigest: digests.oldIndex, hash: SRI, finalImageName: "mine", finalImageTag: "locked" },
      { followedTag: { tag: "1.0", from: "directive" } },
    );
    const [result] = await update(benchOver(content), item);
    expect(result?.change?.hash).toBe(hashOf(digests.newIndex, "linux/amd64", "mine:locked"));
  });

  test("a tag that is not there: the hash of the pinned digest is filled in all the same", async () => {
    const { content, digests } = appRegistry();
    const [result] = await update(benchOver(content), app({ imageDigest: digests.oldIndex, finalImageTag: "local" }));
    expect(result).toMatchObject({ outcome: "updated", change: { imageDigest: digests.oldIndex } });
  });
});

describe("what an update leaves", () => {
  test("a fresh pin is not downloaded", async () => {
    const { content, digests } = appRegistry();
    const bench = benchOver(content);
    const [result] = await update(bench, app({ imageDigest: digests.newIndex, hash: SRI, finalImageTag: "1.0" }));
    expect(result).toMatchObject({ outcome: "unchanged", status: "fresh", problem: null });
    expect(bench.prefetched).toEqual([]);
  });

  interface Row {
    readonly title: string;
    readonly attributes: (digests: AppDigests) => Record<string, string>;
    readonly overrides?: Partial<Pin>;
    readonly outcome: string;
    readonly code: string;
  }
  const stale = (digests: AppDigests) => ({ imageDigest: digests.oldIndex, hash: SRI, finalImageTag: "1.0" });
  const rows: Row[] = [
    { title: "ignored", attributes: stale, overrides: { ignored: true }, outcome: "skipped", code: "pin-ignored" },
    {
      title: "a local final tag",
      attributes: (digests) => ({ ...stale(digests), finalImageTag: "local" }),
      outcome: "skipped",
      code: "tag-not-found",
    },
    {
      title: "a directive's tag that is not there",
      attributes: stale,
      overrides: { followedTag: { tag: "nope", from: "directive" } },
      outcome: "failed",
      code: "tag-not-found",
    },
    {
      title: "no digest, and no such tag",
      attributes: () => ({ finalImageTag: "nope" }),
      outcome: "failed",
      code: "tag-not-found",
    },
    {
      title: "neither digest nor tag is there",
      attributes: () => ({ imageDigest: UNKNOWN_DIGEST, hash: SRI, finalImageTag: "nope" }),
      outcome: "failed",
      code: "digest-gone",
    },
    {
      title: "an unknown hash",
      attributes: stale,
      overrides: { hash: { state: "unknown", at: { file: "a.nix", start: 0, end: 1 }, reason: "x" } },
      outcome: "failed",
      code: "pin-computed",
    },
    {
      title: "a tag in the name",
      attributes: (digests) => ({ ...stale(digests), imageName: "org/app:1.0" }),
      outcome: "failed",
      code: "malformed-reference",
    },
    {
      title: "uname's word for arch",
      attributes: (digests) => ({ ...stale(digests), arch: "x86_64" }),
      outcome: "failed",
      code: "unknown-platform",
    },
    {
      title: "an error inside the pin",
      attributes: stale,
      overrides: { problems: [{ code: "syntax-error", message: "x" }] },
      outcome: "failed",
      code: "syntax-error",
    },
  ];
  test.each(rows)("$title: $outcome, and nothing is downloaded", async ({ attributes, overrides, outcome, code }) => {
    const { content, digests } = appRegistry();
    const bench = benchOver(content);
    const [result] = await update(bench, app(attributes(digests), overrides));
    expect(result).toMatchObject({ outcome, change: null, problem: { code } });
    expect(bench.prefetched).toEqual([]);
  });

  test("a digest that is no literal of its own is found before the download", async () => {
    const { content, digests } = appRegistry();
    const bench = benchOver(content);
    const { pin, textOf } = app({ imageDigest: digests.oldIndex, hash: SRI, finalImageTag: "1.0" });
    const imageDigest = { ...pin.imageDigest, editable: null, blocked: "it is put together" } as Pin["imageDigest"];
    const [result] = await update(bench, { textOf, pin: { ...pin, imageDigest } });
    expect(result).toMatchObject({ outcome: "failed", status: "computed", problem: { code: "pin-computed" } });
    expect(bench.prefetched).toEqual([]);
  });
});

describe("many pins", () => {
  test("equal images are downloaded once", async () => {
    const { content, digests } = appRegistry();
    const bench = benchOver(content);
    const stale = { imageDigest: digests.oldIndex, hash: SRI, finalImageTag: "1.0" };
    await update(bench, app(stale), app(stale), app({ ...stale, arch: "arm64" }));
    expect(bench.prefetched.map(({ platform }) => platform.architecture)).toEqual(["amd64", "arm64"]);
  });

  test("each is settled with its own result", async () => {
    const { content, digests } = appRegistry();
    const items = [
      app({ imageDigest: digests.newIndex, hash: SRI, finalImageTag: "1.0" }),
      app({ imageDigest: digests.oldIndex, hash: SRI, finalImageTag: "1.0" }),
    ];
    const settled = new Map<Pin, string>();
    await updatePins(items, benchOver(content).run, async ({ pin }, { outcome }) => void settled.set(pin, outcome));
    expect(items.map(({ pin }) => settled.get(pin))).toEqual(["unchanged", "updated"]);
  });

  test("all are looked up at once, and so many downloaded at once as the run says", async () => {
    const { content, digests } = appRegistry();
    const open: (() => void)[] = [];
    let unfinished = 6;
    const { run, requests } = benchOver(content, {
      concurrency: 2,
      onEvent: ({ kind }) => {
        if (kind === "finished") unfinished -= 1;
      },
    });
    const prefetch: typeof run.prefetch = async (request, onProgress) => {
      await new Promise<void>((resolve) => open.push(resolve));
      return run.prefetch(request, onProgress);
    };
    const stale = { imageDigest: digests.oldIndex, hash: SRI, finalImageTag: "1.0" };
    const names = ["a", "b", "c", "d", "e"];
    const items = names.map((finalImageName) => app({ ...stale, finalImageName }));
    const fresh = app({ imageDigest: digests.newSingle, hash: SRI, finalImageTag: "single" });
    const updating = updatePins([...items, fresh], { ...run, prefetch }, async () => {});
    // What needs no download waits for none.
    await until(() => open.length === 2 && unfinished === 5);
    expect(requests).toEqual(["resolve 1.0", "resolve single", `resolve ${digests.oldIndex}`]);
    for (let done = 0; done < names.length; done += 1) {
      await until(() => open.length > 0);
      expect(open.length).toBeLessThanOrEqual(2);
      open.shift()?.();
    }
    expect((await updating).map(({ outcome }) => outcome)).toEqual([...names.map(() => "updated"), "unchanged"]);
  });
});
