import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  agrees,
  attributesOf,
  type NixAnswer,
  type NixCall,
  nixCalls,
  type ReadCall,
  readCall,
  SYSTEMS,
} from "../../support/nix-calls.ts";
import { nixEvalAll } from "../../support/nix-eval.ts";
import { fixtures, readFixture, readText } from "../../support/nix-fixtures.ts";
import { slicesOf } from "../../support/nix-slices.ts";
import { isMissing } from "../../support/tools.ts";

/** Of the attributes that Nix gives to the functions that pull images. */
const UNKNOWN_AT_MOST = 0.05;

/** Files that the Nix at hand refuses, each for what it is about. */
const REFUSED = [
  ...["broken-elsewhere", "broken-pin", "torn-pin", "conflicts", "self-reference"],
  // Pipes are newer, and what these take from outside is nowhere.
  ...["scope/pipes", "callee-by-surroundings", "callee-by-file", "incomplete", "merged-sets"],
];

interface Unread {
  readonly fixture: string;
  readonly attribute: string;
  readonly reason: string;
}

describe.skipIf(isMissing("nix-instantiate"))("what is read of a fixture is what Nix computes", () => {
  const answers = new Map<string, NixAnswer>();
  const unread: Unread[] = [];
  let known = 0;

  beforeAll(async () => {
    const answerAll = SYSTEMS.map(async (system) => {
      const given = await nixCalls(
        fixtures.map(({ main }) => main),
        system,
      );
      for (const [index, { name }] of fixtures.entries()) answers.set(`${name} ${system}`, given[index] ?? null);
    });
    await Promise.all(answerAll);
  });

  test("Nix accepts them", () => {
    const refused = fixtures.filter(({ name }) => SYSTEMS.some((system) => answers.get(`${name} ${system}`) === null));
    expect(refused.map(({ name }) => name).toSorted()).toEqual(REFUSED.toSorted());
  });

  test.each(fixtures.map((fixture) => [fixture.name, fixture] as const))("%s", async (name, fixture) => {
    const pins = readFixture(fixture);
    for (const system of SYSTEMS) {
      const calls = answers.get(`${name} ${system}`) ?? null;
      const read = pins.flatMap((pin) => readCall(pin, system) ?? []);
      if (calls !== null) countUnread(name, read, calls);
      // What is in no call and in nothing that the file gives is asked for where it stands.
      const unused = read.filter((one) => isKnownInPart(one) && !calls?.some((call) => agrees(one, call)));
      const slices = unused.flatMap(({ pin }) => slicesOf(readText, pin, system));
      const nix = await nixEvalAll(
        slices.map(({ expression }) => expression),
        { folder: fixture.folder, system },
      );
      const answered = slices.map((slice, index) => ({ system, ...slice, nix: nix[index]?.value ?? slice.value }));
      expect(answered).toEqual(slices.map((slice) => ({ system, ...slice, nix: slice.value })));
    }
  });

  test("little of what Nix can answer is unknown", () => {
    expect(known).toBeGreaterThan(1000);
    expect(unread.length / (known + unread.length)).toBeLessThan(UNKNOWN_AT_MOST);
  });

  afterAll(() => {
    const share = ((100 * unread.length) / (known + unread.length)).toFixed(1);
    console.log(
      `Nix fixtures: ${fixtures.length}; attributes read as Nix computes them: ${known}; unknown: ${unread.length} (${share} %)`,
    );
    for (const line of new Set(unread.map(({ fixture, attribute, reason }) => `  ${fixture}: ${attribute}: ${reason}`)))
      console.log(line);
  });

  function countUnread(fixture: string, read: readonly ReadCall[], calls: readonly NixCall[]): void {
    for (const call of calls.filter(({ callee }) => callee !== null)) {
      const best = mostKnown(read.filter((one) => agrees(one, call)));
      for (const attribute of attributesOf(call)) {
        const reason = best === null ? "the call is not found" : best.unknown[attribute];
        if (reason === undefined) known++;
        else unread.push({ fixture, attribute, reason });
      }
    }
  }
});

function isKnownInPart({ known }: ReadCall): boolean {
  return Object.keys(known).length > 0;
}

function mostKnown(read: readonly ReadCall[]): ReadCall | null {
  const amount = ({ known }: ReadCall) => Object.keys(known).length;
  return read.toSorted((one, other) => amount(other) - amount(one))[0] ?? null;
}
