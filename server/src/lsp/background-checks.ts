import type { Clock } from "../base/clock.ts";
import { hasDigest } from "../pins/compare.ts";
import { type BackOff, isOfRegistry } from "./back-off.ts";
import type { CheckQueue } from "./check-queue.ts";
import type { PinDocument } from "./pin-documents.ts";
import { knowledgeKeyOf } from "./pin-identity.ts";
import type { PinKnowledgeStore } from "./pin-knowledge.ts";
import type { PinOperations } from "./pin-operations.ts";
import type { PinView } from "./pin-view.ts";
import { isLeftAlone } from "./pin-views.ts";
import type { RegistryAccess } from "./registry-access.ts";
import type { Settings } from "./settings.ts";

/** Checks that nobody asked for, of pins that were not checked lately. The setting `check.onOpen` switches them off. */
export interface BackgroundChecks {
  /** The user sees this pin. */
  seen(document: PinDocument, view: PinView): void;
  /** These are open. */
  opened(document: PinDocument): void;
  /** The user is typing: what stands there now may not be meant. Resolves once the document has come to rest. */
  edited(uri: string, signal: AbortSignal): Promise<void>;
}

interface Parts {
  readonly queue: CheckQueue;
  readonly operations: Pick<PinOperations, "check">;
  readonly knowledge: PinKnowledgeStore;
  readonly backOff: Pick<BackOff, "isBlocked">;
  readonly access: Pick<RegistryAccess, "isOpen">;
  readonly clock: Clock;
}

const MILLISECONDS_PER_MINUTE = 60_000;
/** Milliseconds without an edit. */
const REST = 1_000;

export function createBackgroundChecks(parts: Parts): BackgroundChecks {
  const { queue, operations, knowledge, backOff, access, clock } = parts;
  /** When each pin was last asked about, whatever came of it. */
  const asked = new Map<string, number>();

  const restless = new Map<string, number>();

  const isDue = (key: string, { assessment: { image } }: PinView, { check }: Settings): boolean => {
    if (image === null || !access.isOpen() || backOff.isBlocked(image.target.repository.registry)) return false;
    const { check: known, activity, failure } = knowledge.get(key);
    if (activity !== null && activity.kind !== "checking") return false;
    // The pause is over, or another way leads to the registry.
    if (failure !== null && isOfRegistry(failure)) return true;
    const last = Math.max(known?.at ?? 0, asked.get(key) ?? 0);
    if (last === 0) return true;
    return check.interval > 0 && clock.now() - last >= check.interval * MILLISECONDS_PER_MINUTE;
  };

  const consider = ({ document, settings }: PinDocument, view: PinView, priority: "visible" | "open") => {
    if (restless.has(document.uri)) return;
    const { image, status } = view.assessment;
    const key = knowledgeKeyOf(view.assessment);
    // Without a digest there is nothing to compare.
    if (key === null || image === null || !hasDigest(image) || status === "incomplete" || isLeftAlone(view)) return;
    const isWanted = () => isDue(key, view, settings);
    if (!settings.check.onOpen || !isWanted()) return;
    queue.resize(settings.concurrency);
    queue.add(
      {
        key,
        registry: image.target.repository.registry,
        isWanted,
        run: async (signal) => {
          await operations.check(view, { settings, signal, isFresh: false, isAttended: false });
          // Also when the user cancelled it: they do not want it again at once.
          asked.set(key, clock.now());
        },
      },
      priority,
    );
  };

  return {
    seen: (document, view) => consider(document, view, "visible"),
    opened(document) {
      for (const view of document.views) consider(document, view, "open");
    },
    async edited(uri, signal) {
      const edits = (restless.get(uri) ?? 0) + 1;
      restless.set(uri, edits);
      await clock.sleep(REST, signal);
      if (restless.get(uri) === edits) restless.delete(uri);
    },
  };
}
