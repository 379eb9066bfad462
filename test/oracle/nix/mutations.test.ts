import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mutatedTokensOf } from "../../support/mutated-text.ts";
import { agrees, type NixAnswer, nixCalls, readCall, SYSTEMS } from "../../support/nix-calls.ts";
import { nixEvalAll } from "../../support/nix-eval.ts";
import { type Fixture, fixtures, movedFixture, readFixture, readText } from "../../support/nix-fixtures.ts";
import { slicesOf } from "../../support/nix-slices.ts";
import { isMissing } from "../../support/tools.ts";

/** As many of each fixture. */
const MUTATIONS = Number(process.env["DOCKPIN_MUTATIONS"] ?? 2);
/** Another one each day that somebody looks for more. */
const SEED = Number(process.env["DOCKPIN_SEED"] ?? 20261124);

describe.skipIf(isMissing("nix-instantiate"))(`fixtures that were mutated (seed ${SEED})`, () => {
  test("are read as Nix computes them, where Nix still accepts them", async () => {
    const folder = mkdtempSync(join(tmpdir(), "dockpin-mutated-"));
    try {
      const mutated = fixtures.flatMap((fixture, index) => mutationsOf(fixture, join(folder, String(index)), index));
      // None throws, whatever it is.
      const read = mutated.map((fixture) => ({ fixture, pins: readFixture(fixture) }));
      const wrong: unknown[] = [];
      let agreed = 0;
      for (const system of SYSTEMS) {
        const answers: readonly NixAnswer[] = await nixCalls(
          mutated.map(({ main }) => main),
          system,
        );
        for (const [index, { fixture, pins }] of read.entries()) {
          const calls = answers[index] ?? null;
          if (calls === null) continue;
          const claims = pins
            .flatMap((pin) => readCall(pin, system) ?? [])
            .filter(({ known }) => Object.keys(known).length > 0);
          const unused = claims.filter((claim) => !calls.some((call) => agrees(claim, call)));
          agreed += claims.length - unused.length;
          const slices = unused.flatMap(({ pin }) => slicesOf(readText, pin, system));
          const nix = await nixEvalAll(
            slices.map(({ expression }) => expression),
            { folder: fixture.folder, system },
          );
          for (const [at, slice] of slices.entries()) {
            const answer = nix[at];
            if (answer !== null && answer !== undefined && answer.value !== slice.value) {
              const { expression: _, ...claim } = slice;
              wrong.push({ fixture: fixture.name, system, ...claim, nix: answer.value, text: readText(fixture.main) });
            }
          }
        }
      }
      expect(wrong).toEqual([]);
      expect(agreed).toBeGreaterThan(mutated.length / 2);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }, 300_000);
});

/** Copies of a fixture, in each of which one file is mutated. */
function mutationsOf(fixture: Fixture, folder: string, seed: number): Fixture[] {
  const code = fixture.files.filter((file) => file.endsWith(".nix"));
  const arbitrary = fc
    .constantFrom(...code)
    .chain((file) => mutatedTokensOf(readText(file)).map((text) => ({ file, text })));
  return fc.sample(arbitrary, { numRuns: MUTATIONS, seed: SEED + seed }).map(({ file, text }, index) => {
    const moved = movedFixture(fixture, join(folder, String(index)));
    for (const [at, path] of fixture.files.entries()) {
      const target = moved.files[at]!;
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, path === file ? text : readText(path));
    }
    return moved;
  });
}
