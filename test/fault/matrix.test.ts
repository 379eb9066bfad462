import { describe, expect, test } from "vitest";
import { CodedError } from "../../server/src/base/errors.ts";
import { rows } from "./rows/index.ts";
import { LISTENERS, type Listener, type Row } from "./rows/row.ts";
import { CANCELLED, type Observation, playRow, rightResult } from "./run-row.ts";
import { type Secret, secretsIn } from "./secrets.ts";
import { recordPrinted, recordUsed } from "./transcript.ts";

declare module "vitest" {
  interface TaskMeta {
    /** For the table that `npm run faults` prints. */
    faultRow?: { readonly id: string; readonly what: string; readonly outcome: string; readonly requests: string };
  }
}

/** As far as a terminal or a hover would obey them. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

describe("the fault matrix", () => {
  test("each failure mode has a name of its own", () => {
    expect(rows.length).toBeGreaterThanOrEqual(60);
    expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
  });

  test.for(rows)("$id: $what", async (row, { task }) => {
    task.meta.faultRow = describeRow(row);
    const seen = await playRow(row);
    recordPrinted(row.id, seen.printed);
    recordUsed(Object.values(seen.received).flat());
    await expectOutcome(row, seen);
    for (const name of [...LISTENERS, "proxy"] as const) {
      const expected = row.requests[name] ?? "";
      if (typeof expected === "string") expect(seen.requests[name], `requests to ${name}`).toBe(expected);
      else expect(seen.requests[name], `requests to ${name}`).toMatch(expected);
    }
    for (const name of LISTENERS) {
      const wrongSecrets = seen.received[name].filter((secret) => !mayKnow(row, name).includes(secret));
      expect(wrongSecrets, `secrets that ${name} must not know`).toEqual([]);
    }
    expect(seen.waits, "waits").toEqual(row.waits ?? []);
    if (row.warns === undefined) expect(seen.warnings, "warnings").toBe("");
    else expect(seen.warnings).toMatch(row.warns);
    expect(
      seen.printed.filter((line) => secretsIn(line).length > 0),
      "secrets that were printed",
    ).toEqual([]);
    expect(seen.leftovers, "what is left on disk").toEqual([]);
  });
});

function describeRow({ id, what, outcome, requests }: Row) {
  const seen = Object.entries(requests).map(
    ([name, list]) => `${name}: ${list instanceof RegExp ? list.source : list}`,
  );
  return { id, what, outcome, requests: seen.join("; ") || "none" };
}

async function expectOutcome(row: Row, seen: Observation): Promise<void> {
  const { error } = seen;
  if (row.outcome === "right") {
    if (error !== null) throw error;
    expect(seen.result).toBe(await rightResult(row));
    return;
  }
  expect(seen.result, "what came instead of an error").toBeNull();
  if (row.outcome === "cancelled") {
    expect(error).toBe(CANCELLED);
    return;
  }
  if (!(error instanceof CodedError)) throw error;
  expect(`${error.code}: ${error.message}`).toMatch(new RegExp(`^${row.outcome}: `));
  if (row.says !== undefined) expect(error.message).toMatch(row.says);
  expect(error.message).not.toMatch(CONTROL);
  expect(error.message.length).toBeLessThan(800);
}

/** Passwords go to a registry with Basic, or to the token service; tokens to the registry; signatures to who signed. */
function mayKnow(row: Row, name: Listener): readonly Secret[] {
  const { authorization } = row;
  const own: Record<Listener, readonly Secret[]> = {
    registry: authorization === "basic" ? ["account"] : authorization === undefined ? [] : ["token"],
    auth: authorization === "bearer" || authorization === "bearer for all" ? ["account", "identity"] : [],
    cdn: ["signature"],
    other: [],
  };
  return [...own[name], ...(row.mayKnow?.[name] ?? [])];
}
