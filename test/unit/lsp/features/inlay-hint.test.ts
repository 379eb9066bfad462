import { describe, expect, test } from "vitest";
import { inlayHints } from "../../../../server/src/lsp/features/inlay-hint.ts";
import {
  both,
  checked,
  DAY,
  FRESH,
  facts,
  type Knowledge,
  NEW,
  NGINX,
  NOW,
  OLD,
  type Opened,
  opened,
  STALE,
} from "./harness.ts";

const WHOLE = { start: { line: 0, character: 0 }, end: { line: 1000, character: 0 } };
const created = (time: number | string): Knowledge => ({
  newFacts: facts({ digest: NEW, created: typeof time === "string" ? time : new Date(time).toISOString() }),
});

function hints({ document, views }: Opened, range = WHOLE) {
  return inlayHints(document, views, range, NOW);
}

describe("what stands behind the digest", () => {
  test.each<[title: string, knowledge: Knowledge, labels: string[]]>([
    [
      "the tag moved, and the new image says when it was made",
      both(STALE, created(NOW - 4 * DAY)),
      ["1.27 moved 4 days ago"],
    ],
    ["a day ago", both(STALE, created(NOW - DAY)), ["1.27 moved 1 day ago"]],
    ["three months ago", both(STALE, created(NOW - 92 * DAY)), ["1.27 moved 3 months ago"]],
    ["the new image does not say", STALE, ["1.27 moved"]],
    ["the new image is reproducible", both(STALE, created("1970-01-01T00:00:00Z")), ["1.27 moved"]],
    ["the digest is gone", checked("gone", NEW), ["digest is gone"]],
    ["stale, and being updated", both(STALE, { activity: { kind: "prefetching", progress: null } }), ["1.27 moved"]],
    ["nothing for a fresh pin", FRESH, []],
    ["nothing before a check", {}, []],
    ["nothing when the registry could not be asked", checked("unknown"), []],
    ["nothing for a pin that is left alone", both(STALE, { ignoredBySetting: true }), []],
  ])("%s", (_, knowledge, labels) => {
    expect(hints(opened(NGINX, knowledge)).map(({ label }) => label)).toEqual(labels);
  });

  test("it stands behind the line's semicolon, with both digests and exact times in its tooltip", () => {
    const { document, views, text } = opened(NGINX, both(STALE, created(NOW - 4 * DAY)));
    const [hint] = inlayHints(document, views, WHOLE, NOW);
    expect(text.slice(0, document.offsetAt(hint!.position))).toMatch(new RegExp(`"${OLD}";$`));
    expect(hint?.paddingLeft).toBe(true);
    expect(hint?.tooltip).toBe(
      [
        `Pinned: ${OLD}`,
        `Now: ${NEW}`,
        "New image created: 2026-11-20 12:00 UTC",
        "Last checked: 2026-11-24 11:58 UTC (2 minutes ago)",
      ].join("\n"),
    );
  });

  test("only those in the lines that are shown", () => {
    const place = opened(NGINX, STALE);
    const line = hints(place)[0]!.position.line;
    const from = (start: number, end: number) => ({
      start: { line: start, character: 0 },
      end: { line: end, character: 0 },
    });
    expect(hints(place, from(0, line))).toEqual([]);
    expect(hints(place, from(line, line + 1))).toHaveLength(1);
    expect(hints(place, from(line + 1, 100))).toEqual([]);
  });
});
