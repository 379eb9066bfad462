import type { TextDocument } from "vscode-languageserver-textdocument";
import { type Diagnostic, DiagnosticSeverity } from "vscode-languageserver-types";
import type { TextRange } from "../../nix/pin.ts";
import type { DiagnosticCode } from "../diagnostic-codes.ts";
import type { PinView } from "../pin-view.ts";
import { isLeftAlone } from "../pin-views.ts";
import type { Settings } from "../settings.ts";
import { explanationPage } from "./documentation.ts";
import type { Finding } from "./finding.ts";
import type { KnownHash } from "./known-hash.ts";
import { offlineFindings } from "./offline-findings.ts";
import { pinArgument } from "./pin-argument.ts";
import { callsIn } from "./pin-places.ts";
import { obstacleOf } from "./pin-state.ts";
import { registryFindings } from "./registry-findings.ts";
import { firstLineOf, toRange } from "./text-positions.ts";

export const DIAGNOSTIC_SOURCE = "dockpin";

export const SEVERITIES: Readonly<Record<DiagnosticCode, DiagnosticSeverity>> = {
  "stale-digest": DiagnosticSeverity.Information,
  "missing-digest": DiagnosticSeverity.Warning,
  "missing-hash": DiagnosticSeverity.Warning,
  "placeholder-hash": DiagnosticSeverity.Warning,
  "digest-gone": DiagnosticSeverity.Warning,
  "platform-missing": DiagnosticSeverity.Warning,
  "malformed-digest": DiagnosticSeverity.Error,
  "malformed-hash": DiagnosticSeverity.Error,
  "malformed-reference": DiagnosticSeverity.Error,
  "hash-mismatch": DiagnosticSeverity.Error,
  "host-dependent-hash": DiagnosticSeverity.Hint,
  "ineffective-override": DiagnosticSeverity.Warning,
  "container-image-differs": DiagnosticSeverity.Information,
  "final-name-changes-hash": DiagnosticSeverity.Hint,
  "floating-tag": DiagnosticSeverity.Hint,
};

/**
 * What is to be said of the pins in a document: by their text, and by what is known of their images already, where their
 * values stand. At a call, only what can't be mended there: of pins that can't be edited. Nothing of ignored pins, nothing
 * that is switched off. `data` is the pin's `PinArgument`.
 *
 * @param knownHashes that were computed before, whatever for
 */
export function diagnostics(
  document: TextDocument,
  views: readonly PinView[],
  settings: Pick<Settings, "diagnostics">,
  knownHashes: readonly KnownHash[],
): Diagnostic[] {
  const found = views
    .filter((view) => !isLeftAlone(view))
    .flatMap((view) => findingsOf(view, knownHashes).flatMap((finding) => shownFinding(document, view, finding)))
    .filter(({ finding }) => settings.diagnostics[finding.code]);
  // What variants share is said once.
  const distinct = new Map(found.map((one) => [JSON.stringify([one.finding, one.at]), one]));
  return [...distinct.values()].map(({ view, finding: { code, message }, at, severity }) => ({
    // A whole pin would be too much to underline.
    range: isWhole(view, at) ? firstLineOf(document, at) : toRange(document, at),
    severity,
    code,
    codeDescription: { href: explanationPage(code) },
    source: DIAGNOSTIC_SOURCE,
    message,
    data: pinArgument(document, view),
  }));
}

function findingsOf(view: PinView, knownHashes: readonly KnownHash[]): Finding[] {
  const all = view.variants.length === 0 ? [view] : view.variants;
  return all.flatMap((one) => [...offlineFindings(one), ...registryFindings(one, knownHashes)]);
}

interface Shown {
  readonly view: PinView;
  readonly finding: Finding;
  readonly at: TextRange;
  readonly severity: DiagnosticSeverity;
}

function shownFinding({ uri }: TextDocument, view: PinView, finding: Finding): Shown[] {
  const { code, at } = finding;
  if (at.file === uri) return [{ view, finding, at, severity: SEVERITIES[code] }];
  if (view.pin.file === uri || obstacleOf(view) === null) return [];
  const severity = Math.max(SEVERITIES[code], DiagnosticSeverity.Information) as DiagnosticSeverity;
  return callsIn(uri, view.pin).map((call) => ({ view, finding, at: call, severity }));
}

function isWhole({ pin }: PinView, { start, end }: TextRange): boolean {
  const wholes = [pin.range, ...pin.calledAt];
  return wholes.some((whole) => whole.start === start && whole.end === end);
}
