import * as l10n from "@vscode/l10n";
import type { TextDocument } from "vscode-languageserver-textdocument";
import type { CodeLens, Command } from "vscode-languageserver-types";
import type { Problem } from "../../base/errors.ts";
import { printable } from "../../base/printable.ts";
import type { PrefetchProgress } from "../../prefetch/prefetch.ts";
import type { DiagnosticCode } from "../diagnostic-codes.ts";
import type { PinView } from "../pin-view.ts";
import { CLIENT_COMMANDS, type PinArgument, SERVER_COMMANDS, type SignInPlace } from "../protocol.ts";
import type { LensPage } from "./documentation.ts";
import { type PinPlace, placeId, placesIn } from "./pin-places.ts";
import { type PinState, pinState } from "./pin-state.ts";
import { shortFailure, shortObstacle } from "./problem-words.ts";
import { countStates } from "./state-counts.ts";
import { systemsTitle } from "./system-words.ts";
import { firstLineOf } from "./text-positions.ts";
import { updateTitle } from "./update-title.ts";

/** Where a sign-in would help to read a pin's image; null where the client has no sign-in. */
export type SignInPlaceOf = (view: PinView) => SignInPlace | null;
const nowhere: SignInPlaceOf = () => null;

/** VS Code's own; only VS Code has a Restricted Mode. */
const TRUST_COMMAND = "workbench.trust.manage";

/**
 * One unresolved lens per pin, whatever its state, at the first line of its values, and one at each call that stands
 * elsewhere, for all pins that it takes. `data` is the place's `PinArgument`.
 */
export function codeLenses(document: TextDocument, views: readonly PinView[]): CodeLens[] {
  const { uri, version } = document;
  return placesIn(document, views).map((place) => ({
    range: firstLineOf(document, place.range),
    data: { uri, version, id: placeId(place) } satisfies PinArgument,
  }));
}

/**
 * A lens with its title and what its click does.
 *
 * @param online false in Restricted Mode: then the click leads to the trust editor where a request would be needed
 * @param signInPlace where the click leads to a sign-in, if that is what is wanting
 */
export function resolveCodeLens(
  lens: CodeLens,
  { views }: Pick<PinPlace, "views">,
  online: boolean,
  signInPlace: SignInPlaceOf = nowhere,
): CodeLens {
  const argument = lens.data as PinArgument;
  const [view, ...others] = views;
  if (view === undefined) return lens;
  const command =
    others.length === 0
      ? lensCommand(view, argument, online, signInPlace)
      : trusted(callCommand(views, argument), online);
  return { ...lens, command };
}

/** What a lens says of a pin; also what the picker of all pins shows. */
export function lensTitle(view: PinView, online: boolean, signInPlace: SignInPlaceOf = nowhere): string {
  return lensCommand(view, { uri: "", version: null, id: view.id }, online, signInPlace).title;
}

function lensCommand(view: PinView, argument: PinArgument, online: boolean, signInPlace: SignInPlaceOf): Command {
  const state = pinState(view);
  const command = signInCommand(state, view, signInPlace) ?? commandOf(state, view, argument);
  // What failed for want of trust is not a failure.
  const title = state.kind === "failed" && !online ? l10n.t("Update digest and hash") : command.title;
  return trusted({ ...command, title: systemsTitle(view, state, title) }, online);
}

function signInCommand(state: PinState, view: PinView, signInPlace: SignInPlaceOf): Command | null {
  if (state.kind !== "failed" || state.problem.code !== "registry-unauthorized") return null;
  const place = signInPlace(view);
  if (place === null) return null;
  const title = l10n.t("Sign in to {0}", printable(place.host, 60));
  return { title, command: CLIENT_COMMANDS.signIn, arguments: [place] };
}

/** What a lens says of all pins that a call takes. */
function callCommand(views: readonly PinView[], argument: PinArgument): Command {
  const title = l10n.t("{0} images: {1}", views.length, countStates(views));
  const isFresh = views.every((view) => pinState(view).kind === "fresh");
  const command = isFresh ? SERVER_COMMANDS.checkPin : SERVER_COMMANDS.updatePin;
  return { title, command, arguments: [argument] };
}

function trusted(command: Command, online: boolean): Command {
  if (online || !needsNetwork(command)) return command;
  return {
    title: l10n.t("{0} (the workspace must be trusted first)", command.title),
    command: TRUST_COMMAND,
  };
}

function needsNetwork({ command }: Command): boolean {
  return command !== SERVER_COMMANDS.explain && command !== SERVER_COMMANDS.cancelPin;
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
  const update = view.pin.callee === "nix2container.pullImageFromManifest" ? UPDATES.manifest : UPDATES.hash;
  switch (state.kind) {
    case "checking":
      return run(waitingTitle(l10n.t("Checking…"), state.waiting ?? null), "cancelPin");
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
    case "unchecked":
      return run(updateTitle(view, state), "updatePin");
    case "fresh":
      return run(state.verified ? l10n.t("Up to date, hash verified") : l10n.t("Up to date"), "checkPin");
    case "stale":
      return run(update.moved(tag), "updatePin");
    case "gone":
      return state.tagIsThere
        ? run(update.gone(), "updatePin")
        : run(l10n.t("Digest and tag {0} are gone: check again", tag), "checkPin");
    case "tag-missing":
      return run(l10n.t("Registry has no tag {0}: check again", tag), "checkPin");
    case "wrong-hash":
      return run(l10n.t("Hash is wrong: update digest and hash"), "updatePin");
  }
}

/** What there is to update. */
const UPDATES = {
  hash: {
    moved: (tag: string) => l10n.t("{0} moved: update digest and hash", tag),
    gone: () => l10n.t("Digest is gone: update digest and hash"),
  },
  manifest: {
    moved: (tag: string) => l10n.t("{0} moved: update the manifest file", tag),
    gone: () => l10n.t("Digest is gone: update the manifest file"),
  },
} as const;

function obstaclePage({ code }: Problem): LensPage | DiagnosticCode {
  if (code === "malformed-reference" || code === "malformed-tag") return "malformed-reference";
  return code === "unknown-platform" ? "platform-missing" : "cannot-update";
}

function waitingTitle(doing: string, waiting: string | null): string {
  return waiting === null ? doing : `${doing} ${printable(waiting, 80)}`;
}

function progressTitle(doing: string, progress: PrefetchProgress | null): string {
  if (progress === null) return doing;
  if (progress.waiting !== null) return waitingTitle(doing, progress.waiting);
  if (progress.totalBytes <= 0) return doing;
  const percent = Math.min(100, Math.floor((100 * progress.receivedBytes) / progress.totalBytes));
  return `${doing} ${percent} %`;
}
