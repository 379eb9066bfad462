import { describe, expect, test } from "vitest";
import { silentLog } from "../../../server/src/base/log.ts";
import { createBackOff } from "../../../server/src/lsp/back-off.ts";
import { createBackgroundChecks } from "../../../server/src/lsp/background-checks.ts";
import { createCheckQueue } from "../../../server/src/lsp/check-queue.ts";
import { knowledgeKeyOf } from "../../../server/src/lsp/pin-identity.ts";
import { createPinKnowledge } from "../../../server/src/lsp/pin-knowledge.ts";
import { createPinLessons } from "../../../server/src/lsp/pin-lessons.ts";
import type { PinView } from "../../../server/src/lsp/pin-view.ts";
import { DEFAULT_SETTINGS } from "../../../server/src/lsp/settings-reading.ts";
import type { PinCheck } from "../../../server/src/pins/check.ts";
import { manualClock } from "../../support/manual-clock.ts";
import { type DocumentOptions, pinDocument, pinText } from "./pin-document.ts";

const MINUTE = 60_000;
const turn = () => new Promise((resolve) => setImmediate(resolve));
type Answer = Pick<PinCheck, "status" | "problem">;
const FRESH: Answer = { status: "fresh", problem: null };
const LIMITED: Answer = { status: "unknown", problem: { code: "registry-rate-limited", message: "It answered 429." } };

/** Checks against a registry that gives one answer after the other, the last one for ever. */
function background(...answers: Answer[]) {
  const clock = manualClock();
  const asked: string[] = [];
  const access = { isTrusted: true, isOpen: () => access.isTrusted };
  const knowledge = createPinKnowledge(() => {});
  const backOff = createBackOff(clock);
  const lessons = createPinLessons(knowledge, backOff, clock, silentLog);
  const queue = createCheckQueue((run) => void run.catch(() => {}));
  const operations = {
    check: async (view: PinView) => {
      const answer = answers[Math.min(asked.length, answers.length - 1)] ?? FRESH;
      asked.push(view.assessment.image?.target.repository.path ?? "");
      await turn();
      lessons.checked(view, { pin: view.pin, newDigest: null, ...answer });
      return { ok: true as const, value: undefined };
    },
  };
  const checks = createBackgroundChecks({ queue, operations, knowledge, backOff, access, clock });
  const open = (text: string, options: DocumentOptions = {}) => pinDocument(text, { knowledge, ...options });
  /** Opens a document and lets what comes of it be done. */
  const opened = async (text: string, options: DocumentOptions = {}) => {
    checks.opened(open(text, options));
    for (let turns = 0; turns < 20; turns++) await turn();
  };
  return { ...checks, access, asked, clock, knowledge, open, opened };
}

const ofHub = (...names: string[]) => `[ ${names.map((name) => `(${pinText(name)})`).join(" ")} ]`;

describe("what nobody asked for is checked", () => {
  test("when it is opened, each pin once however many say the same", async () => {
    const { asked, opened } = background();
    await opened(ofHub("a", "b", "a"));
    expect(asked).toEqual(["library/a", "library/b"]);
  });

  test.each<[string, string, DocumentOptions]>([
    ["the setting is off", pinText("a"), { settings: { check: { ...DEFAULT_SETTINGS.check, onOpen: false } } }],
    ["its image is on an ignore list", pinText("a"), { settings: { ignore: { images: ["a"], files: [] } } }],
    [
      "its file is on an ignore list",
      pinText("a"),
      { settings: { ignore: { images: [], files: ["vendor/**"] } }, path: "vendor/x/a.nix" },
    ],
    ["a comment says so", `# dockpin: ignore\n${pinText("a")}`, {}],
    ["it has no digest", 'pullImage { imageName = "a"; }', {}],
    ["its name is computed", pinText("a").replace('"a"', "name"), {}],
  ])("but not when %s", async (_, text, options) => {
    const { asked, opened } = background();
    await opened(text, options);
    expect(asked).toEqual([]);
  });

  test("but not in Restricted Mode, until it is trusted", async () => {
    const { access, asked, opened } = background();
    access.isTrusted = false;
    await opened(pinText("a"));
    expect(asked).toEqual([]);
    access.isTrusted = true;
    await opened(pinText("a"));
    expect(asked).toEqual(["library/a"]);
  });

  test("again only when the interval is over", async () => {
    const { asked, clock, opened } = background();
    await opened(pinText("a"));
    await clock.pass(59 * MINUTE);
    await opened(pinText("a"));
    expect(asked).toHaveLength(1);
    await clock.pass(MINUTE);
    await opened(pinText("a"));
    expect(asked).toHaveLength(2);
  });

  test("never again with an interval of 0", async () => {
    const { asked, clock, opened } = background();
    const settings = { check: { onOpen: true, interval: 0 } };
    await opened(pinText("a"), { settings });
    await clock.pass(10_000 * MINUTE);
    await opened(pinText("a"), { settings });
    expect(asked).toHaveLength(1);
  });

  test("not while the user types there", async () => {
    const { asked, clock, edited, opened } = background();
    const rests = edited("file:///config/a.nix", new AbortController().signal);
    await opened(pinText("a"));
    expect(asked).toEqual([]);
    await clock.pass(1_000);
    await rests;
    await opened(pinText("a"));
    expect(asked).toEqual(["library/a"]);
  });
});

describe("a registry that fails", () => {
  test("is not asked for its other pins, nor for a while; others are", async () => {
    const { asked, clock, opened } = background(LIMITED, FRESH);
    const settings = { concurrency: 1 };
    await opened(ofHub("a", "b", "ghcr.io/c/d"), { settings });
    expect(asked).toEqual(["library/a", "c/d"]);
    await opened(ofHub("a", "b"), { settings });
    expect(asked).toHaveLength(2);
    await clock.pass(2 * MINUTE);
    await opened(ofHub("a", "b"), { settings });
    expect(asked.slice(2)).toEqual(["library/a", "library/b"]);
  });

  test("takes back nothing of what it said before", async () => {
    const { clock, knowledge, open, opened } = background(FRESH, LIMITED);
    await opened(pinText("a"));
    await clock.pass(60 * MINUTE);
    await opened(pinText("a"));
    const known = knowledge.get(knowledgeKeyOf(open(pinText("a")).views[0]!.assessment)!);
    expect(known.check?.result.status).toBe("fresh");
    expect(known.failure).toEqual(LIMITED.problem);
  });
});
