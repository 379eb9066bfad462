import { type CancellationToken, type LogOutputChannel, l10n, type Uri, window } from "vscode";
import {
  ExecuteCommandRequest,
  type LanguageClient,
  LSPErrorCodes,
  type LSPObject,
  RequestType,
  ResponseError,
} from "vscode-languageclient/node";
import {
  NEW_PIN_REQUEST,
  type NewPinParams,
  type NewPinResult,
  PINS_REQUEST,
  type PinItem,
  type PinsParams,
  TRY_ACCOUNT_REQUEST,
  type TryAccountParams,
  type TryAccountResult,
} from "../../server/src/lsp/protocol.ts";

const pinsRequest = new RequestType<PinsParams, PinItem[], void>(PINS_REQUEST);
const newPinRequest = new RequestType<NewPinParams, NewPinResult, void>(NEW_PIN_REQUEST);

const tryAccountRequest = new RequestType<TryAccountParams, TryAccountResult, void>(TRY_ACCOUNT_REQUEST);

/** The pins of a document, or of the workspace. */
export function requestPins(client: LanguageClient, document: Uri | null): Promise<PinItem[]> {
  return client.sendRequest(pinsRequest, {
    uri: document && client.code2ProtocolConverter.asUri(document),
  });
}

/** Text of a call that pins an image. */
export function requestNewPin(
  client: LanguageClient,
  params: NewPinParams,
  cancellation: CancellationToken,
): Promise<NewPinResult> {
  return client.sendRequest(newPinRequest, params, cancellation);
}

/** Why the registry does not take an account, as a sentence; null when it does. */
export async function tryAccount(
  client: LanguageClient,
  params: TryAccountParams,
  cancellation: CancellationToken,
): Promise<string | null> {
  return (await client.sendRequest(tryAccountRequest, params, cancellation)).problem;
}

/** Runs a command of the server to its end. */
export async function execute(client: LanguageClient, command: string, ...args: unknown[]): Promise<void> {
  await client.sendRequest(ExecuteCommandRequest.type, { command, arguments: args as LSPObject[] });
}

/** Tells the user why what was asked for could not be done. What was cancelled needs no telling. */
export async function showFailure(error: unknown, log: LogOutputChannel): Promise<void> {
  if (isCancellation(error)) return;
  const message = error instanceof Error ? error.message : String(error);
  log.error(message);
  const showLog = l10n.t("Show Log");
  if ((await window.showErrorMessage(message, showLog)) === showLog) log.show();
}

function isCancellation(error: unknown): boolean {
  const codes: number[] = [
    LSPErrorCodes.RequestCancelled,
    LSPErrorCodes.ServerCancelled,
    LSPErrorCodes.ContentModified,
  ];
  return error instanceof ResponseError && codes.includes(error.code);
}
