import * as l10n from "@vscode/l10n";
import type { Clock } from "../base/clock.ts";
import { keepLatest } from "../base/keep-latest.ts";
import type { Log } from "../base/log.ts";
import { printable } from "../base/printable.ts";
import type { RegistryNotice } from "../registry/notices.ts";

/** What registries let their users know beside their answers. Nothing of it pops up. */
export interface RegistryNotices {
  take(notice: RegistryNotice): void;
  /** A registry said that few requests are left in its window: they are for what the user asks. */
  isSparing(registry: string): boolean;
  /** A sentence per registry that has something to say. */
  notes(): readonly string[];
  clear(): void;
}

type RateLimit = Extract<RegistryNotice, { kind: "rate-limit" }> & { readonly until: number };

/** Milliseconds, for a registry that does not say after how long its requests count no more. */
const USUAL_WINDOW = 60 * 60_000;
const REGISTRIES_KEPT = 20;

/** @param changed called when there is something else to say */
export function createRegistryNotices(clock: Clock, log: Log, changed: () => void): RegistryNotices {
  const limits = new Map<string, RateLimit>();
  const warnings = new Map<string, string>();

  const isCurrent = ({ until }: RateLimit) => clock.now() < until;
  const limitNote = ({ registry, remaining, limit, until }: RateLimit) =>
    l10n.t("{0}: {1} of {2} requests left; checks wait until {3}", registry, remaining, limit, timeOf(until));

  return {
    isSparing(registry) {
      const known = limits.get(registry);
      return known !== undefined && isCurrent(known);
    },
    take(notice) {
      const { registry } = notice;
      if (notice.kind === "rate-limit") {
        const window = notice.windowSeconds === null ? USUAL_WINDOW : notice.windowSeconds * 1000;
        const known = { ...notice, until: clock.now() + window };
        keepLatest(limits, REGISTRIES_KEPT, registry, known);
        log.warn(`${limitNote(known)}.`);
      } else {
        const text = printable(notice.text, 200);
        if (warnings.get(registry) === text) return;
        keepLatest(warnings, REGISTRIES_KEPT, registry, text);
        log.warn(`${registry} warns: ${text}`);
      }
      changed();
    },
    notes: () => [
      ...[...limits.values()].filter(isCurrent).map(limitNote),
      ...[...warnings].map(([registry, text]) => l10n.t("{0} warns: {1}", registry, text)),
    ],
    clear() {
      limits.clear();
      warnings.clear();
    },
  };
}

/** Of the day, as the user's clock shows it. */
function timeOf(milliseconds: number): string {
  const date = new Date(milliseconds);
  return [date.getHours(), date.getMinutes()].map((part) => String(part).padStart(2, "0")).join(":");
}
