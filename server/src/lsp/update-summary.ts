import * as l10n from "@vscode/l10n";
import type { Problem } from "../base/errors.ts";
import { labelOf } from "../pins/label.ts";
import type { Landing } from "./edit-landing.ts";
import type { PinOutcome } from "./many-pins.ts";
import type { PinView } from "./pin-view.ts";

/** What one message says of an update of many pins, and what the log says besides. */
export interface UpdateSummary {
  readonly message: string;
  readonly hasFailures: boolean;
  readonly details: readonly string[];
}

/**
 * @param skipped pins that dockpin leaves alone by a comment or a setting
 * @param isPreview what landed was for the user to tick
 */
export function summariseUpdate(
  outcomes: readonly PinOutcome[],
  landing: Landing,
  skipped: number,
  isPreview = false,
): UpdateSummary {
  const failures = [...landing.refused, ...outcomes.flatMap(failureOf)];
  const fresh = outcomes.filter(({ result }) => result?.ok && result.value.outcome === "unchanged").length;
  const left = outcomes.filter(({ result }) => result === null || (result.ok && result.value.outcome === "skipped"));
  const counts = [
    isPreview ? l10n.t("{0} were in the preview", landing.landed.length) : l10n.t("{0} updated", landing.landed.length),
    l10n.t("{0} already fresh", fresh),
    l10n.t("{0} failed", failures.length),
    ...(skipped + left.length > 0 ? [l10n.t("{0} left alone", skipped + left.length)] : []),
  ];
  return {
    message: l10n.t("Images: {0}.", counts.join(", ")),
    hasFailures: failures.length > 0,
    details: [
      ...landing.landed.map((view) =>
        isPreview ? l10n.t("In the preview: {0}.", placeOf(view)) : l10n.t("Updated {0}.", placeOf(view)),
      ),
      ...failures.map(({ view, problem }) => `${placeOf(view)}: ${problem.message} [${problem.code}]`),
      ...left.flatMap(({ view, result }) =>
        result?.ok && result.value.problem !== null ? [`${placeOf(view)}: ${result.value.problem.message}`] : [],
      ),
    ],
  };
}

function failureOf({ view, result }: PinOutcome): { view: PinView; problem: Problem }[] {
  if (result === null) return [];
  if (!result.ok) return [{ view, problem: result.problem }];
  const { outcome, problem } = result.value;
  return outcome === "failed" && problem !== null ? [{ view, problem }] : [];
}

function placeOf({ pin }: PinView): string {
  return `${labelOf(pin)} (${pin.file}:${pin.line})`;
}
