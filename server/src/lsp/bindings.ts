import type { CodeAction, Connection, ResponseError } from "vscode-languageserver";
import { CodedError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { printable } from "../base/printable.ts";
import { labelOf } from "../pins/label.ts";
import { readNetwork } from "./client-support.ts";
import { editOfAction, offlineEdit } from "./code-action-edits.ts";
import { COMMANDS } from "./commands.ts";
import { type CodeActionData, codeActions } from "./features/code-action.ts";
import { codeLenses, lensTitle, resolveCodeLens } from "./features/code-lens.ts";
import { documentLinks } from "./features/document-link.ts";
import { documentSymbols, flatSymbols } from "./features/document-symbol.ts";
import { hover } from "./features/hover.ts";
import { inlayHints } from "./features/inlay-hint.ts";
import { pinArgument } from "./features/pin-argument.ts";
import { pinAt } from "./features/pin-at.ts";
import { placesIn } from "./features/pin-places.ts";
import { toRange } from "./features/text-positions.ts";
import { newPinPlace, writeNewPin } from "./new-pin.ts";
import { type PinDocument, textsOf } from "./pin-documents.ts";
import {
  ACCOUNTS_CHANGED_NOTIFICATION,
  type AccountsChangedParams,
  CLIENT_COMMANDS,
  NETWORK_NOTIFICATION,
  NEW_PIN_REQUEST,
  type NewPinParams,
  PINS_REQUEST,
  type PinArgument,
  type PinItem,
  type PinsParams,
  TRUST_NOTIFICATION,
  TRY_ACCOUNT_REQUEST,
  type TryAccountParams,
  type TryAccountResult,
} from "./protocol.ts";
import { type Answer, answering, unattended, within } from "./requests.ts";
import type { Server } from "./server.ts";

/** Milliseconds that a hover waits for a registry; what comes later is there for the next one. */
const HOVER_PATIENCE = 3_000;

/** Which feature answers which message. */
export function bindFeatures(connection: Connection, log: Log, server: () => Server): void {
  const answer = <P, R>(work: Answer<P, R>) => answering(log, work);
  /** What a feature makes of an open document; `none` for one that is not open. */
  const inDocument = <P extends { textDocument: { uri: string } }, R>(
    none: R,
    work: (document: PinDocument, params: P, server: Server, signal: AbortSignal) => R | Promise<R>,
  ) =>
    answer<P, R>(async (params, signal) => {
      const document = await server().documents.open(params.textDocument.uri);
      return document === null ? none : work(document, params, server(), signal);
    });

  connection.onCodeLens(
    inDocument([], ({ document, settings, views }) => (settings.codeLens.enabled ? codeLenses(document, views) : [])),
  );
  connection.onCodeLensResolve(
    answer(async (lens) => {
      const { documents, checks, isOnline, signInPlaces } = server();
      const place = await documents.findAll(lens.data as PinArgument);
      if (place === null) return lens;
      for (const view of place.views) checks.seen(place.document, view);
      return resolveCodeLens(lens, place, isOnline(), await signInPlaces(place.document));
    }),
  );
  connection.onHover(
    inDocument(null, async ({ document, settings, views }, { position }, { documents, facts, ...one }, signal) => {
      const view = pinAt(document.uri, views, document.offsetAt(position));
      if (view === null) return null;
      const learning = facts.learn(view, settings, signal);
      unattended(log, learning);
      await within(learning, HOVER_PATIENCE, one.clock);
      const now = await documents.open(document.uri);
      if (now === null) return null;
      return hover(now.document, now.views, position, {
        now: one.clock.now(),
        online: one.isOnline(),
        markdown: one.support.hoverMarkdown,
        copyCommand: one.support.commands.has(CLIENT_COMMANDS.copy) ? CLIENT_COMMANDS.copy : null,
        canSignIn: one.support.commands.has(CLIENT_COMMANDS.signIn),
      });
    }),
  );
  connection.languages.inlayHint.on(
    inDocument([], ({ document, settings, views }, { range }, { clock }) =>
      settings.inlayHints.enabled ? inlayHints(document, views, range, clock.now()) : [],
    ),
  );
  connection.onDocumentLinks(inDocument([], ({ document, views }) => documentLinks(document, views)));
  connection.onDocumentSymbol(
    inDocument([], ({ document, views }, _, { support }) =>
      support.hierarchicalSymbols ? documentSymbols(document, views) : flatSymbols(document, views),
    ),
  );
  connection.languages.diagnostics.on(
    inDocument({ kind: "full", items: [] }, (document, _, { diagnose }) => ({
      kind: "full",
      items: diagnose(document),
    })),
  );
  connection.onCodeAction(
    inDocument([], (document, { range, context }, { support, isOnline }) => {
      const { codeActionResolve: resolvesEdit, codeActionDisabled: showsDisabled } = support;
      const shown = { document: document.document, views: document.views, textOf: textsOf(document) };
      const actions = codeActions(shown, range, context, {
        ...{ online: isOnline(), resolvesEdit, showsDisabled },
      });
      if (!support.codeActionLiterals) return actions.flatMap(({ command }) => command ?? []);
      return resolvesEdit ? actions : actions.map((action) => withOfflineEdit(action, document, server()));
    }),
  );
  connection.onCodeActionResolve(
    answer(async (action, signal) => {
      const edit = await editOfAction(action, server(), signal);
      return edit === null ? action : { ...action, edit };
    }),
  );
  connection.onExecuteCommand(
    answer(async ({ command, arguments: args = [] }, signal) => {
      const execute = Object.entries(COMMANDS).find(([name]) => name === command)?.[1];
      if (execute === undefined) throw new CodedError("usage", `There is no command "${printable(command, 80)}".`);
      await execute(args, server(), signal);
      return null;
    }),
  );
  connection.onRequest(
    PINS_REQUEST,
    answer<PinsParams | null, PinItem[]>(async (params, signal) => {
      const { documents } = server();
      const uri = params?.uri ?? null;
      const one = uri === null ? null : await documents.read(uri);
      const all = uri === null ? (await documents.scan(signal)).documents : one === null ? [] : [one];
      const items = all.map((document) => pinItems(document, server(), uri !== null));
      return (await Promise.all(items)).flat();
    }),
  );
  connection.onRequest(
    NEW_PIN_REQUEST,
    answer(async (params: NewPinParams, signal) => {
      const { runs, settings, signIns, access } = server();
      const reporter = connection.window.attachWorkDoneProgress(params.workDoneToken);
      reporter.begin(params.image, 0, undefined, false);
      try {
        const current = await settings.of(null);
        return await signIns.retrying(newPinPlace(params.image, await access.rules(current.registries)), signal, () =>
          writeNewPin(params, current, runs, signal, ({ receivedBytes, totalBytes, waiting }) =>
            reporter.report(Math.floor((100 * receivedBytes) / Math.max(1, totalBytes)), waiting ?? ""),
          ),
        );
      } finally {
        reporter.done();
      }
    }),
  );
  connection.onRequest<TryAccountResult | ResponseError<never>, never>(
    TRY_ACCOUNT_REQUEST,
    answer<TryAccountParams, TryAccountResult>((params, signal) => server().signingIn.tryAccount(params, signal)),
  );
  connection.onNotification(ACCOUNTS_CHANGED_NOTIFICATION, ({ hosts }: AccountsChangedParams) =>
    unattended(log, server().signingIn.changed(hosts)),
  );
  connection.onNotification(NETWORK_NOTIFICATION, (network: unknown) => server().changeNetwork(readNetwork(network)));
  connection.onNotification(TRUST_NOTIFICATION, () => server().trust());
}

function withOfflineEdit(action: CodeAction, document: PinDocument, { support }: Server): CodeAction {
  const data = action.data as CodeActionData | undefined;
  if (data?.kind !== "offline") return action;
  const view = document.views.find(({ id }) => id === data.pin.id);
  return view === undefined ? action : { ...action, edit: offlineEdit(data.fix, { document, view }, support) };
}

/** Of one document, every place where its pins are shown; of many, the places where their values stand. */
async function pinItems(
  pinned: PinDocument,
  { isOnline, signInPlaces }: Server,
  areCallsWanted: boolean,
): Promise<PinItem[]> {
  const { document, version, views } = pinned;
  const placeOf = await signInPlaces(pinned);
  const places = placesIn(document, views).flatMap((place) =>
    place.views.map((view) => ({ view, range: place.range })),
  );
  return places
    .filter(({ view, range }) => areCallsWanted || range === view.pin.range)
    .map(({ view, range }) => ({
      uri: document.uri,
      range: toRange(document, range),
      image: labelOf(view.pin),
      digest: view.pin.imageDigest.state === "known" ? view.pin.imageDigest.value : null,
      status: lensTitle(view, isOnline(), placeOf),
      signIn: placeOf(view),
      argument: { ...pinArgument(document, view), version },
    }));
}
