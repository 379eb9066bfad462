import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { agrees, type NixAnswer, nixValues, type ReadCall, type System } from "./nix-calls.ts";
import { type Fixture, readText } from "./nix-fixtures.ts";
import { type Slice, slicesOf } from "./nix-slices.ts";

/** What is read of a fixture's pins on a system, and what Nix gives there. */
export interface ReadFixture {
  readonly fixture: Fixture;
  readonly read: readonly ReadCall[];
  readonly answer: NixAnswer;
}

/** What is read of a pin that is no part of what Nix gives, with what Nix computes where it stands; null if it refuses that. */
export interface AskedSlice extends Omit<Slice, "expression"> {
  readonly fixture: Fixture;
  readonly nix: { readonly value: unknown } | null;
}

/** The pins of which something is read, and that are in nothing that Nix gives. */
export function unusedIn({ read, answer }: ReadFixture): ReadCall[] {
  return read.filter((one) => Object.keys(one.known).length > 0 && !answer?.some((call) => agrees(one, call)));
}

/** Asks Nix for all that is read of unused pins. Writes into the fixtures' folders. */
export async function askForUnused(all: readonly ReadFixture[], system: System): Promise<AskedSlice[]> {
  const slices = all.flatMap((one) => {
    const ofPins = unusedIn(one).flatMap(({ pin }) => slicesOf(readText, pin, system));
    return ofPins.map((slice, index) => {
      const file = join(one.fixture.folder, `${system}-${index}.slice.nix`);
      writeFileSync(file, slice.expression);
      return { fixture: one.fixture, slice, file };
    });
  });
  const values = await nixValues(
    slices.map(({ file }) => file),
    system,
  );
  return slices.map(({ fixture, slice: { expression: _, ...slice } }, index) => ({
    fixture,
    ...slice,
    nix: values[index] ?? null,
  }));
}
