import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, onTestFinished } from "vitest";
import {
  type ClientCapabilities,
  type CodeAction,
  CodeActionRequest,
  CodeActionResolveRequest,
  type CodeLens,
  CodeLensRequest,
  CodeLensResolveRequest,
  type Command,
  type Diagnostic,
  DocumentDiagnosticRequest,
  ExecuteCommandRequest,
  type Position,
  type PublishDiagnosticsParams,
  type Range,
} from "vscode-languageserver-protocol";
import type { DiagnosticCode } from "../../server/src/lsp/diagnostic-codes.ts";
import {
  PINS_REQUEST,
  type PinItem,
  type PinsParams,
  STATUS_NOTIFICATION,
  type StatusParams,
} from "../../server/src/lsp/protocol.ts";
import { until, type Workplace, workplace } from "../cli/harness.ts";
import { pullsDiagnostics } from "../support/lsp/announced.ts";
import { FULL } from "../support/lsp/capabilities.ts";
import { type Client, type ClientOptions, startClient } from "../support/lsp/client.ts";
import type { RegistryContent } from "../support/registry/content.ts";
import { type RegistryOptions, startRegistry, type TestRegistry } from "../support/registry/server.ts";
import { sampleImages } from "../support/sample/images.ts";

const EXAMPLES = join(import.meta.dirname, "..", "..", "examples");
/** The registries that the examples name; all are the one in this process. */
const REGISTRIES = ["docker.io", "ghcr.io", "quay.io"];

/** A file of `examples/`. */
export function example(name: string): string {
  return readFileSync(join(EXAMPLES, name), "utf8");
}

export const ALPINE = example("alpine.nix");
export const PROXY = example("cluster/airgap-images.nix");
export const CONTAINERS = example("homelab/containers.nix");
export const FRESH = example("packages/cache-image.nix");
export const FROZEN = example("packages/frozen.nix");

export const STALE_DIGEST = "sha256:de7e26084bafb5046f460386806b1160da067032bb2eda2f1ece236f00668089";
export const STALE_HASH = "sha256-IjMYsAmRJPGeM4Ap8XYkUFXumXHsFC01cuOuuITy5to=";
export const GONE_DIGEST = `sha256:${"d".repeat(64)}`;

/** The paths of layers, not those of the small blobs that tell what an image is. */
export const LAYERS = layersOf(sampleImages());

/** A registry that stops in the middle of every layer. */
export const STALLED_LAYERS: RegistryOptions = {
  faults: [{ path: LAYERS, fault: { do: "stall", afterBytes: 10 } }],
};

export interface SessionOptions {
  readonly capabilities?: ClientCapabilities;
  /** Beside `registries`, which leads to the registry of the test. */
  readonly settings?: object;
  readonly initializationOptions?: object;
  /** The initialization options, by the addresses of the folder. */
  readonly initialization?: (uri: (name: string) => string) => object;
  readonly content?: RegistryContent;
  /** Called when a blob is asked for, before it is answered. */
  readonly onBlob?: () => void;
  readonly registry?: RegistryOptions;
  readonly client?: Partial<ClientOptions>;
  /** More of the environment, by the paths of the folder. */
  readonly env?: (path: (name: string) => string) => Readonly<Record<string, string>>;
}

/** A client with its server, in a folder with files, and the registry that the server is led to. */
export interface Session extends Client {
  readonly place: Workplace;
  readonly registry: TestRegistry;
  readonly content: RegistryContent;
  /** The settings that lead to the registry of the test, and others. */
  settings(more?: object): object;
  /** The lenses of a document, resolved. */
  lenses(name: string): Promise<CodeLens[]>;
  titles(name: string): Promise<string[]>;
  /** Asks for the lenses as often as the server says that they changed, until their titles are these. */
  untilTitles(name: string, ...titles: readonly (string | RegExp)[]): Promise<CodeLens[]>;
  /** Clicks on a lens. */
  click(lens: CodeLens | undefined): Promise<unknown>;
  /** The diagnostics that the client shows: pulled, else what was pushed last. */
  diagnostics(name: string): Promise<readonly Diagnostic[]>;
  /** As `untilTitles`, for the codes of the diagnostics in the order of the text. */
  untilCodes(name: string, ...codes: readonly string[]): Promise<readonly Diagnostic[]>;
  /** All diagnostics, once one of this code is among them. */
  diagnosticsWith(name: string, code: DiagnosticCode): Promise<readonly Diagnostic[]>;
  untilDiagnostic(name: string, code: DiagnosticCode): Promise<Diagnostic>;
  /** What the light bulb offers at a place, for the diagnostics there. */
  actions(name: string, range: Range, only?: readonly string[]): Promise<(CodeAction | Command)[]>;
  /** Chooses an action: resolves it, applies its edit, then runs its command. */
  choose(action: CodeAction | Command | undefined): Promise<CodeAction>;
  execute(command: string, ...args: readonly unknown[]): Promise<unknown>;
  /** Writes a file, as another program would. */
  write(name: string, text: string): void;
  /** Where a text stands in a document for the first time. */
  at(name: string, text: string): Position;
  rangeOf(name: string, text: string): Range;
  /** Puts a text in the place of another, by an incremental change. */
  replace(name: string, oldText: string, newText: string): Promise<void>;
  /** What the status item shows now. */
  status(): StatusParams | undefined;
  untilStatus(expected: Partial<StatusParams>): Promise<StatusParams>;
  /** The pins of a document, or of the workspace. */
  pins(name?: string): Promise<readonly PinItem[]>;
}

/** The setting that leads the registries of the examples to this one. */
export function registriesAt(endpoint: string): Readonly<Record<string, { readonly endpoint: string }>> {
  return Object.fromEntries(REGISTRIES.map((name) => [name, { endpoint }]));
}

/** Starts a server in a folder with these files; it must end in order after the test. */
export async function session(files: Readonly<Record<string, string>>, options: SessionOptions = {}): Promise<Session> {
  const content = options.content ?? sampleImages();
  if (options.onBlob !== undefined) announceBlobs(content, options.onBlob);
  const registry = await startRegistry(content, options.registry);
  onTestFinished(() => registry.close());
  const place = await workplace(files);
  const settings = (more: object = {}) => ({
    registries: registriesAt(registry.origin),
    ...more,
  });
  const client = await startClient({
    cwd: place.folder,
    env: { ...place.env, ...options.env?.(place.path) },
    capabilities: options.capabilities ?? FULL,
    settings: settings(options.settings),
    initializationOptions: {
      ...options.initializationOptions,
      ...options.initialization?.((name) => pathToFileURL(place.path(name)).href),
    },
    ...options.client,
  });
  onTestFinished(() => {
    client.process.child.kill("SIGKILL");
  });
  onTestFinished(async () => {
    if (!client.process.hasExited()) await client.end();
    // A server that a test ended must have gone without a word, too.
    else expect(client.process.noise()).toEqual([]);
  });
  return Object.assign(client, { place, registry, content, settings }, requestsOf(client));
}

function layersOf(content: RegistryContent): RegExp {
  const blobs = [...content.values()].flatMap((repository) => [...repository.blobs]);
  return new RegExp(blobs.flatMap(([digest, bytes]) => (isLayer(bytes) ? [digest] : [])).join("|"));
}

/** A config is JSON. */
function isLayer(bytes: Uint8Array): boolean {
  return bytes[0] !== "{".charCodeAt(0);
}

function announceBlobs(content: RegistryContent, onBlob: () => void): void {
  for (const { blobs } of content.values()) {
    const get = blobs.get.bind(blobs);
    blobs.get = (digest) => {
      onBlob();
      return get(digest);
    };
  }
}

function requestsOf(client: Client) {
  const { connection, capabilities } = client;
  const textDocument = (name: string) => ({ uri: client.uri(name) });

  const lenses = async (name: string): Promise<CodeLens[]> => {
    const found = (await connection.sendRequest(CodeLensRequest.type, { textDocument: textDocument(name) })) ?? [];
    return Promise.all(
      found.map((lens) =>
        lens.command === undefined ? connection.sendRequest(CodeLensResolveRequest.type, lens) : lens,
      ),
    );
  };

  const pull = async (name: string) => {
    const report = await connection.sendRequest(DocumentDiagnosticRequest.type, { textDocument: textDocument(name) });
    if (report.kind !== "full") throw new Error("nobody said what is unchanged");
    return report.items;
  };

  const pushed = (name: string) =>
    client
      .sent<PublishDiagnosticsParams>("textDocument/publishDiagnostics")
      .findLast(({ uri }) => uri === client.uri(name))?.diagnostics ?? [];

  const diagnostics = async (name: string) => (pullsDiagnostics(capabilities) ? pull(name) : pushed(name));

  /** Asks again whenever the server says that there is something new; a client that is never told asks all the time. */
  const untilRight = async <T>(
    ask: () => Promise<T>,
    isRight: (answer: T) => boolean,
    refresh: Refresh,
  ): Promise<T> => {
    const isTold = refresh.supported(capabilities);
    for (;;) {
      const told = client.sent(refresh.method).length;
      const answer = await ask();
      if (isRight(answer)) return answer;
      const what = `another answer than ${JSON.stringify(answer)}`;
      if (isTold) await client.until(what, () => (client.sent(refresh.method).length > told ? true : undefined));
      else {
        await until(async () => isRight(await ask())).catch((cause: unknown) => {
          throw new Error(`${what} never came`, { cause });
        });
      }
    }
  };

  const at = (name: string, text: string) => {
    const offset = client.text(name).indexOf(text);
    if (offset < 0) throw new Error(`${name} has no ${text}`);
    return positionAt(client.text(name), offset);
  };
  const rangeOf = (name: string, text: string): Range => {
    const offset = client.text(name).indexOf(text);
    return { start: at(name, text), end: positionAt(client.text(name), offset + text.length) };
  };
  const execute = (command: string, ...args: readonly unknown[]) =>
    connection.sendRequest(ExecuteCommandRequest.type, { command, arguments: [...args] as never });

  const diagnosticsWith = (name: string, code: DiagnosticCode) =>
    untilRight(
      () => diagnostics(name),
      (found) => found.some((one) => one.code === code),
      DIAGNOSTIC_REFRESH,
    );
  const status = () => client.sent<StatusParams>(STATUS_NOTIFICATION).at(-1);

  return {
    ...{ lenses, diagnostics, at, rangeOf, execute },
    titles: async (name: string) => (await lenses(name)).map(titleOf),
    untilTitles: (name: string, ...titles: readonly (string | RegExp)[]) =>
      untilRight(
        () => lenses(name),
        (found) => areAll(found.map(titleOf), titles),
        LENS_REFRESH,
      ),
    untilCodes: (name: string, ...codes: readonly string[]) =>
      untilRight(
        () => diagnostics(name),
        (found) => areAll(codesOf(found), codes),
        DIAGNOSTIC_REFRESH,
      ),
    diagnosticsWith,
    untilDiagnostic: async (name: string, code: DiagnosticCode) =>
      (await diagnosticsWith(name, code)).find((one) => one.code === code)!,
    click: async (lens: CodeLens | undefined) => {
      if (lens?.command === undefined) throw new Error("no lens to click on");
      return execute(lens.command.command, ...(lens.command.arguments ?? []));
    },
    actions: async (name: string, range: Range, only?: readonly string[]) => {
      const here = (await diagnostics(name)).filter((one) => overlap(one.range, range));
      const context = { diagnostics: here, ...(only !== undefined && { only: [...only] }) };
      const params = { textDocument: textDocument(name), range, context };
      return (await connection.sendRequest(CodeActionRequest.type, params)) ?? [];
    },
    choose: async (action: CodeAction | Command | undefined): Promise<CodeAction> => {
      if (action === undefined) throw new Error("no action to choose");
      if (typeof action.command === "string") {
        await execute(action.command, ...((action as Command).arguments ?? []));
        return action as CodeAction;
      }
      const offered = action as CodeAction;
      const chosen =
        offered.edit === undefined && offered.data !== undefined
          ? await connection.sendRequest(CodeActionResolveRequest.type, offered)
          : offered;
      if (chosen.edit !== undefined) {
        const answer = client.documents.apply(chosen.edit);
        if (!answer.applied) throw new Error(answer.failureReason);
      }
      if (chosen.command !== undefined) await execute(chosen.command.command, ...(chosen.command.arguments ?? []));
      return chosen;
    },
    replace: (name: string, oldText: string, newText: string) =>
      client.change(name, [{ range: rangeOf(name, oldText), text: newText }]),
    write: (name: string, text: string) => writeFileSync(new URL(client.uri(name)), text),
    status,
    untilStatus: (expected: Partial<StatusParams>) =>
      client.until(`the status ${JSON.stringify(expected)}`, () => {
        const shown = status();
        const keys = Object.keys(expected) as (keyof StatusParams)[];
        return shown !== undefined && keys.every((key) => shown[key] === expected[key]) ? shown : undefined;
      }),
    pins: (name: string | null = null) => {
      const params: PinsParams = { uri: name === null ? null : client.uri(name) };
      return connection.sendRequest<readonly PinItem[]>(PINS_REQUEST, params);
    },
  };
}

interface Refresh {
  readonly method: string;
  readonly supported: (capabilities: ClientCapabilities) => boolean;
}

const LENS_REFRESH: Refresh = {
  method: "workspace/codeLens/refresh",
  supported: ({ workspace }) => workspace?.codeLens?.refreshSupport === true,
};

/** A client to which diagnostics are pushed looks at what it has been sent. */
const DIAGNOSTIC_REFRESH: Refresh = {
  method: "workspace/diagnostic/refresh",
  supported: ({ workspace }) => workspace?.diagnostics?.refreshSupport === true,
};

export function titleOf(lens: CodeLens): string {
  return lens.command?.title ?? "";
}

/** In the order of the text. */
export function codesOf(diagnostics: readonly Diagnostic[]): string[] {
  return diagnostics
    .toSorted((a, b) => a.range.start.line - b.range.start.line || a.range.start.character - b.range.start.character)
    .map(({ code }) => String(code));
}

export function titlesOf(actions: readonly (CodeAction | Command)[]): string[] {
  return actions.map(({ title }) => title);
}

/** What `dockpin update` makes of these files, with the registry of the session. */
export async function updatedByCli(
  files: Readonly<Record<string, string>>,
  registry: TestRegistry,
): Promise<Record<string, string>> {
  const place = await workplace(files);
  const endpoints = REGISTRIES.flatMap((name) => ["--endpoint", `${name}=${registry.origin}`]);
  await place.dockpin("update", "--quiet", ...endpoints);
  const texts = Object.keys(files).map(async (name) => [name, await place.read(name)] as const);
  return Object.fromEntries(await Promise.all(texts));
}

function areAll(found: readonly string[], wanted: readonly (string | RegExp)[]): boolean {
  return (
    found.length === wanted.length &&
    wanted.every((one, index) => (typeof one === "string" ? one === found[index] : one.test(found[index] ?? "")))
  );
}

function positionAt(text: string, offset: number): Position {
  const before = text.slice(0, offset).split("\n");
  return { line: before.length - 1, character: before.at(-1)?.length ?? 0 };
}

function overlap(one: Range, other: Range): boolean {
  const isAfter = (a: Position, b: Position) => a.line > b.line || (a.line === b.line && a.character > b.character);
  return !isAfter(one.start, other.end) && !isAfter(other.start, one.end);
}
