import { mapConcurrently } from "../base/concurrency.ts";
import type { Result } from "../base/errors.ts";
import { labelOf } from "../pins/label.ts";
import type { PinUpdate } from "../pins/update.ts";
import type { WantedChange } from "./edit-planning.ts";
import { type PinDocument, textsOf } from "./pin-documents.ts";
import { knowledgeKeyOf } from "./pin-identity.ts";
import type { PinOperations } from "./pin-operations.ts";
import type { PinView } from "./pin-view.ts";
import { isLeftAlone } from "./pin-views.ts";
import { pinKeyOf } from "./pins-shown.ts";
import type { ProgressReport } from "./progress-report.ts";

/** A pin of one of many documents. */
export interface PinPlace {
  readonly document: PinDocument;
  readonly view: PinView;
}

/** What became of it; null when it was cancelled alone. */
export interface PinOutcome extends PinPlace {
  readonly result: Result<PinUpdate> | null;
}

/** Those that dockpin may change, and how many it leaves alone. */
export function placesIn(documents: readonly PinDocument[]): { places: PinPlace[]; skipped: number } {
  const found = documents.flatMap((document) => document.views.map((view) => ({ document, view })));
  // A pin shows in each of the files that it stands in or is called from.
  const all = [...new Map(found.map((place) => [pinKeyOf(place.view.pin), place])).values()];
  const places = all.filter(({ view }) => !isLeftAlone(view));
  return { places, skipped: all.length - places.length };
}

/** Works on many pins, on those that say the same once. Results come in the order of the places. */
export async function forEachPlace<T>(
  places: readonly PinPlace[],
  concurrency: number,
  report: ProgressReport,
  work: (place: PinPlace) => Promise<T>,
): Promise<(PinPlace & { readonly result: T })[]> {
  const results = new Map<string, Promise<T>>();
  return mapConcurrently(places, concurrency, async (place) => {
    const { document, view } = place;
    const label = labelOf(view.pin);
    const key = knowledgeKeyOf(view.assessment) ?? `${document.document.uri} ${view.id}`;
    const running = results.get(key);
    report.started(label);
    const result = running ?? work(place);
    results.set(key, result);
    try {
      return { ...place, result: await result };
    } finally {
      report.finished(label);
    }
  });
}

/** Updates all places; nothing is edited yet. */
export function updatePlaces(
  places: readonly PinPlace[],
  operations: Pick<PinOperations, "update">,
  concurrency: number,
  report: ProgressReport,
  signal: AbortSignal,
): Promise<PinOutcome[]> {
  return forEachPlace(places, concurrency, report, ({ document, view }) =>
    operations.update(view, textsOf(document), {
      ...{ settings: document.settings, signal, isFresh: false, isAttended: true },
      onProgress: (progress) => report.advanced(labelOf(view.pin), progress),
    }),
  );
}

/** What there is to edit, by document. */
export function changesOf(outcomes: readonly PinOutcome[]): Map<string, WantedChange[]> {
  const changes = new Map<string, WantedChange[]>();
  for (const { document, view, result } of outcomes) {
    if (result === null || !result.ok || result.value.change === null) continue;
    const { uri } = document.document;
    changes.set(uri, [...(changes.get(uri) ?? []), { view, change: result.value.change }]);
  }
  return changes;
}
