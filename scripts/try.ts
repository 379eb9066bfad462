import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openExampleWorkspace } from "../test/editor/example-workspace.ts";
import { startVsCodeServer, type VsCodeServerInstallation } from "../test/editor/vscode/server.ts";
import { workbenchUrl } from "../test/editor/vscode/workbench-url.ts";

const FIRST_FILE = "alpine.nix";

/** Serves a VS Code with the packaged extension to the user's browser until Ctrl-C. */
export function tryInBrowser(root: string, installation: VsCodeServerInstallation, vsix: string): Promise<void> {
  return withExamples(root, async (folder, place, interrupted) => {
    const server = await startVsCodeServer(installation, { folder: place, vsix: [vsix], workspaceTrust: false });
    const url = workbenchUrl({ origin: server.origin, folder, files: [FIRST_FILE] });
    // An address that one can type.
    const door = createServer((_, response) => response.writeHead(302, { Location: url }).end());
    try {
      door.listen(0, "127.0.0.1");
      await once(door, "listening");
      const { port } = door.address() as AddressInfo;
      console.log(`\nOpen  http://127.0.0.1:${port}/  in a browser and click the lens above the pin.\nCtrl-C ends it.`);
      await interrupted;
    } finally {
      door.close();
      door.closeAllConnections();
      await server.close();
    }
  });
}

/** Opens a window of the `code` that is on PATH, with a profile of its own, until it is closed or Ctrl-C. */
export function tryOnDesktop(root: string): Promise<void> {
  return withExamples(root, async (folder, place, interrupted) => {
    const args = [
      `--extensionDevelopmentPath=${root}`,
      `--user-data-dir=${place}`,
      "--disable-workspace-trust",
      "--skip-welcome",
      "--new-window",
      "--wait",
      folder,
      join(folder, FIRST_FILE),
    ];
    console.log("\nClick the lens above the pin in the window that opens.\nClosing the window, or Ctrl-C, ends it.");
    // On Windows `code` is a script.
    const code = spawn("code", args, { stdio: "inherit", shell: process.platform === "win32" });
    await Promise.race([once(code, "exit"), interrupted]);
    code.kill();
    await closeWindow(place);
  });
}

/** Runs with a copy of the examples and a place for VS Code's own files; both are gone afterwards. */
async function withExamples(
  root: string,
  show: (folder: string, place: string, interrupted: Promise<unknown>) => Promise<void>,
): Promise<void> {
  const interrupted = Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
  const workspace = await openExampleWorkspace(join(root, "examples"));
  const place = await mkdtemp(join(tmpdir(), "dockpin-vscode-"));
  try {
    console.log("\nThis is a copy of examples/: nothing of yours is touched, and no network is needed.");
    await show(workspace.folder, place, interrupted);
  } finally {
    await rm(place, { recursive: true, force: true });
    await workspace.close();
  }
}

/** `code` starts VS Code apart from itself; a file in the user data says which process it is, while it runs. */
async function closeWindow(userData: string): Promise<void> {
  try {
    process.kill(Number(await readFile(join(userData, "code.lock"), "utf8")));
  } catch (error) {
    if (!["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
  }
}
