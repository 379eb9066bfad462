import {
  type CancellationToken,
  CancellationTokenSource,
  type InputBox,
  l10n,
  QuickInputButtons,
  window,
} from "vscode";
import type { Account, SignInPlace } from "../../server/src/lsp/protocol.ts";

/** Why an account is not taken, as a sentence; null when it is. */
export type TryAccount = (account: Account, cancellation: CancellationToken) => Promise<string | null>;

/**
 * Asks for a user name, then for a password, until the registry takes them; undefined when the user would rather not.
 *
 * @param username that is offered
 * @param cancellation closes the boxes
 */
export async function askForAccount(
  { host, registry }: SignInPlace,
  username: string,
  tryAccount: TryAccount,
  cancellation: CancellationToken,
): Promise<Account | undefined> {
  const title =
    host === registry
      ? l10n.t("Sign in to {0}", host)
      : l10n.t("Sign in to {0}, which stands in for {1}", host, registry);
  let name: string | undefined = username;
  for (;;) {
    name = await askForUsername(title, name, cancellation);
    if (name === undefined) return undefined;
    const outcome = await askForPassword(title, { host, username: name }, tryAccount, cancellation);
    if (outcome !== "back") return outcome;
  }
}

async function askForUsername(
  title: string,
  value: string,
  cancellation: CancellationToken,
): Promise<string | undefined> {
  const prompt = l10n.t("User name");
  const name = await window.showInputBox({ title, prompt, value, ignoreFocusOut: true }, cancellation);
  return name?.trim() || undefined;
}

/** Says in the box why the registry did not take what was typed, and lets the user type again. */
function askForPassword(
  title: string,
  { host, username }: Omit<Account, "password">,
  tryAccount: TryAccount,
  cancellation: CancellationToken,
): Promise<Account | "back" | undefined> {
  const box = passwordBox(title, l10n.t("Password or access token of {0}; it is kept in the secret storage", username));
  const closing = new CancellationTokenSource();
  return new Promise((resolve) => {
    const end = (outcome: Account | "back" | undefined) => {
      resolve(outcome);
      closing.cancel();
      box.dispose();
    };
    const accept = async () => {
      const account = { host, username, password: box.value };
      setBusy(box, true);
      const problem = await tryAccount(account, closing.token).catch((error: unknown) => String(error));
      if (closing.token.isCancellationRequested) return;
      if (problem === null) {
        end(account);
        return;
      }
      setBusy(box, false);
      box.validationMessage = problem;
    };
    box.onDidAccept(() => {
      if (box.value !== "" && !box.busy) void accept();
    });
    box.onDidChangeValue(() => {
      box.validationMessage = undefined;
    });
    box.onDidTriggerButton(() => end("back"));
    box.onDidHide(() => end(undefined));
    cancellation.onCancellationRequested(() => end(undefined));
    box.show();
  });
}

function passwordBox(title: string, prompt: string): InputBox {
  const box = window.createInputBox();
  box.title = title;
  box.prompt = prompt;
  box.password = true;
  box.ignoreFocusOut = true;
  box.buttons = [QuickInputButtons.Back];
  return box;
}

function setBusy(box: InputBox, busy: boolean): void {
  box.busy = busy;
  box.enabled = !busy;
}
