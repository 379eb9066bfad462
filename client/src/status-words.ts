import type { StatusParams } from "../../server/src/lsp/protocol.ts";

/** `vscode.l10n.t`. */
export type Translate = (message: string, ...args: number[]) => string;

/** What the status item says of the pins and of registries, in one line each. */
export function statusWords(status: StatusParams, t: Translate): { text: string; detail: string; warning: boolean } {
  const { pins, stale, incomplete, busy, failed, message, notes, online } = status;
  const counts = [
    pins === 0 ? t("No pinned images") : pins === 1 ? t("1 image") : t("{0} images", pins),
    stale > 0 && t("{0} stale", stale),
    incomplete > 0 && t("{0} incomplete", incomplete),
    busy > 0 && t("{0} in progress", busy),
    failed > 0 && t("{0} failed", failed),
  ];
  return {
    text: counts.filter((count) => count !== false).join(", "),
    detail: online
      ? [message, ...notes].filter((words) => words !== null).join(" · ")
      : t("Restricted Mode: nothing is sent to registries"),
    warning: online && (message !== null || failed > 0),
  };
}
