import * as l10n from "@vscode/l10n";
import type { Connection } from "vscode-languageserver";
import { mapConcurrently } from "../base/concurrency.ts";
import { CodedError } from "../base/errors.ts";
import { labelOf } from "../pins/label.ts";
import { explanationPage } from "./features/documentation.ts";
import { verifiedChange } from "./features/offline-edits.ts";
import type { PinPlace } from "./many-pins.ts";
import { tell } from "./messages.ts";
import { type PinDocument, textsOf } from "./pin-documents.ts";
import type { PinView } from "./pin-view.ts";
import { type PinArgument, SERVER_COMMANDS } from "./protocol.ts";
import type { Server } from "./server.ts";

type Command = (args: readonly unknown[], server: Server, signal: AbortSignal) => Promise<void>;

/** What executes each command of `workspace/executeCommand`. */
export const COMMANDS: Readonly<Record<(typeof SERVER_COMMANDS)[keyof typeof SERVER_COMMANDS], Command>> = {
  [SERVER_COMMANDS.updatePin]: async ([argument], server, signal) => {
    const { document, views } = await placesOf(argument, server);
    const [view, ...others] = views;
    if (view === undefined) return;
    if (others.length === 0) await updatePin({ document, view }, server, signal);
    else await server.updates.updateSome({ ...document, views }, signal);
  },
  [SERVER_COMMANDS.checkPin]: async ([argument], server, signal) => {
    const { document, views } = await placesOf(argument, server);
    const { settings } = document;
    await mapConcurrently(views, Number.POSITIVE_INFINITY, (view) =>
      server.operations.check(view, { settings, signal, isFresh: true, isAttended: true }),
    );
  },
  [SERVER_COMMANDS.verifyPin]: async ([argument], server, signal) => {
    const { document, views } = await placesOf(argument, server);
    const { settings } = document;
    await mapConcurrently(views, settings.concurrency, (view) =>
      server.operations.verify(view, { settings, signal, isFresh: false, isAttended: true }),
    );
  },
  [SERVER_COMMANDS.cancelPin]: async ([argument], server) => {
    for (const view of (await placesOf(argument, server)).views) server.operations.cancel(view);
  },
  [SERVER_COMMANDS.updateFile]: ([uri], server, signal) => server.updates.update(textOf(uri), signal),
  [SERVER_COMMANDS.updateWorkspace]: (_, server, signal) => server.updates.update(null, signal),
  [SERVER_COMMANDS.previewUpdates]: (_, server, signal) => server.updates.preview(signal),
  [SERVER_COMMANDS.checkWorkspace]: (_, server, signal) => server.updates.check(signal),
  [SERVER_COMMANDS.clearCache]: async (_, server) => server.clearCache(),
  [SERVER_COMMANDS.explain]: async ([code], server) => server.showPage(explanationPage(textOrNull(code))),
};

/** Shows a page outside of the editor, or tells where it is. */
export async function showPage(uri: string, connection: Connection, canShow: boolean): Promise<void> {
  const isShown = canShow && (await connection.window.showDocument({ uri, external: true })).success;
  if (!isShown) await tell(connection, l10n.t("See {0}", uri), false);
}

async function updatePin({ document, view }: PinPlace, server: Server, signal: AbortSignal): Promise<void> {
  const options = { settings: document.settings, signal, isFresh: true, isAttended: true };
  const result = await server.operations.update(view, textsOf(document), options);
  if (!result?.ok) return;
  const change = result.value.change ?? verifiedChange(view);
  if (change === null) return;
  const changes = new Map([[document.document.uri, [{ view, change }]]]);
  const label = l10n.t("Update {0}", labelOf(view.pin));
  const { refused } = await server.landing.land(changes, { label, needsConfirmation: false, signal });
  for (const { view: left, problem } of refused) server.lessons.failed(left, problem);
  const [refusal] = refused;
  if (refusal?.problem.code === "edit-refused") throw new CodedError("edit-refused", refusal.problem.message);
}

async function placesOf(
  argument: unknown,
  { documents }: Pick<Server, "documents">,
): Promise<{ readonly document: PinDocument; readonly views: readonly PinView[] }> {
  const places = isPinArgument(argument) ? await documents.findAll(argument) : null;
  if (places === null) throw new CodedError("file-changed", "The pin is no longer what it was; try again.");
  return places;
}

function isPinArgument(value: unknown): value is PinArgument {
  return (
    typeof value === "object" && value !== null && "uri" in value && "id" in value && typeof value.uri === "string"
  );
}

function textOf(value: unknown): string {
  if (typeof value !== "string") throw new CodedError("usage", "The command needs the URI of a document.");
  return value;
}

function textOrNull(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
