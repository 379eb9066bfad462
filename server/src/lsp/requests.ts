import { type CancellationToken, LSPErrorCodes, ResponseError } from "vscode-languageserver";
import type { Clock } from "../base/clock.ts";
import { CodedError, isAbort } from "../base/errors.ts";
import type { Log } from "../base/log.ts";

/** What answers a request; stops as soon as the signal is aborted. */
export type Answer<P, R> = (params: P, signal: AbortSignal) => Promise<R>;

/**
 * Makes a handler of an answer. `$/cancelRequest` aborts its signal, and the client is told so; a coded error becomes the
 * response's error. Anything else is a defect, which the log tells.
 */
export function answering<P, R>(
  log: Log,
  answer: Answer<P, R>,
): (params: P, token: CancellationToken) => Promise<R | ResponseError<never>> {
  return async (params, token) => {
    const controller = new AbortController();
    const subscription = token.onCancellationRequested(() => controller.abort());
    try {
      if (token.isCancellationRequested) controller.abort();
      return await answer(params, controller.signal);
    } catch (error) {
      if (isAbort(error, controller.signal)) {
        return new ResponseError(LSPErrorCodes.RequestCancelled, "The request was cancelled.");
      }
      if (error instanceof CodedError) {
        return new ResponseError(LSPErrorCodes.RequestFailed, `${error.message} [${error.code}]`);
      }
      log.warn(`A defect in dockpin: ${describeDefect(error)}`);
      throw error;
    } finally {
      subscription.dispose();
    }
  };
}

/** Waits for work, but no longer than this many milliseconds; the work goes on. */
export async function within(work: Promise<unknown>, milliseconds: number, clock: Clock): Promise<void> {
  const over = new AbortController();
  try {
    await Promise.race([work, clock.sleep(milliseconds, over.signal)]);
  } finally {
    over.abort();
  }
}

/** For work that nobody waits for: an abort is its end like any other, a defect is told. */
export function unattended(log: Log, work: Promise<unknown>): void {
  work.catch((error: unknown) => {
    if (!isAbort(error)) log.warn(`A defect in dockpin: ${describeDefect(error)}`);
  });
}

function describeDefect(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
