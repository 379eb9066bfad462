import { join } from "node:path";
import { runTests } from "@vscode/test-electron";
import { openExampleWorkspace } from "./example-workspace.ts";

// The bundle lies in build/.
const root = join(__dirname, "..");

/** Runs the suite that the argument names in a VS Code of the desktop; gives the exit code. */
async function runOnDesktop(): Promise<number> {
  const [extensionTestsPath] = process.argv.slice(2);
  if (extensionTestsPath === undefined) throw new Error("Run `npm run test:editor:desktop`.");
  const vscodeExecutablePath = process.env["VSCODE_PATH"];
  const workspace = await openExampleWorkspace(join(root, "examples"));
  try {
    return await runTests({
      ...(vscodeExecutablePath !== undefined && { vscodeExecutablePath }),
      extensionDevelopmentPath: root,
      extensionTestsPath,
      launchArgs: [workspace.folder, "--disable-extensions", "--disable-workspace-trust"],
    });
  } finally {
    await workspace.close();
  }
}

runOnDesktop().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(error);
    process.exitCode = 2;
  },
);
