import * as l10n from "@vscode/l10n";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How long ago a time was, in words: `4 days ago`. Times to come are "just now", since clocks differ. */
export function age(time: number, now: number): string {
  const elapsed = now - time;
  const minutes = Math.floor(elapsed / MINUTE);
  const hours = Math.floor(elapsed / HOUR);
  const days = Math.floor(elapsed / DAY);
  if (minutes < 1) return l10n.t("just now");
  if (hours < 1) return minutes === 1 ? l10n.t("1 minute ago") : l10n.t("{0} minutes ago", minutes);
  if (days < 1) return hours === 1 ? l10n.t("1 hour ago") : l10n.t("{0} hours ago", hours);
  if (days < 60) return days === 1 ? l10n.t("1 day ago") : l10n.t("{0} days ago", days);
  if (days < 2 * 365) return l10n.t("{0} months ago", Math.floor(days / 30));
  return l10n.t("{0} years ago", Math.floor(days / 365));
}

/** A time as people write it, exact and in UTC: `2026-11-01 12:00 UTC`. */
export function exactTime(time: number): string {
  return new Date(time).toISOString().replace(/^(.{10})T(.{5}).*$/, "$1 $2 UTC");
}

/** The time that a config's `created` names, in milliseconds; null when it names none, or a tool's word for none. */
export function createdTime(created: string | null): number | null {
  const time = created === null ? Number.NaN : Date.parse(created);
  return Number.isNaN(time) || isEpoch(created) ? null : time;
}

/** Whether a build tool wrote the beginning of Unix time, of DOS time or of Go's, so that equal images are equal. */
export function isEpoch(created: string | null): boolean {
  const time = created === null ? Number.NaN : Date.parse(created);
  return !Number.isNaN(time) && /^(?:1970-|1980-01-01|0001-01-01)/.test(new Date(time).toISOString());
}
