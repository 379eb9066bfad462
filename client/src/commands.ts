import { commands, Disposable, env, type LogOutputChannel } from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import { SERVER_COMMANDS } from "../../server/src/lsp/protocol.ts";
import { copyDigest, updateAllInFile, withPinUnderCursor } from "./editor-commands.ts";
import { insertPullImage } from "./insert-pull-image.ts";
import { showPins } from "./pin-picker.ts";
import { execute, showFailure } from "./server-requests.ts";

/** What the palette, the walkthrough, the status item and hovers call, by the identifiers of the manifest. */
export function registerCommands(client: LanguageClient, log: LogOutputChannel): Disposable {
  const table: Record<string, (...args: never[]) => unknown> = {
    "dockpin.updateImageUnderCursor": () =>
      withPinUnderCursor(client, (pin) => execute(client, SERVER_COMMANDS.updatePin, pin.argument)),
    "dockpin.verifyHash": () =>
      withPinUnderCursor(client, (pin) => execute(client, SERVER_COMMANDS.verifyPin, pin.argument)),
    "dockpin.copyDigest": () => withPinUnderCursor(client, copyDigest),
    "dockpin.updateAllInFile": () => updateAllInFile(client),
    "dockpin.updateAllInWorkspace": () => execute(client, SERVER_COMMANDS.updateWorkspace),
    "dockpin.previewUpdates": () => execute(client, SERVER_COMMANDS.previewUpdates),
    "dockpin.checkAll": () => execute(client, SERVER_COMMANDS.checkWorkspace),
    "dockpin.insertPullImage": () => insertPullImage(client),
    "dockpin.clearCache": () => execute(client, SERVER_COMMANDS.clearCache),
    "dockpin.showLog": () => log.show(),
    "dockpin.restartServer": () => client.restart(),
    "dockpin.showPins": () => showPins(client),
    "dockpin.copy": (text: string) => env.clipboard.writeText(text),
  };
  return Disposable.from(
    ...Object.entries(table).map(([id, run]) =>
      commands.registerCommand(id, async (...args: never[]) => {
        try {
          await run(...args);
        } catch (error) {
          await showFailure(error, log);
        }
      }),
    ),
  );
}
