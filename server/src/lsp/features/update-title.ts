import * as l10n from "@vscode/l10n";
import type { PinView } from "../pin-view.ts";
import type { PinState } from "./pin-state.ts";

/** What an update of a pin does, in the words that lenses and actions share. */
export function updateTitle({ pin }: Pick<PinView, "pin">, state: PinState): string {
  if (pin.callee === "nix2container.pullImageFromManifest") return l10n.t("Update the manifest file");
  if (state.kind === "incomplete" && state.lacks === "digest") return l10n.t("Add digest and hash");
  if (state.kind === "incomplete" && state.lacks === "hash") return l10n.t("Add hash");
  return l10n.t("Update digest and hash");
}
