// `npm test [-- SUITE…]`: installs what is missing, builds, lints, checks types and runs the suites (all by default).
// Under CI=true a missing program or a skipped test is a failure.
import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { installPackages, root, run } from "./bootstrap.mjs";
import { installSystemTools } from "./system-tools.mjs";
import { installVsCodeServer } from "./vscode-server.mjs";

const ALL = ["unit", "fault", "oracle", "cli", "lsp", "editor"];
const named = process.argv.slice(2);
const suites = new Set(named.length > 0 ? named : ALL);
const inCi = process.env.CI === "true";

await installPackages();
const missing = await installSystemTools([...suites]);
if (missing.length > 0) {
  const names = missing.map(({ programs }) => programs[0]);
  console.log(`Not on PATH: ${names.join(", ")}. What needs them is skipped.`);
  if (inCi) process.exit(1);
  // Its scenes have nothing but the browser.
  if (names.includes("chromium")) suites.delete("editor");
  if (suites.size === 0) process.exit(0);
}
if (suites.has("editor")) await installVsCodeServer();

const { buildAll } = await import("./build.mjs");
await buildAll();

if (named.length === 0) {
  await must("lint and format", [join("@biomejs", "biome", "bin", "biome"), "ci", "."]);
  await must("types", [join("typescript", "bin", "tsc"), "--noEmit"]);
}

const report = join(root, "build", "test-report.json");
await mkdir(join(root, "build"), { recursive: true });
await rm(report, { force: true });
const exitCode = await node([
  join("vitest", "vitest.mjs"),
  "run",
  ...[...suites].flatMap((suite) => ["--project", suite]),
  "--reporter=dot",
  "--reporter=json",
  `--outputFile.json=${report}`,
]);
const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = JSON.parse(await readFile(report, "utf8"));
const skipped = numPendingTests + numTodoTests;
console.log(`${numPassedTests} passed, ${numFailedTests} failed, ${skipped} skipped`);
if (inCi && skipped > 0) console.log("Nothing may be skipped in CI.");
process.exit(exitCode !== 0 || (inCi && skipped > 0) ? 1 : 0);

function node([script, ...args]) {
  return run(process.execPath, [join(root, "node_modules", script), ...args]);
}

async function must(what, command) {
  console.log(`Checking ${what}…`);
  if ((await node(command)) !== 0) process.exit(1);
}
