import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { CodeLensRequest, CodeLensResolveRequest, ExecuteCommandRequest } from "vscode-languageserver-protocol";
import { PINS_REQUEST, type PinItem, SERVER_COMMANDS } from "../../server/src/lsp/protocol.ts";
import { FULL } from "../support/lsp/capabilities.ts";
import { type Client, startClient } from "../support/lsp/client.ts";
import { freshHome } from "./dockpin.ts";
import type { EventLoopReport } from "./event-loop-report.ts";
import { EVENT_LOOP_REPORTER } from "./places.ts";

const REPORT_PATIENCE = 5_000;

/** The language server as an editor runs it, in an empty folder. */
export interface BenchServer {
  readonly processId: number;
  /** Opens a document, and updates its pins one after the other; gives the seconds of each. */
  updateEach(name: string, text: string): Promise<readonly number[]>;
  /** As above, with the text that comes of it. */
  text(name: string): string;
  /** Opens a document, and waits for the title of its first lens. */
  firstLens(name: string, text: string): Promise<string>;
  /** The delay of the event loop since this was asked the last time. */
  eventLoop(): Promise<EventLoopReport>;
  close(): Promise<void>;
}

/** Starts the server with empty caches; `host` speaks http. */
export async function startBenchServer(parent: string, host: string): Promise<BenchServer> {
  const root = await mkdtemp(join(parent, "editor-"));
  const [folder, report] = [join(root, "folder"), join(root, "event-loop.json")];
  await mkdir(folder);
  const client = await startClient({
    cwd: folder,
    env: {
      ...process.env,
      ...freshHome(root),
      NODE_OPTIONS: `--require ${JSON.stringify(EVENT_LOOP_REPORTER)}`,
      DOCKPIN_EVENT_LOOP_REPORT: report,
    },
    capabilities: FULL,
    settings: { check: { onOpen: false }, registries: { [host]: { endpoint: `http://${host}` } } },
  });
  const processId = client.process.child.pid ?? Number.NaN;
  let reports = 0;
  return {
    processId,
    text: (name) => client.text(name),
    async updateEach(name, text) {
      const uri = await client.open(name, text);
      const seconds: number[] = [];
      for (let index = 0; ; index++) {
        // An edit moves the others.
        const pins = await client.connection.sendRequest<readonly PinItem[]>(PINS_REQUEST, { uri });
        const pin = pins[index];
        if (pin === undefined) return seconds;
        const edits = client.edits.length;
        const start = performance.now();
        await client.connection.sendRequest(ExecuteCommandRequest.type, {
          command: SERVER_COMMANDS.updatePin,
          arguments: [{ ...pin.argument }],
        });
        seconds.push((performance.now() - start) / 1000);
        if (client.edits.length !== edits + 1) throw new Error(`${pin.image} was not updated: ${tailOf(client)}`);
      }
    },
    async firstLens(name, text) {
      const textDocument = { uri: await client.open(name, text) };
      const lenses = (await client.connection.sendRequest(CodeLensRequest.type, { textDocument })) ?? [];
      const [lens] = lenses;
      if (lens === undefined) throw new Error("there is no lens");
      const resolved = await client.connection.sendRequest(CodeLensResolveRequest.type, lens);
      return resolved.command?.title ?? "";
    },
    async eventLoop() {
      reports++;
      client.process.child.kill("SIGUSR2");
      for (let waited = 0; waited < REPORT_PATIENCE; waited += 5) {
        const found = await readReport(report);
        if (found?.number === reports) return found;
        await wait(5);
      }
      throw new Error("the server does not tell of its event loop");
    },
    async close() {
      await client.end();
      await rm(root, { recursive: true, force: true });
    },
  };
}

async function readReport(path: string): Promise<EventLoopReport | null> {
  try {
    return JSON.parse(await readFile(path, "utf8"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

/** What the server said last. */
function tailOf(client: Client): string {
  return JSON.stringify(client.received.slice(-5)).slice(0, 2000);
}
