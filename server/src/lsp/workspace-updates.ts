import * as l10n from "@vscode/l10n";
import type { WorkDoneProgressServerReporter } from "vscode-languageserver";
import type { Clock } from "../base/clock.ts";
import { isAbort } from "../base/errors.ts";
import type { FileProblem } from "../files/file-problem.ts";
import { labelOf } from "../pins/label.ts";
import type { ClientSupport } from "./client-support.ts";
import type { EditLanding } from "./edit-landing.ts";
import { pinState } from "./features/pin-state.ts";
import { changesOf, forEachPlace, placesIn, updatePlaces } from "./many-pins.ts";
import type { Messages } from "./messages.ts";
import type { PinDocument, PinDocuments } from "./pin-documents.ts";
import type { PinOperations } from "./pin-operations.ts";
import { createProgressReport, type ProgressReport } from "./progress-report.ts";
import type { RegistryAccess } from "./registry-access.ts";
import type { SettingsStore } from "./settings-store.ts";
import { summariseUpdate } from "./update-summary.ts";

/** Operations on all pins of a document or of the workspace, shown by one progress that can be cancelled. */
export interface WorkspaceUpdates {
  /** @param uri of one document; null for all of the workspace */
  update(uri: string | null, signal: AbortSignal): Promise<void>;
  /** As `update`, for the pins of a document that these are its views of. */
  updateSome(document: PinDocument, signal: AbortSignal): Promise<void>;
  /** As `update` for the workspace, but the user ticks what is to be changed. */
  preview(signal: AbortSignal): Promise<void>;
  check(signal: AbortSignal): Promise<void>;
}

interface Parts {
  readonly documents: PinDocuments;
  readonly operations: PinOperations;
  readonly landing: EditLanding;
  readonly messages: Messages;
  readonly support: ClientSupport;
  readonly settings: SettingsStore;
  readonly access: RegistryAccess;
  readonly clock: Clock;
  readonly createProgress: () => Promise<WorkDoneProgressServerReporter>;
}

interface Found {
  readonly documents: readonly PinDocument[];
  readonly problems: readonly FileProblem[];
}

export function createWorkspaceUpdates(parts: Parts): WorkspaceUpdates {
  const { documents, operations, landing, messages, support, settings, access, clock } = parts;

  /** Runs `work` under one progress; null when it was cancelled there. */
  const withProgress = async <T>(
    title: string,
    signal: AbortSignal,
    work: (signal: AbortSignal, report: (total: number) => ProgressReport) => Promise<T>,
  ): Promise<T | null> => {
    // Before anything is shown: nothing can be asked in Restricted Mode.
    access.registry(await settings.of(null)).forgetAll();
    access.readCredentialsAgain();
    const reporter = await parts.createProgress();
    const controller = new AbortController();
    const ended = new AbortController();
    const subscription = reporter.token.onCancellationRequested(() => controller.abort());
    reporter.begin(title, 0, undefined, true);
    try {
      return await work(AbortSignal.any([signal, controller.signal]), (total) =>
        createProgressReport(reporter, total, clock, ended.signal),
      );
    } catch (error) {
      if (!isAbort(error, controller.signal)) throw error;
      return null;
    } finally {
      subscription.dispose();
      ended.abort();
      reporter.done();
    }
  };

  const find = async (uri: string | null, signal: AbortSignal): Promise<Found> => {
    if (uri === null) return documents.scan(signal);
    const document = await documents.read(uri);
    return { documents: document === null ? [] : [document], problems: [] };
  };

  const update = async (find: (signal: AbortSignal) => Promise<Found>, isPreview: boolean, signal: AbortSignal) => {
    const prefetched = await withProgress(l10n.t("Updating images"), signal, async (bounded, reportOf) => {
      const { documents, problems } = await find(bounded);
      const { places, skipped } = placesIn(documents);
      const { concurrency } = await settings.of(null);
      const outcomes = await updatePlaces(places, operations, concurrency, reportOf(places.length), bounded);
      bounded.throwIfAborted();
      return { outcomes, skipped, problems };
    });
    // The rest comes behind the progress: a preview waits for the user.
    if (prefetched === null) return;
    const { outcomes, skipped, problems } = prefetched;
    const changes = changesOf(outcomes);
    if (isPreview && !support.changeAnnotations) {
      const planned = await landing.plan(changes);
      const lines = planned.changes.map(
        ({ view, label, description }) => `${view.pin.file}:${view.pin.line}  ${label}  ${description}`,
      );
      messages.close(l10n.t("{0} images would change; the log lists them.", lines.length), false, lines);
      return;
    }
    const options = { label: l10n.t("Update images"), needsConfirmation: isPreview, signal };
    const landed = await landing.land(changes, options);
    if (landed.isDiscarded) return;
    const { message, hasFailures, details } = summariseUpdate(outcomes, landed, skipped, isPreview);
    const unread = problems.map(({ file, message: reason }) => `${file}: ${reason}`);
    messages.close(message, hasFailures || unread.length > 0, [...details, ...unread]);
  };

  return {
    update: (uri, signal) => update((bounded) => find(uri, bounded), false, signal),
    updateSome: (document, signal) => update(async () => ({ documents: [document], problems: [] }), false, signal),
    preview: (signal) => update((bounded) => documents.scan(bounded), true, signal),
    async check(signal) {
      const checked = await withProgress(l10n.t("Checking images"), signal, async (bounded, reportOf) => {
        const { places } = placesIn((await documents.scan(bounded)).documents);
        const report = reportOf(places.length);
        await forEachPlace(places, Number.POSITIVE_INFINITY, report, ({ document, view }) =>
          operations.check(view, {
            ...{ settings: document.settings, signal: bounded, isFresh: false, isAttended: true },
            onProgress: (progress) => report.advanced(labelOf(view.pin), progress),
          }),
        );
        bounded.throwIfAborted();
        return places.length;
      });
      if (checked === null) return;
      const views = placesIn(await documents.known()).places.map(({ view }) => view);
      const stateOf = (...kinds: string[]) => views.filter((view) => kinds.includes(pinState(view).kind));
      const failed = stateOf("failed");
      const message = l10n.t(
        "Images: {0} checked, {1} stale, {2} incomplete, {3} failed.",
        ...[checked, stateOf("stale", "gone").length, stateOf("incomplete").length, failed.length],
      );
      const details = failed.map(
        ({ pin, failure }) => `${labelOf(pin)} (${pin.file}:${pin.line}): ${failure?.message}`,
      );
      messages.close(message, failed.length > 0, details);
    },
  };
}
