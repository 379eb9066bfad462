import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { applyEdits, type EditPlan, editsByFile, planEdits } from "../../../server/src/nix/edit.ts";
import type { Pin } from "../../../server/src/nix/pin.ts";
import { agrees, type NixAnswer, nixCalls, readCall, SYSTEMS, type System } from "../../support/nix-calls.ts";
import { copyFixture, type Fixture, fixtures, readFixture, readText } from "../../support/nix-fixtures.ts";
import { describedCall, renewal } from "../../support/renewed-pin.ts";
import { isMissing } from "../../support/tools.ts";

/** Of the calls that Nix makes in all fixtures. */
const NOT_UPDATED_AT_MOST = 0.08;

interface Update {
  readonly fixture: Fixture;
  readonly pins: readonly Pin[];
  readonly plan: EditPlan;
  readonly updated: ReadonlySet<Pin>;
  /** The same files with the new text. */
  readonly after: Fixture;
}

describe.skipIf(isMissing("nix-instantiate"))("an update of all pins of a fixture", () => {
  const folder = mkdtempSync(join(tmpdir(), "dockpin-update-"));
  const updates = fixtures.map((fixture, index) => update(fixture, join(folder, String(index))));
  const answers = new Map<string, NixAnswer>();
  const counted = { updated: 0, kept: new Map<string, number>() };

  beforeAll(async () => {
    const mains = updates.flatMap(({ fixture, after }) => [fixture.main, after.main]);
    const answerAll = SYSTEMS.map(async (system) => {
      const given = await nixCalls(mains, system);
      for (const [index, main] of mains.entries()) answers.set(`${main} ${system}`, given[index] ?? null);
    });
    await Promise.all(answerAll);
  });

  afterAll(() => {
    rmSync(folder, { recursive: true });
    const kept = [...counted.kept.values()].reduce((sum, count) => sum + count, 0);
    console.log(`Nix fixtures: calls updated: ${counted.updated}; kept: ${kept}`);
    for (const [reason, count] of counted.kept) console.log(`  ${count} × ${reason}`);
  });

  test.each(updates.map((one) => [one.fixture.name, one] as const))("%s: Nix computes the new values", (_, one) => {
    for (const system of SYSTEMS) {
      const [before, after] = [one.fixture, one.after].map(({ main }) => answers.get(`${main} ${system}`) ?? null);
      if (!before || !after) {
        expect(after).toBe(before);
        continue;
      }
      const calls = before.filter(({ callee }) => callee !== null);
      const expected = calls.map((call) => describedCall(call, isUpdated(one, call, system)));
      const computed = after.filter(({ callee }) => callee !== null).map((call) => describedCall(call, false));
      expect(sorted(computed)).toEqual(sorted(expected));
    }
  });

  test.each(updates.map((one) => [one.fixture.name, one] as const))("%s: nothing else is edited", (_, one) => {
    for (const [index, file] of one.fixture.files.entries()) {
      expect(withMarks(readText(one.after.files[index]!))).toBe(withMarks(readText(file)));
    }
  });

  test.each(updates.map((one) => [one.fixture.name, one] as const))("%s: a second one edits nothing", (_, one) => {
    const again = readFixture(one.after);
    const wanted = one.pins.map((pin) => (one.updated.has(pin) ? renewal(pin) : null));
    expect(again.length).toBe(one.pins.length);
    const changes = again.flatMap((pin, index) => {
      const change = wanted[index];
      return change === null || change === undefined ? [] : [{ pin, change }];
    });
    expect(planEdits(readText, changes)).toEqual({ edits: [], refused: [] });
  });

  test("most calls are updated", () => {
    const kept = [...counted.kept.values()].reduce((sum, count) => sum + count, 0);
    expect(counted.updated).toBeGreaterThan(300);
    expect(kept / (counted.updated + kept)).toBeLessThan(NOT_UPDATED_AT_MOST);
  });

  function isUpdated(one: Update, call: Parameters<typeof agrees>[1], system: System): boolean {
    const readers = one.pins.filter((pin) => {
      const read = readCall(pin, system);
      return read !== null && agrees(read, call);
    });
    if (readers.some((pin) => one.updated.has(pin))) {
      counted.updated++;
      return true;
    }
    const refusal = one.plan.refused.find(({ pin }) => readers.includes(pin));
    const reason = refusal?.problem.message ?? readers[0]?.problems[0]?.message ?? "it is not found";
    const key = `${one.fixture.name}: ${reason}`;
    counted.kept.set(key, (counted.kept.get(key) ?? 0) + 1);
    return false;
  }
});

/** Renews all pins of a fixture in a copy of its files. */
function update(fixture: Fixture, folder: string): Update {
  const pins = readFixture(fixture);
  const changes = pins.flatMap((pin) => {
    const change = renewal(pin);
    return change === null ? [] : [{ pin, change }];
  });
  const unchanged = pins.filter((pin) => !changes.some((planned) => planned.pin === pin));
  const plan = planEdits(readText, changes, unchanged);
  const refused = new Set(plan.refused.map(({ pin }) => pin));
  const edits = editsByFile(plan.edits);
  const after = copyFixture(fixture, folder, (file) => applyEdits(readText(file), edits.get(file) ?? []));
  const updated = new Set(changes.map(({ pin }) => pin).filter((pin) => !refused.has(pin)));
  return { fixture, pins, plan, updated, after };
}

/** What digests and hashes are written in, each with a mark for it; a placeholder may become a digest or SRI. */
const VALUES: readonly (readonly [RegExp, string])[] = [
  [/sha256:[0-9a-f]{64}|sha256-[A-Za-z0-9+/]{43}=/g, "§"],
  // Nix wants to be told the kind of a hash under "hash", so that it becomes SRI.
  [/\bhash = "[0-9a-f]{64}"/g, 'hash = "§"'],
  [/[0-9a-f]{64}/g, "§base16"],
  [/\b[0-9a-df-np-sv-z]{52}\b/g, "§base32"],
  [/[A-Za-z0-9+/]{43}=/g, "§base64"],
  [/"(?:sha256:latest|sha256-short)?"|\b(?:pkgs\.)?(?:lib\.)?(?:fakeHash|fakeSha256)\b(?=;)/g, '"§"'],
  // As an update adds it where there is none.
  [/\s*\b(?:imageDigest|hash|sha256) = "§";/g, ""],
];

/** A text with marks for its digests and hashes. */
function withMarks(text: string): string {
  return VALUES.reduce((done, [value, mark]) => done.replace(value, mark), text);
}

function sorted(calls: readonly Record<string, unknown>[]): string[] {
  return calls
    .map((call) => JSON.stringify(Object.entries(call).toSorted(([one], [other]) => (one < other ? -1 : 1))))
    .toSorted();
}
