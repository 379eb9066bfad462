import { availableParallelism } from "node:os";
import { benchKeystroke } from "./keystroke.ts";
import { benchPrefetch } from "./prefetch.ts";
import { benchReading } from "./reading.ts";
import { type BenchResult, printResult } from "./result.ts";
import { benchScan } from "./scan.ts";

const BENCHES: Readonly<Record<string, (rounds: number) => Promise<BenchResult>>> = {
  prefetch: benchPrefetch,
  scan: benchScan,
  keystroke: benchKeystroke,
  reading: benchReading,
};
const DEFAULT_ROUNDS = 5;
const USAGE = `Usage: npm run bench [-- [--json] [${Object.keys(BENCHES).join("|")}…] [ROUNDS]]`;

async function main(args: readonly string[]): Promise<number> {
  const json = args.includes("--json");
  const rest = args.filter((argument) => argument !== "--json");
  const rounds = /^\d+$/.test(rest.at(-1) ?? "") ? Number(rest.pop()) : DEFAULT_ROUNDS;
  if (rounds < 1 || rest.some((name) => !Object.hasOwn(BENCHES, name))) {
    console.error(USAGE);
    return 2;
  }
  const results: Record<string, BenchResult> = {};
  if (!json) console.log(`Node ${process.versions.node}, ${availableParallelism()} processors\n`);
  for (const [name, bench] of Object.entries(BENCHES)) {
    if (rest.length > 0 && !rest.includes(name)) continue;
    const result = await bench(rounds);
    results[name] = result;
    if (!json) console.log(printResult(result));
  }
  if (json) console.log(JSON.stringify({ node: process.versions.node, results }, null, 2));
  return 0;
}

main(process.argv.slice(2)).then(
  (exitCode) => {
    process.exitCode = exitCode;
  },
  (error: unknown) => {
    console.error(error);
    process.exitCode = 2;
  },
);
