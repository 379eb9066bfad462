import type { Connection } from "vscode-languageserver";
import type { Log } from "../base/log.ts";
import { codeLenses, resolveCodeLens } from "./features/code-lens.ts";
import type { PinArgument } from "./protocol.ts";
import { answering } from "./requests.ts";
import type { Server } from "./server.ts";

/** Which feature answers which request. */
export function bindFeatures(connection: Connection, log: Log, server: () => Server): void {
  connection.onCodeLens(
    answering(log, async ({ textDocument }) => {
      const shown = await server().views.of(textDocument.uri);
      return shown?.settings.codeLens.enabled ? codeLenses(shown.document, shown.views) : [];
    }),
  );
  connection.onCodeLensResolve(
    answering(log, async (lens) => {
      const found = await server().views.find(lens.data as PinArgument);
      return found === null ? lens : resolveCodeLens(lens, found.view, server().isOnline());
    }),
  );
}
