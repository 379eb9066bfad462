import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { createConnection, ProposedFeatures } from "vscode-languageserver/node";
import { systemClock } from "../base/clock.ts";
import { createTemporaryPaths } from "../files/temporary-paths.ts";
import { serve } from "./serve.ts";

// The extension starts it with `--node-ipc`, other editors with `--stdio`. The connection ends the process when the
// client goes or its process dies.
const temporaryPaths = createTemporaryPaths();
process.once("exit", () => temporaryPaths.removeAllNow());
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => process.exit(0));

const description = JSON.parse(readFileSync(join(__dirname, "..", "package.json"), "utf8")) as { version: string };

serve(createConnection(ProposedFeatures.all), {
  clock: systemClock,
  env: process.env,
  homeFolder: homedir(),
  temporaryPaths,
  version: description.version,
  wasmFolder: __dirname,
});
