import * as l10n from "@vscode/l10n";
import type { TextDocument } from "vscode-languageserver-textdocument";
import {
  type CodeAction,
  type CodeActionContext,
  CodeActionKind,
  type Diagnostic,
  type Range,
} from "vscode-languageserver-types";
import { printable } from "../../base/printable.ts";
import type { Pin, TextOf } from "../../nix/pin.ts";
import type { DiagnosticCode } from "../diagnostic-codes.ts";
import type { PinView } from "../pin-view.ts";
import { isLeftAlone } from "../pin-views.ts";
import { type PinArgument, SERVER_COMMANDS } from "../protocol.ts";
import { containerImageMismatch } from "./container-image.ts";
import { DIAGNOSTIC_SOURCE } from "./diagnostics.ts";
import { type OfflineFix, offlineEdits } from "./offline-edits.ts";
import { pinArgument } from "./pin-argument.ts";
import { pinsAt } from "./pin-at.ts";
import { obstacleOf, pinState } from "./pin-state.ts";
import { type Mending, mendImageName, mendPlatform } from "./reference-mending.ts";
import { toTextRange } from "./text-positions.ts";
import { updateTitle } from "./update-title.ts";

export const FIX_ALL_KIND = "source.fixAll.dockpin";

/** What is left to do for an action until it is resolved. */
export type CodeActionData =
  /** New digest and hash, as the command `updatePin` gives them. */
  | { readonly kind: "update"; readonly pin: PinArgument }
  /** The hash that the pinned digest has under the final name and tag of now; digest and tag play no part. */
  | { readonly kind: "rehash"; readonly pin: PinArgument }
  /** `offlineEdits` of this fix. */
  | { readonly kind: "offline"; readonly fix: OfflineFix; readonly pin: PinArgument }
  /** New digest and hash for `fixAllPins` of the document. */
  | { readonly kind: "fixAll"; readonly uri: string; readonly version: number };

export interface CodeActionOptions {
  /** False in Restricted Mode. */
  readonly online: boolean;
  /** Whether the client resolves `edit`; if not, what needs a download is a command instead. */
  readonly resolvesEdit: boolean;
  /** Whether the client shows why an action is disabled; if not, it is left out. */
  readonly showsDisabled: boolean;
}

/** A document's pins, and the texts that they stand in. */
export interface ShownPins {
  readonly document: TextDocument;
  readonly views: readonly PinView[];
  readonly textOf: TextOf;
}

/** What can be done for the pins that a range touches. The edits come later, by `data`. */
export function codeActions(
  { document, views, textOf }: ShownPins,
  range: Range,
  context: Pick<CodeActionContext, "diagnostics" | "only">,
  options: CodeActionOptions,
): CodeAction[] {
  const actions = pinsAt(document.uri, views, toTextRange(document, range))
    .filter((view) => !isLeftAlone(view))
    .slice(0, PINS_OFFERED)
    .flatMap((view) => {
      const diagnostics = ownDiagnostics(document, context.diagnostics, view);
      return actionsOf({ document, views, textOf, view, options, diagnostics });
    });
  return [...actions, ...fixAll(document, views, context.only ?? [], options)].filter(({ kind }) =>
    isWanted(kind, context.only),
  );
}

/** The pins that "fix all" updates: known to be stale or gone already, so that saving asks nobody anything new. */
export function fixAllPins(views: readonly PinView[]): PinView[] {
  return views.filter((view) => {
    if (isLeftAlone(view) || obstacleOf(view) !== null) return false;
    const result = view.check?.result;
    return (result?.status === "stale" || result?.status === "gone") && result.newDigest !== null;
  });
}

/** A call may take hundreds. */
const PINS_OFFERED = 20;

interface Offer extends ShownPins {
  readonly view: PinView;
  readonly options: CodeActionOptions;
  readonly diagnostics: readonly Diagnostic[];
}

function actionsOf(offer: Offer): CodeAction[] {
  return [
    ...updateAction(offer),
    ...rehashAction(offer),
    ...offlineAction(offer, "write-computed-hash", l10n.t("Write the computed hash"), ["hash-mismatch"]),
    ...mendingAction(offer, "mend-name", mendImageName, "malformed-reference"),
    ...mendingAction(offer, "mend-platform", mendPlatform, "platform-missing"),
    ...offlineAction(offer, "add-arch", archTitle(offer), ["host-dependent-hash"]),
    ...offlineAction(offer, "move-override", l10n.t("Move it into the call"), ["ineffective-override"]),
    ...containerAction(offer),
    ...verifyAction(offer),
    ...convertAction(offer),
    ...ignoreAction(offer),
  ];
}

const MENDED_BY_UPDATE: readonly DiagnosticCode[] = [
  "stale-digest",
  "digest-gone",
  "missing-digest",
  "missing-hash",
  "placeholder-hash",
  "malformed-digest",
  "malformed-hash",
];

function updateAction(offer: Offer): CodeAction[] {
  const { view, diagnostics } = offer;
  if (view.assessment.image === null) return [];
  const mended = ofCodes(diagnostics, MENDED_BY_UPDATE);
  const state = pinState(view);
  const isVain = state.kind === "gone" && !state.tagIsThere;
  const isDone = mended.length === 0 && (state.kind === "fresh" || state.kind === "wrong-hash");
  if (isVain || isDone) return [];
  const isWanted = mended.length > 0 || state.kind === "incomplete" || state.kind === "stale" || state.kind === "gone";
  const kind = isWanted ? CodeActionKind.QuickFix : CodeActionKind.RefactorRewrite;
  const action = { title: updateTitle(view, state), kind, ...about(mended) };
  return online(offer, isWanted ? { ...action, isPreferred: true } : action, "update");
}

function rehashAction(offer: Offer): CodeAction[] {
  const about = ofCodes(offer.diagnostics, ["final-name-changes-hash"]);
  const { image } = offer.view.assessment;
  // No command does just this.
  if (about.length === 0 || image === null || !offer.options.resolvesEdit) return [];
  const name = printable(`${image.finalImageName}:${image.finalImageTag}`, 120);
  const title = l10n.t("Compute the hash of {0}", name);
  return online(offer, { title, kind: CodeActionKind.QuickFix, diagnostics: about, isPreferred: true }, "rehash");
}

/** An action that downloads: disabled where it can't work, a command where edits are not resolved. */
function online(offer: Offer, action: CodeAction, kind: "update" | "rehash"): CodeAction[] {
  const { document, view, options } = offer;
  const obstacle = options.online ? obstacleOf(view)?.message : l10n.t("The workspace must be trusted first.");
  if (obstacle !== undefined) {
    const { isPreferred, ...disabled } = action;
    return options.showsDisabled ? [{ ...disabled, disabled: { reason: obstacle } }] : [];
  }
  const pin = pinArgument(document, view);
  if (options.resolvesEdit) return [{ ...action, data: { kind, pin } satisfies CodeActionData }];
  return [{ ...action, command: { title: action.title, command: SERVER_COMMANDS.updatePin, arguments: [pin] } }];
}

function verifyAction({ document, view, options }: Offer): CodeAction[] {
  const { image } = view.assessment;
  if (!options.online || obstacleOf(view) !== null || image?.digest == null || image.hash === null) return [];
  const title = l10n.t("Verify hash");
  const command = { title, command: SERVER_COMMANDS.verifyPin, arguments: [pinArgument(document, view)] };
  return [{ title, kind: CodeActionKind.Refactor, command }];
}

function convertAction(offer: Offer): CodeAction[] {
  const { hash } = offer.view.pin;
  if (hash.state !== "known") return [];
  const action = { title: l10n.t('Convert to hash = "sha256-…"'), kind: CodeActionKind.RefactorRewrite };
  const mended = ofCodes(offer.diagnostics, ["malformed-hash"]);
  return offline(
    offer,
    mended.length === 0 ? action : { ...action, kind: CodeActionKind.QuickFix, diagnostics: mended },
    "convert-to-sri",
  );
}

function ignoreAction(offer: Offer): CodeAction[] {
  const { diagnostics } = offer;
  const kind = diagnostics.length > 0 ? CodeActionKind.QuickFix : CodeActionKind.RefactorRewrite;
  return offline(offer, { title: l10n.t("Ignore this image"), kind, ...about(diagnostics) }, "ignore");
}

/** The preferred fix of these diagnostics; nothing without them. */
function offlineAction(offer: Offer, fix: OfflineFix, title: string, codes: readonly DiagnosticCode[]): CodeAction[] {
  const mended = ofCodes(offer.diagnostics, codes);
  if (mended.length === 0) return [];
  return offline(offer, { title, kind: CodeActionKind.QuickFix, diagnostics: mended, isPreferred: true }, fix);
}

function offline({ document, view, views, textOf }: Offer, action: CodeAction, fix: OfflineFix): CodeAction[] {
  if (offlineEdits(fix, textOf, view, views).length === 0) return [];
  const data: CodeActionData = { kind: "offline", fix, pin: pinArgument(document, view) };
  return [{ ...action, data }];
}

function mendingAction(
  offer: Offer,
  fix: OfflineFix,
  mend: (textOf: TextOf, pin: Pin) => Mending | null,
  code: DiagnosticCode,
): CodeAction[] {
  const mending = mend(offer.textOf, offer.view.pin);
  if (mending === null) return [];
  const title = l10n.t('Change {0} to "{1}"', mending.attribute, printable(mending.value, 120));
  return offlineAction(offer, fix, title, [code]);
}

function containerAction(offer: Offer): CodeAction[] {
  const loaded = containerImageMismatch(offer.view.pin)?.loaded ?? "";
  const title = l10n.t('Change image to "{0}"', printable(loaded, 120));
  return offlineAction(offer, "mend-container-image", title, ["container-image-differs"]);
}

function archTitle({ view }: Offer): string {
  return l10n.t('Add arch = "{0}"', view.assessment.image?.platform.architecture ?? "");
}

function fixAll(
  document: TextDocument,
  views: readonly PinView[],
  only: readonly string[],
  { online, resolvesEdit }: CodeActionOptions,
): CodeAction[] {
  const isAskedFor = only.some((wanted) => FIX_ALL_KIND === wanted || FIX_ALL_KIND.startsWith(`${wanted}.`));
  if (!isAskedFor || !online || !resolvesEdit || fixAllPins(views).length === 0) return [];
  const data: CodeActionData = { kind: "fixAll", uri: document.uri, version: document.version };
  return [{ title: l10n.t("Update all stale images"), kind: FIX_ALL_KIND, data }];
}

/** Those of one pin: by its id, or by where they stand if the client did not keep it. */
function ownDiagnostics(document: TextDocument, diagnostics: readonly Diagnostic[], view: PinView): Diagnostic[] {
  return diagnostics.filter(({ source, data, range }) => {
    if (source !== DIAGNOSTIC_SOURCE) return false;
    if (isPinArgument(data)) return data.id === view.id;
    return pinsAt(document.uri, [view], toTextRange(document, range)).length > 0;
  });
}

function isPinArgument(data: unknown): data is PinArgument {
  return typeof data === "object" && data !== null && "id" in data;
}

function ofCodes(diagnostics: readonly Diagnostic[], codes: readonly string[]): Diagnostic[] {
  return diagnostics.filter(({ code }) => typeof code === "string" && codes.includes(code));
}

function about(diagnostics: readonly Diagnostic[]): Pick<CodeAction, "diagnostics"> {
  return diagnostics.length === 0 ? {} : { diagnostics: [...diagnostics] };
}

function isWanted(kind: string | undefined, only: readonly string[] | undefined): boolean {
  if (only === undefined) return true;
  return kind !== undefined && only.some((wanted) => wanted === "" || kind === wanted || kind.startsWith(`${wanted}.`));
}
