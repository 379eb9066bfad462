import * as l10n from "@vscode/l10n";
import type { TextDocument } from "vscode-languageserver-textdocument";
import type { CodeLens, Command } from "vscode-languageserver-types";
import type { Problem } from "../../base/errors.ts";
import { printable } from "../../base/printable.ts";
import type { PrefetchProgress } from "../../prefetch/prefetch.ts";
import type { DiagnosticCode } from "../diagnostic-codes.ts";
import type { PinView } from "../pin-view.ts";
import { type PinArgument, SERVER_COMMANDS } from "../protocol.ts";
import type { LensPage } from "./documentation.ts";
import { pinArgument } from "./pin-argument.ts";
import { type PinState, pinState } from "./pin-state.ts";
import { shortFailure, shortObstacle } from "./problem-words.ts";
import { firstLineOf } from "./text-positions.ts";
import { updateTitle } from "./update-title.ts";

/** VS Code's own; only VS Code has a Restricted Mode. */
const TRUST_COMMAND = "workbench.trust.manage";

/** One unresolved lens per pin, whatever its state, at its first line. `data` is the pin's `PinArgument`. */
export function codeLenses(document: TextDocument, views: readonly PinView[]): CodeLens[] {
  return views.map((view) => ({
    range: firstLineOf(document, view.pin.range),
    data: pinArgument(document, view),
  }));
}

/**
 * A lens with its title and what its click does.
 *
 * @param online false in Restricted Mode: then the click leads to the trust editor where a request would be needed
 */
export function resolveCodeLens(lens: CodeLens, view: PinView, online: boolean): CodeLens {
  return { ...lens, command: lensCommand(view, lens.data as PinArgument, online) };
}

/** What a lens says of a pin; also what the picker of all pins shows. */
export function lensTitle(view: PinView, online: boolean): string {
  return lensCommand(view, { uri: "", version: null, id: view.id }, online).title;
}

function lensCommand(view: PinView, argument: PinArgument, online: boolean): Command {
  const state = pinState(view);
  const command = commandOf(state, view, argument);
  if (online || !needsNetwork(command)) return command;
  return {
    title: l10n.t("{0} (the workspace must be trusted first)", offlineTitle(state, command.title)),
    command: TRUST_COMMAND,
  };
}

function needsNetwork({ command }: Command): boolean {
  return command !== SERVER_COMMANDS.explain && command !== SERVER_COMMANDS.cancelPin;
}

/** What failed for want of trust is not a failure. */
function offlineTitle(state: PinState, title: string): string {
  return state.kind === "failed" ? l10n.t("Update digest and hash") : title;
}

function commandOf(state: PinState, view: PinView, argument: PinArgument): Command {
  const run = (title: string, name: "updatePin" | "checkPin" | "cancelPin"): Command => ({
    title,
    command: SERVER_COMMANDS[name],
    arguments: [argument],
  });
  const explain = (title: string, page: LensPage | DiagnosticCode): Command => ({
    title,
    command: SERVER_COMMANDS.explain,
    arguments: [page],
  });
  const tag = printable(view.pin.followedTag.tag, 60);
  switch (state.kind) {
    case "checking":
      return run(l10n.t("Checking…"), "cancelPin");
    case "prefetching":
      return run(progressTitle(l10n.t("Prefetching…"), state.progress), "cancelPin");
    case "verifying":
      return run(progressTitle(l10n.t("Verifying…"), state.progress), "cancelPin");
    case "ignored":
      return explain(l10n.t("Updates off"), "updates-off");
    case "blocked":
      return explain(l10n.t("Cannot update: {0}", shortObstacle(view.pin, state.problem)), obstaclePage(state.problem));
    case "failed":
      return run(
        l10n.t("Retry: {0}", shortFailure(state.problem)),
        state.wanted === "update" ? "updatePin" : "checkPin",
      );
    case "incomplete":
      return run(updateTitle(state), "updatePin");
    case "unchecked":
      return state.canUpdate
        ? run(updateTitle(state), "updatePin")
        : run(l10n.t("Check for a newer digest"), "checkPin");
    case "fresh":
      return run(state.verified ? l10n.t("Up to date, hash verified") : l10n.t("Up to date"), "checkPin");
    case "stale":
      return run(l10n.t("{0} moved: update digest and hash", tag), "updatePin");
    case "gone":
      return state.tagIsThere
        ? run(l10n.t("Digest is gone: update digest and hash"), "updatePin")
        : run(l10n.t("Digest and tag {0} are gone: check again", tag), "checkPin");
    case "tag-missing":
      return run(l10n.t("Registry has no tag {0}: check again", tag), "checkPin");
    case "wrong-hash":
      return run(l10n.t("Hash is wrong: update digest and hash"), "updatePin");
  }
}

function obstaclePage({ code }: Problem): LensPage | DiagnosticCode {
  if (code === "malformed-reference" || code === "malformed-tag") return "malformed-reference";
  return code === "unknown-platform" ? "platform-missing" : "cannot-update";
}

function progressTitle(doing: string, progress: PrefetchProgress | null): string {
  if (progress === null) return doing;
  if (progress.waiting !== null) return `${doing} ${printable(progress.waiting, 60)}`;
  if (progress.totalBytes <= 0) return doing;
  const percent = Math.min(100, Math.floor((100 * progress.receivedBytes) / progress.totalBytes));
  return `${doing} ${percent} %`;
}
