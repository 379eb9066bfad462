import * as l10n from "@vscode/l10n";
import { printable } from "../../base/printable.ts";
import { sriHash } from "../../nix/hash-encoding.ts";
import { printPlatform } from "../../oci/platform.ts";
import type { PinView } from "../pin-view.ts";
import { pinState } from "./pin-state.ts";

/** How a pin stands, as a sentence. */
export function statusSentence(view: PinView, online: boolean): string {
  const state = pinState(view);
  const tag = printable(view.pin.followedTag.tag, 60);
  switch (state.kind) {
    case "checking":
      return l10n.t("The registry is being asked where the tag points to.");
    case "prefetching":
      return l10n.t("The image is being downloaded to compute its hash.");
    case "verifying":
      return l10n.t("The image is being downloaded to verify its hash.");
    case "ignored":
      return view.ignoredBySetting
        ? l10n.t("The settings ignore this image.")
        : l10n.t('A "dockpin: ignore" comment leaves this image alone.');
    case "blocked":
    case "failed":
      return printable(state.problem.message, 400);
    case "incomplete":
      if (state.lacks === "digest") return l10n.t("The digest is missing.");
      if (state.lacks === "hash") return l10n.t("The hash is missing, or a placeholder.");
      return printable(view.assessment.problem?.message ?? "", 400);
    case "unchecked":
      return online
        ? l10n.t('Not compared with the tag "{0}" yet.', tag)
        : l10n.t('Not compared with the tag "{0}": in Restricted Mode no registry is asked.', tag);
    case "fresh":
      return state.verified
        ? l10n.t('The digest is that of the tag "{0}", and the hash is right.', tag)
        : l10n.t('The digest is that of the tag "{0}".', tag);
    case "stale":
      return l10n.t('The tag "{0}" points to another image now.', tag);
    case "gone":
      return state.tagIsThere
        ? l10n.t("The registry no longer has the pinned digest.")
        : l10n.t('The registry has neither the pinned digest nor the tag "{0}".', tag);
    case "tag-missing":
      return l10n.t('The registry has no tag "{0}"; name the tag to follow in a comment "# dockpin: tag=…".', tag);
    case "wrong-hash":
      return wrongHashSentence(view);
  }
}

/** What the hash is that a verification found to be wrong, and what it should be. */
export function wrongHashSentence({ assessment, verification }: PinView): string {
  const computed = verification?.computedHash ?? null;
  if (computed === null || assessment.image === null) return l10n.t("The hash is not that of the pinned image.");
  return l10n.t(
    'The hash is not that of the pinned image for {0}, which is "{1}".',
    printPlatform(assessment.image.platform),
    sriHash(computed),
  );
}
