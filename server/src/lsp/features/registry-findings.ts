import * as l10n from "@vscode/l10n";
import type { ErrorCode } from "../../base/error-codes.ts";
import type { Problem } from "../../base/errors.ts";
import { printable } from "../../base/printable.ts";
import { shortDigest } from "../../oci/digest.ts";
import { printPlatform } from "../../oci/platform.ts";
import type { PinView } from "../pin-view.ts";
import { type Finding, findingAt } from "./finding.ts";
import { type KnownHash, namedOtherwise } from "./known-hash.ts";
import { wrongHashSentence } from "./status-sentence.ts";

/** What was learned of a pin's image from its registry, or by computing hashes. */
export function registryFindings(view: PinView, knownHashes: readonly KnownHash[]): Finding[] {
  return [
    ...tagMoved(view),
    ...digestGone(view),
    ...platformMissing(view),
    ...wrongHash(view),
    ...hostDependentHash(view),
    ...finalNameChanged(view, knownHashes),
  ];
}

function tagMoved(view: PinView): Finding[] {
  const result = view.check?.result;
  const pinned = view.assessment.image?.digest ?? null;
  if (result?.status !== "stale" || result.newDigest === null || pinned === null) return [];
  const tag = printable(view.pin.followedTag.tag, 60);
  const message = l10n.t(
    'The tag "{0}" moved from {1} to {2}.',
    tag,
    shortDigest(pinned),
    shortDigest(result.newDigest),
  );
  return [findingAt(view, ["imageDigest"], "stale-digest", message)];
}

function digestGone(view: PinView): Finding[] {
  const isGone = view.check?.result.status === "gone" || learned(view, "digest-gone") !== null;
  if (!isGone) return [];
  const message = l10n.t("The registry no longer has this digest; Nix can only build it from a cache.");
  return [findingAt(view, ["imageDigest"], "digest-gone", message)];
}

function platformMissing(view: PinView): Finding[] {
  const message = learned(view, "platform-missing")?.message ?? lackingIndex(view);
  return message === null ? [] : [findingAt(view, ["arch", "os", "imageDigest"], "platform-missing", message)];
}

/** The same, from what was read of the pinned index or of the one that the tag points to. */
function lackingIndex({ assessment: { image }, facts, newFacts }: PinView): string | null {
  const index = [newFacts, facts].find((one) => one?.kind === "index" && one.layers === null);
  if (!index || image === null) return null;
  return l10n.t(
    "The image has no {0} variant; its index has {1}.",
    printPlatform(image.platform),
    printable(index.platforms.join(", "), 300),
  );
}

/** A problem of this code from whatever asked the registry last. */
function learned({ failure, check, verification }: PinView, code: ErrorCode): Problem | null {
  const problems = [failure, check?.result.problem ?? null, verification?.problem ?? null];
  return problems.find((problem) => problem?.code === code) ?? null;
}

function wrongHash(view: PinView): Finding[] {
  if (view.verification?.status !== "wrongHash") return [];
  return [findingAt(view, ["hash"], "hash-mismatch", wrongHashSentence(view))];
}

function hostDependentHash(view: PinView): Finding[] {
  const { pin } = view;
  const { image } = view.assessment;
  if (image === null || image.archStated || pin.callee !== "dockerTools.pullImage") return [];
  if (!isIndexPinned(view)) return [];
  const message = l10n.t(
    "The digest is of an index and the pin has no arch, so the hash is right for {0} only.",
    printPlatform(image.platform),
  );
  return [findingAt(view, ["hash", "imageDigest"], "host-dependent-hash", message)];
}

/** An index goes stale in favour of an index only, and a single platform's image in favour of another. */
function isIndexPinned({ assessment: { image }, check, facts, newFacts }: PinView): boolean {
  if (facts !== null && facts.digest === image?.digest) return facts.kind === "index";
  return check?.result.status === "stale" && newFacts?.kind === "index" && newFacts.digest === check.result.newDigest;
}

function finalNameChanged(view: PinView, knownHashes: readonly KnownHash[]): Finding[] {
  const { image } = view.assessment;
  if (image === null || image.digest === null || image.hash === null) return [];
  const known = namedOtherwise(image, knownHashes);
  if (known === null) return [];
  const message = l10n.t(
    'The hash is that of the image as "{0}"; under another final name or tag it has another hash.',
    printable(`${known.finalImageName}:${known.finalImageTag}`, 120),
  );
  return [findingAt(view, ["hash"], "final-name-changes-hash", message)];
}
