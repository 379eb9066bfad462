import { expect, test } from "vitest";
import { progressReporter } from "../../../client/src/progress-reporter.ts";

test("what the server says is reached becomes what was added, and never less than nothing", () => {
  const shown: { message?: string; increment?: number }[] = [];
  const report = progressReporter({ report: (value) => shown.push(value) });
  report({ kind: "begin", title: "Updating images", percentage: 0 });
  report({ kind: "report", percentage: 40, message: "2 of 5" });
  report({ kind: "report", message: "alpine:3.20" });
  report({ kind: "report", percentage: 30 });
  report({ kind: "report", percentage: 100, message: "5 of 5" });
  expect(shown).toEqual([
    { increment: 0 },
    { increment: 40, message: "2 of 5" },
    { increment: 0, message: "alpine:3.20" },
    { increment: 0 },
    { increment: 60, message: "5 of 5" },
  ]);
});
