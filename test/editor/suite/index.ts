import Mocha from "mocha";
import type { Check } from "./check.ts";
import { editing } from "./editing.ts";
import { presence } from "./presence.ts";
import { reading } from "./reading.ts";

/**
 * What the extension host calls. The workspace is a copy of `examples/` whose registries are those of the tests.
 * DOCKPIN_SUITE_REPORT names the file for a report as JSON; without it the report is printed.
 */
export async function run(): Promise<void> {
  const output = process.env["DOCKPIN_SUITE_REPORT"];
  const mocha = new Mocha({
    timeout: 15_000,
    ...(output === undefined ? { reporter: "spec" } : { reporter: "json", reporterOptions: { output } }),
  });
  const parts: Record<string, readonly Check[]> = { presence, reading, editing };
  for (const [part, checks] of Object.entries(parts)) {
    const suite = Mocha.Suite.create(mocha.suite, part);
    for (const [title, check] of checks) suite.addTest(new Mocha.Test(title, check));
  }
  const failures = await new Promise<number>((resolve) => mocha.run(resolve));
  if (failures > 0) throw new Error(`${failures} checks failed`);
}
