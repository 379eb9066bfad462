import { type Disposable, ProgressLocation, window } from "vscode";
import {
  type LanguageClient,
  type Middleware,
  type ProgressToken,
  State,
  type WorkDoneProgressBegin,
  WorkDoneProgressCancelNotification,
  type WorkDoneProgressEnd,
  type WorkDoneProgressReport,
} from "vscode-languageclient/node";
import { progressReporter } from "./progress-reporter.ts";

interface Shown {
  report(value: WorkDoneProgressBegin | WorkDoneProgressReport): void;
  close(): void;
}

/**
 * Shows progress that the server lets the user cancel as a notification with a button; the language client by itself
 * shows all progress in the status bar, where nothing can be cancelled.
 */
export class ProgressNotifications implements Disposable {
  readonly #shown = new Map<ProgressToken, Shown>();

  readonly middleware: Middleware = {
    handleWorkDoneProgress: (token, params, next) => {
      if (!this.#handle(token, params)) next(token, params);
    },
  };

  #client: LanguageClient | undefined;

  /** A server that has gone reports no end any more. */
  follow(client: LanguageClient): Disposable {
    this.#client = client;
    return client.onDidChangeState(({ newState }) => {
      if (newState === State.Stopped) this.dispose();
    });
  }

  dispose(): void {
    for (const shown of this.#shown.values()) shown.close();
    this.#shown.clear();
  }

  /** Whether nobody else is to show it. */
  #handle(token: ProgressToken, params: WorkDoneProgressBegin | WorkDoneProgressReport | WorkDoneProgressEnd): boolean {
    if (params.kind === "begin") {
      if (params.cancellable !== true) return false;
      this.#shown.set(token, this.#show(token, params));
      return true;
    }
    const shown = this.#shown.get(token);
    if (shown === undefined) return false;
    if (params.kind === "report") {
      shown.report(params);
      return true;
    }
    shown.close();
    this.#shown.delete(token);
    return false;
  }

  #show(token: ProgressToken, begin: WorkDoneProgressBegin): Shown {
    let close = () => {};
    const closed = new Promise<void>((resolve) => {
      close = resolve;
    });
    let report: Shown["report"] = () => {};
    void window.withProgress(
      { location: ProgressLocation.Notification, title: begin.title, cancellable: true },
      (shown, cancellation) => {
        report = progressReporter(shown);
        report(begin);
        cancellation.onCancellationRequested(() =>
          this.#client?.sendNotification(WorkDoneProgressCancelNotification.type, { token }),
        );
        return closed;
      },
    );
    return { report: (value) => report(value), close };
  }
}
