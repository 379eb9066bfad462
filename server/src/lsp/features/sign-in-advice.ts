import * as l10n from "@vscode/l10n";
import { printable } from "../../base/printable.ts";
import { labelOf } from "../../pins/label.ts";
import type { PinView } from "../pin-view.ts";
import { pinState } from "./pin-state.ts";

/** What helps where a registry wants a sign-in, beside what the failure says itself; null elsewhere. */
export function signInAdvice(view: PinView, canSignIn: boolean): string | null {
  const state = pinState(view);
  if (state.kind !== "failed" || state.problem.code !== "registry-unauthorized") return null;
  return canSignIn
    ? l10n.t('The lens and the command "Sign In to Registry…" sign in from here.')
    : l10n.t('"dockpin login-status {0}" tells which credentials are used.', printable(labelOf(view.pin), 200));
}
