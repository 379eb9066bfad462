import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mutatedTokensOf } from "../../support/mutated-text.ts";
import { askForUnused, unusedIn } from "../../support/nix-agreement.ts";
import { nixCalls, readCall, SYSTEMS, type System } from "../../support/nix-calls.ts";
import { copyFixture, type Fixture, fixtures, readFixture, readText } from "../../support/nix-fixtures.ts";
import { isMissing } from "../../support/tools.ts";

/** Of each fixture. */
const MUTATIONS = Number(process.env["DOCKPIN_MUTATIONS"] ?? 2);
const SEED = Number(process.env["DOCKPIN_SEED"] ?? 20261124);

describe.skipIf(isMissing("nix-instantiate"))(`fixtures that were mutated (seed ${SEED})`, () => {
  test("are read as Nix computes them, where Nix still accepts them", async () => {
    const folder = mkdtempSync(join(tmpdir(), "dockpin-mutated-"));
    try {
      const mutated = fixtures.flatMap((fixture, index) => mutationsOf(fixture, join(folder, String(index)), index));
      // Whatever it is, none throws.
      const pins = mutated.map((fixture) => readFixture(fixture));
      const wrong: unknown[] = [];
      let agreed = 0;
      const compare = async (system: System) => {
        const answers = await nixCalls(
          mutated.map(({ main }) => main),
          system,
        );
        const all = mutated.flatMap((fixture, index) => {
          const read = (pins[index] ?? []).flatMap((pin) => readCall(pin, system) ?? []);
          const answer = answers[index] ?? null;
          return answer === null ? [] : [{ fixture, read, answer }];
        });
        for (const one of all) agreed += one.read.length - unusedIn(one).length;
        for (const { fixture, nix, ...claim } of await askForUnused(all, system)) {
          if (nix !== null && nix.value !== claim.value)
            wrong.push({ fixture: fixture.name, system, ...claim, nix: nix.value, text: readText(fixture.main) });
        }
      };
      await Promise.all(SYSTEMS.map(compare));
      expect(wrong).toEqual([]);
      expect(agreed).toBeGreaterThan(mutated.length / 2);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }, 300_000);
});

/** Copies of a fixture, in each of which one file is mutated. */
function mutationsOf(fixture: Fixture, folder: string, seed: number): Fixture[] {
  const mutation = fc
    .constantFrom(...fixture.files)
    .chain((file) => mutatedTokensOf(readText(file)).map((text) => ({ file, text })));
  return fc.sample(mutation, { numRuns: MUTATIONS, seed: SEED + seed }).map(({ file, text }, index) => {
    return copyFixture(fixture, join(folder, String(index)), (path) => (path === file ? text : readText(path)));
  });
}
