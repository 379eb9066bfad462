import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AskedSlice, askForUnused, type ReadFixture, unusedIn } from "../../support/nix-agreement.ts";
import {
  agrees,
  attributesOf,
  nixCalls,
  type ReadCall,
  readCall,
  SYSTEMS,
  type System,
} from "../../support/nix-calls.ts";
import { copyFixture, fixtures, readFixture } from "../../support/nix-fixtures.ts";
import { isMissing } from "../../support/tools.ts";

/** Of the attributes that Nix gives to the functions that pull images. */
const UNKNOWN_AT_MOST = 0.005;

/** Files that the Nix at hand refuses, each for what it is about. */
const REFUSED = [
  ...["broken-elsewhere", "broken-pin", "torn-pin", "conflicts", "self-reference"],
  // Pipes are newer, and what these take from outside is nowhere.
  ...["scope/pipes", "callee-by-surroundings", "callee-by-file", "incomplete", "merged-sets"],
];

/** Pins that are in nothing that Nix gives on one of the systems, each for what the file is about, and how many. */
const UNUSED: Readonly<Record<string, number>> = {
  "argument/condition": 1,
  "argument/selected-by-version": 1,
  "bare-through-inherit": 1,
  "bare-through-with": 1,
  "callee/cross": 1,
  "callee/other-package-set": 1,
  "default-in-higher-order": 1,
  nested: 1,
  shadowing: 1,
  "shape/flake-one-system": 2,
  "system/versions-and-systems": 1,
  "trap/map-changes-digest": 1,
  "trap/only-looks-literal": 1,
  "trap/own-definition": 1,
  "wrapper/filter-attrs": 1,
  "wrapper/function-by-system": 1,
  "wrapper/never-called": 1,
};

interface Unread {
  readonly fixture: string;
  readonly attribute: string;
  readonly reason: string;
}

describe.skipIf(isMissing("nix-instantiate"))("what is read of a fixture is what Nix computes", () => {
  const folder = mkdtempSync(join(tmpdir(), "dockpin-fixtures-"));
  const copies = fixtures.map((fixture) => copyFixture(fixture, join(folder, fixture.name)));
  const results = new Map<System, { readonly all: readonly ReadFixture[]; readonly asked: readonly AskedSlice[] }>();

  beforeAll(async () => {
    const pins = copies.map((fixture) => readFixture(fixture));
    const compare = async (system: System) => {
      const answers = await nixCalls(
        copies.map(({ main }) => main),
        system,
      );
      const all = copies.map((fixture, index) => ({
        fixture,
        read: (pins[index] ?? []).flatMap((pin) => readCall(pin, system) ?? []),
        answer: answers[index] ?? null,
      }));
      results.set(system, { all, asked: await askForUnused(all, system) });
    };
    await Promise.all(SYSTEMS.map(compare));
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  const onAllSystems = () => SYSTEMS.flatMap((system) => results.get(system)?.all ?? []);

  test("Nix accepts them", () => {
    const refused = onAllSystems().filter(({ answer }) => answer === null);
    expect([...new Set(refused.map(({ fixture }) => fixture.name))].toSorted()).toEqual(REFUSED.toSorted());
  });

  test.each(fixtures.map(({ name }) => name))("%s", (name) => {
    for (const [system, { all, asked }] of results) {
      // What is in no call and in nothing that the file gives is asked for where it stands.
      const slices = asked.filter(({ fixture }) => fixture.name === name);
      const claims = slices.map(({ line, attribute, value }) => ({ system, line, attribute, value }));
      expect(
        slices.map(({ line, attribute, value, nix }) => ({
          system,
          line,
          attribute,
          value: nix === null ? value : nix.value,
        })),
      ).toEqual(claims);
      const one = all.find(({ fixture }) => fixture.name === name);
      if (one === undefined || one.answer === null) continue;
      expect(
        unusedIn(one)
          .map(({ pin, known }) => ({ line: pin.line, known }))
          .slice(UNUSED[name] ?? 0),
      ).toEqual([]);
    }
  });

  test("little of what Nix can answer is unknown", () => {
    const { known, unread } = countRead(onAllSystems());
    const share = unread.length / (known + unread.length);
    const reasons = new Set(unread.map(({ fixture, attribute, reason }) => `\n  ${fixture}: ${attribute}: ${reason}`));
    console.log(
      `${fixtures.length} Nix fixtures: ${known} attributes are read as Nix computes them, ${unread.length} (${(100 * share).toFixed(1)} %) are unknown${[...reasons].join("")}`,
    );
    expect(known).toBeGreaterThan(2000);
    expect(share).toBeLessThan(UNKNOWN_AT_MOST);
  });
});

function countRead(all: readonly ReadFixture[]): { readonly known: number; readonly unread: readonly Unread[] } {
  const unread: Unread[] = [];
  let known = 0;
  for (const { fixture, read, answer } of all) {
    for (const call of (answer ?? []).filter(({ callee }) => callee !== null)) {
      const best = mostKnown(read.filter((one) => agrees(one, call)));
      for (const attribute of attributesOf(call)) {
        const reason = best === null ? "the call is not found" : best.unknown[attribute];
        if (reason === undefined) known++;
        else unread.push({ fixture: fixture.name, attribute, reason });
      }
    }
  }
  return { known, unread };
}

function mostKnown(read: readonly ReadCall[]): ReadCall | null {
  const amount = ({ known }: ReadCall) => Object.keys(known).length;
  return read.toSorted((one, other) => amount(other) - amount(one))[0] ?? null;
}
