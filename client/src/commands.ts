import { commands, Disposable, env, type LogOutputChannel } from "vscode";
import { SERVER_COMMANDS, type SignInPlace } from "../../server/src/lsp/protocol.ts";
import type { Accounts } from "./accounts.ts";
import { copyDigest, updateAllInFile, withPinUnderCursor } from "./editor-commands.ts";
import { insertPullImage } from "./insert-pull-image.ts";
import { showPins } from "./pin-picker.ts";
import type { RestartableSession } from "./restartable-session.ts";
import { execute, showFailure } from "./server-requests.ts";
import { signIn, signInSomewhere, signOut } from "./sign-in.ts";

/** What the palette, the walkthrough, the status item and hovers call, by the identifiers of the manifest. */
export function registerCommands(session: RestartableSession, accounts: Accounts, log: LogOutputChannel): Disposable {
  const table: Record<string, (...args: never[]) => unknown> = {
    "dockpin.updateImageUnderCursor": () =>
      withPinUnderCursor(session.client, (pin) => execute(session.client, SERVER_COMMANDS.updatePin, pin.argument)),
    "dockpin.verifyHash": () =>
      withPinUnderCursor(session.client, (pin) => execute(session.client, SERVER_COMMANDS.verifyPin, pin.argument)),
    "dockpin.copyDigest": () => withPinUnderCursor(session.client, copyDigest),
    "dockpin.updateAllInFile": () => updateAllInFile(session.client),
    "dockpin.updateAllInWorkspace": () => execute(session.client, SERVER_COMMANDS.updateWorkspace),
    "dockpin.previewUpdates": () => execute(session.client, SERVER_COMMANDS.previewUpdates),
    "dockpin.checkAll": () => execute(session.client, SERVER_COMMANDS.checkWorkspace),
    "dockpin.insertPullImage": () => insertPullImage(session.client),
    "dockpin.signIn": (place?: SignInPlace) =>
      place === undefined ? signInSomewhere(session.client, accounts) : signIn(session.client, accounts, place),
    "dockpin.signOut": () => signOut(accounts),
    "dockpin.clearCache": () => execute(session.client, SERVER_COMMANDS.clearCache),
    "dockpin.showLog": () => log.show(),
    "dockpin.restartServer": () => session.restart(),
    "dockpin.showPins": () => showPins(session.client),
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
