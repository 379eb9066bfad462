import * as l10n from "@vscode/l10n";
import type { PinView } from "../pin-view.ts";
import { type PinState, pinState } from "./pin-state.ts";

/** A pin's title, with the systems for which it is so where its values differ from system to system. */
export function systemsTitle(view: PinView, state: PinState, title: string): string {
  const { variants } = view;
  if (variants.length === 0) return title;
  const count = systemsOf(variants).length;
  const having = variants.filter((variant) => pinState(variant).kind === state.kind);
  if (having.length === 0 || having.length === variants.length) return l10n.t("{0} systems: {1}", count, title);
  const systems = systemsOf(having).join(", ");
  switch (state.kind) {
    case "stale":
      return l10n.t("{0} systems: stale on {1}, update digest and hash", count, systems);
    case "gone":
      return l10n.t("{0} systems: digest is gone on {1}, update digest and hash", count, systems);
    case "wrong-hash":
      return l10n.t("{0} systems: hash is wrong on {1}, update digest and hash", count, systems);
    default:
      return l10n.t("{0} systems: {1}", count, title);
  }
}

export function systemsOf(variants: readonly PinView[]): string[] {
  return variants.flatMap(({ pin }) => pin.systems);
}
