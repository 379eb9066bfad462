import * as l10n from "@vscode/l10n";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const MONTH = 30 * DAY;
const YEAR = 365 * DAY;

/** How long ago a time was, in words: `4 days ago`. Times to come are "just now", since clocks differ. */
export function age(time: number, now: number): string {
  const elapsed = now - time;
  const inUnits = (unit: number) => Math.floor(elapsed / unit);
  if (elapsed < MINUTE) return l10n.t("just now");
  if (elapsed < HOUR) return counted(inUnits(MINUTE), l10n.t("1 minute ago"), "{0} minutes ago");
  if (elapsed < DAY) return counted(inUnits(HOUR), l10n.t("1 hour ago"), "{0} hours ago");
  if (elapsed < 2 * MONTH) return counted(inUnits(DAY), l10n.t("1 day ago"), "{0} days ago");
  if (elapsed < 2 * YEAR) return l10n.t("{0} months ago", inUnits(MONTH));
  return l10n.t("{0} years ago", inUnits(YEAR));
}

function counted(number: number, one: string, many: string): string {
  return number === 1 ? one : l10n.t(many, number);
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
