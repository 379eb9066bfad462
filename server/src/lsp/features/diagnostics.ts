import type { TextDocument } from "vscode-languageserver-textdocument";
import { type Diagnostic, DiagnosticSeverity } from "vscode-languageserver-types";
import type { DiagnosticCode } from "../diagnostic-codes.ts";
import type { PinView } from "../pin-view.ts";
import { isLeftAlone } from "../pin-views.ts";
import type { Settings } from "../settings.ts";
import { explanationPage } from "./documentation.ts";
import type { KnownHash } from "./known-hash.ts";
import { offlineFindings } from "./offline-findings.ts";
import { pinArgument } from "./pin-argument.ts";
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
  "final-name-changes-hash": DiagnosticSeverity.Hint,
  "floating-tag": DiagnosticSeverity.Hint,
};

/**
 * What is to be said of a document's pins: by their text, and by what is known of their images already. Nothing of ignored
 * pins, nothing that is switched off. `data` is the pin's `PinArgument`.
 *
 * @param knownHashes that were computed before, whatever for
 */
export function diagnostics(
  document: TextDocument,
  views: readonly PinView[],
  settings: Pick<Settings, "diagnostics">,
  knownHashes: readonly KnownHash[],
): Diagnostic[] {
  return views
    .filter((view) => !isLeftAlone(view))
    .flatMap((view) =>
      [...offlineFindings(view), ...registryFindings(view, knownHashes)]
        .filter(({ code }) => settings.diagnostics[code])
        .map(({ code, message, range }) => ({
          // A whole pin would be too much to underline.
          range: range === view.pin.range ? firstLineOf(document, range) : toRange(document, range),
          severity: SEVERITIES[code],
          code,
          codeDescription: { href: explanationPage(code) },
          source: DIAGNOSTIC_SOURCE,
          message,
          data: pinArgument(document, view),
        })),
    );
}
