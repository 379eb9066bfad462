import { type CancellationToken, CancellationTokenSource, l10n, type QuickPickItem, window } from "vscode";
import type { LanguageClient } from "vscode-languageclient/node";
import type { SignInPlace } from "../../server/src/lsp/protocol.ts";
import type { Accounts } from "./accounts.ts";
import { pinAt } from "./pin-at.ts";
import { requestPins, tryAccount } from "./server-requests.ts";
import { askForAccount } from "./sign-in-boxes.ts";

/** Milliseconds that the status bar tells what was done. */
const TOLD = 5_000;

/** Lets the user sign in to a registry; true once it has taken the account, which is kept then. */
export async function signIn(
  client: LanguageClient,
  accounts: Accounts,
  place: SignInPlace,
  cancellation: CancellationToken = new CancellationTokenSource().token,
): Promise<boolean> {
  const { host } = place;
  const known = (await accounts.all()).find((account) => account.host === host);
  const account = await askForAccount(
    place,
    known?.username ?? "",
    (tried, closing) => tryAccount(client, { place, account: tried }, closing),
    cancellation,
  );
  if (account === undefined) return false;
  await accounts.save(account);
  window.setStatusBarMessage(l10n.t("Signed in to {0}", host), TOLD);
  return true;
}

/** Signs in to the registry of the pin at the cursor, else to one that the user picks. */
export async function signInSomewhere(client: LanguageClient, accounts: Accounts): Promise<void> {
  const place = (await placeAtCursor(client)) ?? (await pickPlace(client, accounts));
  if (place !== undefined) await signIn(client, accounts, place);
}

/** Forgets an account that the user picks. */
export async function signOut(accounts: Accounts): Promise<void> {
  const items = (await accounts.all()).map(({ host, username }) => ({ label: host, description: username }));
  if (items.length === 0) {
    void window.showInformationMessage(l10n.t("dockpin is not signed in to any registry."));
    return;
  }
  const picked = await window.showQuickPick(items, { title: l10n.t("Sign Out"), placeHolder: l10n.t("Registry") });
  if (picked === undefined) return;
  await accounts.remove(picked.label);
  window.setStatusBarMessage(l10n.t("Signed out of {0}", picked.label), TOLD);
}

async function placeAtCursor(client: LanguageClient): Promise<SignInPlace | undefined> {
  const editor = window.activeTextEditor;
  if (editor === undefined) return undefined;
  const pin = pinAt(await requestPins(client, editor.document.uri), editor.selection.active);
  return pin?.signIn ?? undefined;
}

async function pickPlace(client: LanguageClient, accounts: Accounts): Promise<SignInPlace | undefined> {
  const [pins, known] = await Promise.all([requestPins(client, null), accounts.all()]);
  const places = new Map(pins.flatMap(({ signIn: place }) => (place === null ? [] : [[place.host, place] as const])));
  if (places.size === 0) {
    void window.showInformationMessage(l10n.t("There is no pinned image whose registry one could sign in to."));
    return undefined;
  }
  const items = [...places.values()].map((place): QuickPickItem & { place: SignInPlace } => {
    const account = known.find(({ host }) => host === place.host);
    return {
      label: place.host,
      place,
      ...(account !== undefined && { description: l10n.t("signed in as {0}", account.username) }),
    };
  });
  const options = { title: l10n.t("Sign In to Registry"), placeHolder: l10n.t("Registry") };
  return (await window.showQuickPick(items, options))?.place;
}
