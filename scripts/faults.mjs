// `npm run faults`: plays every row of test/fault and prints the table of failure modes in Markdown, with what came of each.
// `--requests` adds a column with the requests that are expected.
import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { installPackages, root, run } from "./bootstrap.mjs";

const withRequests = process.argv.includes("--requests");
const report = join(root, "build", "fault-report.json");

await installPackages();
await mkdir(join(root, "build"), { recursive: true });
await rm(report, { force: true });
const vitest = [join(root, "node_modules", "vitest", "vitest.mjs"), "run", "--project", "fault"];
await run(
  process.execPath,
  [...vitest, "test/fault/matrix.test.ts", "--reporter=json", `--outputFile.json=${report}`],
  {
    stdio: ["ignore", "ignore", "inherit"],
  },
);

const { testResults } = JSON.parse(await readFile(report, "utf8"));
const rows = testResults.flatMap(({ assertionResults }) => assertionResults).filter(({ meta }) => meta.faultRow);
const failed = rows.filter(({ status }) => status !== "passed");
printLine("#", "what happens", "what must come of it", ...(withRequests ? ["requests"] : []), "result");
printLine("---", "---", "---", ...(withRequests ? ["---"] : []), "---");
for (const { meta, status, failureMessages } of rows) {
  const { id, what, outcome, requests } = meta.faultRow;
  const wanted = outcome === "right" || outcome === "cancelled" ? outcome : `\`${outcome}\``;
  printLine(
    id,
    what,
    wanted,
    ...(withRequests ? [requests] : []),
    status === "passed" ? "✓" : `✗ ${failureMessages[0]}`,
  );
}
console.log(`\n${rows.length} failure modes, ${failed.length} with another result than they must have.`);
if (rows.length === 0 || failed.length > 0) process.exit(1);

function printLine(...cells) {
  const escaped = cells.map((cell) => cell.split("\n")[0].replaceAll("|", "\\|").trim());
  console.log(`| ${escaped.join(" | ")} |`);
}
