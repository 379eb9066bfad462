import { describe, expect, test } from "vitest";
import { silentLog } from "../../../server/src/base/log.ts";
import { createActivities } from "../../../server/src/lsp/activities.ts";
import { createBackOff } from "../../../server/src/lsp/back-off.ts";
import { knowledgeKeyOf, pinIdsOf } from "../../../server/src/lsp/pin-identity.ts";
import { type ChangeKind, createPinKnowledge } from "../../../server/src/lsp/pin-knowledge.ts";
import { createPinLessons } from "../../../server/src/lsp/pin-lessons.ts";
import type { PrefetchProgress } from "../../../server/src/prefetch/prefetch.ts";
import { manualClock } from "../../support/manual-clock.ts";
import { HASH, NEW, OLD_HASH, pinDocument, pinText } from "./pin-document.ts";

const LIMITED = { code: "registry-rate-limited", message: "It answered 429." } as const;
const idsIn = (text: string) => pinDocument(text).views.map(({ id }) => id);
const keysIn = (text: string) => pinDocument(text).views.map(({ assessment }) => knowledgeKeyOf(assessment));

describe("what names a pin", () => {
  test("stays when other pins come and go", () => {
    const [id] = idsIn(pinText("a"));
    expect(idsIn(`# more\n[ (${pinText("b")}) (${pinText("a")}) ]`)[1]).toBe(id);
  });

  test("tells equal pins apart", () => {
    const ids = idsIn(`[ (${pinText("a")}) (${pinText("a")}) ]`);
    expect(new Set(ids).size).toBe(2);
    expect(pinIdsOf([])).toEqual([]);
  });

  test.each([
    ["digest", pinText("a", NEW)],
    ["name", pinText("b")],
    ["tag", pinText("a").replace('"1"', '"2"')],
    ["comment that ignores it", `# dockpin: ignore\n${pinText("a")}`],
  ])("is another with another %s", (_, text) => {
    expect(idsIn(text)).not.toEqual(idsIn(pinText("a")));
  });
});

describe("what is known", () => {
  test("is shared by pins that say the same, however they are written", () => {
    const named = (name: string) => pinText(name).replace("finalImageTag", 'finalImageName = "a"; finalImageTag');
    const [key] = keysIn(named("a"));
    expect(key).not.toBeNull();
    expect(keysIn(`{ x = (${named("docker.io/library/a")}); }`)).toEqual([key]);
  });

  test("is nobody's when a registry can't be asked", () => {
    expect(keysIn(pinText("a").replace('"a"', "name"))).toEqual([null]);
  });

  test("survives edits elsewhere", () => {
    const knowledge = createPinKnowledge(() => {});
    const [key] = keysIn(pinText("a"));
    knowledge.set(key!, { failure: LIMITED });
    const { views } = pinDocument(`# typed\n[ (${pinText("b")}) (${pinText("a")}) ]`, { knowledge });
    expect(views.map(({ failure }) => failure)).toEqual([null, LIMITED]);
  });

  test("is told of as it changes", () => {
    const kinds: ChangeKind[] = [];
    const knowledge = createPinKnowledge((kind) => kinds.push(kind));
    knowledge.set("a", { failure: LIMITED });
    knowledge.set("a", { failure: null }, "progress");
    knowledge.clear();
    expect(kinds).toEqual(["knowledge", "progress", "knowledge"]);
  });

  test("is cleared, but for what is under way", () => {
    const knowledge = createPinKnowledge(() => {});
    knowledge.set("a", { failure: LIMITED });
    knowledge.set("b", { failure: LIMITED, activity: { kind: "checking" } });
    knowledge.clear();
    expect([knowledge.get("a").failure, knowledge.get("b").failure]).toEqual([null, null]);
    expect(knowledge.get("b").activity).toEqual({ kind: "checking" });
  });
});

describe("what is learned of a pin", () => {
  function pupil(text = pinText("a")) {
    const clock = manualClock();
    const knowledge = createPinKnowledge(() => {});
    const backOff = createBackOff(clock);
    const { views } = pinDocument(text, { knowledge });
    const view = views[0]!;
    const key = knowledgeKeyOf(view.assessment)!;
    return {
      ...createPinLessons(knowledge, backOff, clock, silentLog),
      backOff,
      clock,
      view,
      known: () => knowledge.get(key),
      knowledge,
    };
  }

  test("a tag that is not there is an answer, not a failure", () => {
    const { checked, known, view } = pupil();
    const problem = { code: "tag-not-found", message: "There is no such tag." } as const;
    checked(view, { pin: view.pin, status: "unknown", problem, newDigest: null });
    expect(known().failure).toBeNull();
    expect(known().check?.result.problem).toEqual(problem);
  });

  test("a failure stays until something works", () => {
    const { checked, failed, known, view } = pupil();
    failed(view, LIMITED);
    expect(known().failure).toEqual(LIMITED);
    checked(view, { pin: view.pin, status: "fresh", problem: null, newDigest: null });
    expect(known().failure).toBeNull();
  });

  test("an updated pin is known to be fresh before anyone asks", () => {
    const { knowledge, updated, view } = pupil();
    const change = { imageDigest: NEW, hash: HASH };
    updated(view, {
      pin: view.pin,
      status: "stale",
      outcome: "updated",
      problem: null,
      change,
      hostDependent: false,
      warnings: [],
    });
    const written = pinText("a", NEW).replace(
      /sha256-[^"]+/,
      `sha256-${Buffer.from(HASH.slice(7), "hex").toString("base64")}`,
    );
    const { views } = pinDocument(written, { knowledge });
    expect(views[0]?.check?.result.status).toBe("fresh");
  });

  test("a verification that could not be made leaves the last one", () => {
    const { known, verified, view } = pupil();
    verified(view, { pin: view.pin, status: "verified", problem: null, computedHash: OLD_HASH, warnings: [] });
    verified(view, { pin: view.pin, status: "unknown", problem: LIMITED, computedHash: null, warnings: [] });
    expect(known().verification?.status).toBe("verified");
    expect(known().failure).toEqual(LIMITED);
  });
});

describe("what runs for a pin", () => {
  const progress: PrefetchProgress = { receivedBytes: 1, totalBytes: 2, layersDone: 0, layersTotal: 1, waiting: null };
  const never = new AbortController().signal;

  function work() {
    const knowledge = createPinKnowledge(() => {});
    const activities = createActivities(knowledge);
    const untilAborted = (signal: AbortSignal) =>
      new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    return { activities, untilAborted, activity: () => knowledge.get("a").activity };
  }

  test("is shown with its progress, and gone when it ends", async () => {
    const { activities, activity } = work();
    const result = await activities.run("a", "prefetching", never, async (_, onProgress) => {
      expect(activity()).toEqual({ kind: "prefetching", progress: null });
      onProgress(progress);
      expect(activity()).toEqual({ kind: "prefetching", progress });
      return 3;
    });
    expect([result, activity()]).toEqual([3, null]);
  });

  test("ends quietly when it is cancelled", async () => {
    const { activities, untilAborted, activity } = work();
    const running = activities.run("a", "verifying", never, untilAborted);
    activities.cancel("a");
    expect(await running).toBeNull();
    expect(activity()).toBeNull();
  });

  test("gives way to what is asked for later", async () => {
    const { activities, untilAborted, activity } = work();
    const first = activities.run("a", "checking", never, untilAborted);
    const second = activities.run("a", "prefetching", never, untilAborted);
    expect(await first).toBeNull();
    expect(activity()).toEqual({ kind: "prefetching", progress: null });
    activities.cancel("a");
    await second;
  });

  test("ends with its request", async () => {
    const { activities, untilAborted, activity } = work();
    const request = new AbortController();
    const running = activities.run("a", "checking", request.signal, untilAborted);
    request.abort();
    await expect(running).rejects.toThrow(request.signal.reason);
    expect(activity()).toBeNull();
  });
});
