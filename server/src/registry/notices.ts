import { formatSeconds } from "../base/quantities.ts";

/** What a registry lets its users know beside its answers. */
export type RegistryNotice =
  /** Requests that are left, as Docker Hub tells them; `remaining` of `limit` in a window. */
  | {
      readonly kind: "rate-limit";
      readonly registry: string;
      readonly limit: number;
      readonly remaining: number;
      readonly windowSeconds: number | null;
    }
  /** A `Warning: 299` header (distribution specification), control characters removed, at most 200 characters. */
  | { readonly kind: "warning"; readonly registry: string; readonly text: string };

/** A notice as a sentence. */
export function describeNotice(notice: RegistryNotice): string {
  if (notice.kind === "warning") return `${notice.registry} warns: ${notice.text}`;
  const { registry, limit, remaining, windowSeconds } = notice;
  const window = windowSeconds === null ? "" : ` in ${formatSeconds(windowSeconds)}`;
  const left = remaining === 0 ? "no more" : remaining;
  return `${registry} allows ${left} of ${limit} pulls${window}; sign in for a higher limit.`;
}
