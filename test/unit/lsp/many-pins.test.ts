import { describe, expect, test } from "vitest";
import { changesOf, type PinOutcome, placesIn, updatePlaces } from "../../../server/src/lsp/many-pins.ts";
import type { PinView } from "../../../server/src/lsp/pin-view.ts";
import { summariseUpdate } from "../../../server/src/lsp/update-summary.ts";
import type { PinUpdate, UpdateOutcome } from "../../../server/src/pins/update.ts";
import { HASH, NEW, pinDocument, pinText } from "./pin-document.ts";

const A = "file:///config/a.nix";
const B = "file:///config/b.nix";
const never = new AbortController().signal;
const LIMITED = { code: "registry-rate-limited", message: "It answered 429." } as const;

function updateOf(view: PinView, outcome: UpdateOutcome): PinUpdate {
  return {
    ...{ pin: view.pin, outcome, status: "stale", hostDependent: false, warnings: [] },
    problem: outcome === "failed" ? LIMITED : null,
    change: outcome === "updated" ? { imageDigest: NEW, hash: HASH } : null,
  };
}

describe("an update of many pins", () => {
  const documents = [
    pinDocument(`[ (${pinText("a")}) (${pinText("b")}) ]`, { uri: A }),
    pinDocument(`[ (${pinText("a")})\n# dockpin: ignore\n(${pinText("c")}) ]`, { uri: B }),
  ];

  async function run(outcomes: Readonly<Record<string, UpdateOutcome>>) {
    const asked: string[] = [];
    const told: string[] = [];
    const { places, skipped } = placesIn(documents);
    const report = {
      started: (label: string) => told.push(`+${label}`),
      advanced: () => {},
      finished: (label: string) => told.push(`-${label}`),
    };
    const update = async (view: PinView) => {
      const name = view.assessment.image?.finalImageName ?? "";
      asked.push(name);
      return { ok: true as const, value: updateOf(view, outcomes[name] ?? "unchanged") };
    };
    const results = await updatePlaces(places, { update }, 2, report, never);
    return { asked, told, skipped, results };
  }

  test("works once on pins that say the same, and leaves out what dockpin leaves alone", async () => {
    const { asked, told, skipped } = await run({});
    expect(asked).toEqual(["a", "b"]);
    expect(skipped).toBe(1);
    expect(told.filter((one) => one.startsWith("-"))).toHaveLength(3);
  });

  test("changes every pin that says so, by document", async () => {
    const changes = changesOf((await run({ a: "updated" })).results);
    expect([...changes].map(([uri, wanted]) => [uri, wanted.length])).toEqual([
      [A, 1],
      [B, 1],
    ]);
  });

  test("is told by its counts, failures with their reasons", async () => {
    const { results, skipped } = await run({ a: "updated", b: "failed" });
    const landed = results.filter(({ view }) => view.assessment.image?.finalImageName === "a").map(({ view }) => view);
    const summary = summariseUpdate(results, { landed, refused: [], isDiscarded: false }, skipped);
    expect(summary.message).toBe("Images: 2 updated, 0 already fresh, 1 failed, 1 left alone.");
    expect(summary.hasFailures).toBe(true);
    expect(summary.details).toContain(`b:1 (${A}:7): It answered 429. [registry-rate-limited]`);
  });

  test("counts what was refused on the way as failed, once", async () => {
    const { results } = await run({ a: "updated" });
    const refused = [{ view: results[0]!.view, problem: { code: "file-changed", message: "It changed." } as const }];
    const { message } = summariseUpdate(results, { landed: [results[2]!.view], refused, isDiscarded: false }, 0);
    expect(message).toBe("Images: 1 updated, 1 already fresh, 1 failed.");
  });

  test("leaves alone what was cancelled", async () => {
    const cancelled: PinOutcome[] = (await run({})).results.map((one) => ({ ...one, result: null }));
    const { message, hasFailures } = summariseUpdate(cancelled, { landed: [], refused: [], isDiscarded: false }, 0);
    expect(message).toBe("Images: 0 updated, 0 already fresh, 0 failed, 3 left alone.");
    expect(hasFailures).toBe(false);
  });
});
