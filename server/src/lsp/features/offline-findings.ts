import * as l10n from "@vscode/l10n";
import type { ErrorCode } from "../../base/error-codes.ts";
import { printable } from "../../base/printable.ts";
import { isPlaceholderHash, parseHash } from "../../nix/hash-encoding.ts";
import type { PinAttribute } from "../../nix/pin.ts";
import { parseDigest } from "../../oci/digest.ts";
import type { DiagnosticCode } from "../diagnostic-codes.ts";
import type { PinView } from "../pin-view.ts";
import { containerImageMismatch } from "./container-image.ts";
import { type Finding, findingAt } from "./finding.ts";

/** Problems that Nix reports by itself, or that leave nothing to look at. */
const UNREADABLE = new Set<ErrorCode>(["syntax-error", "duplicate-attribute", "hash-attribute-conflict"]);

/** What the text of a pin tells by itself. */
export function offlineFindings(view: PinView): Finding[] {
  const { pin } = view;
  if (pin.callee === "nix2container.pullImageFromManifest") return [];
  if (pin.problems.some(({ code }) => UNREADABLE.has(code))) return [];
  return [
    ...digestFindings(view),
    ...hashFindings(view),
    ...referenceFindings(view),
    ...overrideFindings(view),
    ...containerFindings(view),
    ...tagFindings(view),
  ];
}

function digestFindings(view: PinView): Finding[] {
  const { imageDigest } = view.pin;
  if (imageDigest.state === "unknown") return [];
  if (imageDigest.state === "absent" || imageDigest.value === "") {
    const message = l10n.t("The image has no digest, so what it is can change at any time.");
    return [findingAt(view, ["imageDigest"], "missing-digest", message)];
  }
  const digest = parseDigest(imageDigest.value);
  return digest.ok ? [] : [findingAt(view, ["imageDigest"], "malformed-digest", digest.problem.message)];
}

function hashFindings(view: PinView): Finding[] {
  const { hash, hashAttribute } = view.pin;
  if (hash.state === "unknown") return [];
  if (hash.state === "absent") {
    const message = l10n.t("The image has no hash, without which Nix does not fetch it.");
    return [findingAt(view, [], "missing-hash", message)];
  }
  if (isPlaceholderHash(hash.value)) {
    const message = l10n.t("The hash is a placeholder; Nix will refuse the image.");
    return [findingAt(view, ["hash"], "placeholder-hash", message)];
  }
  const parsed = parseHash(hash.value, hashAttribute ?? "hash");
  return parsed.ok ? [] : [findingAt(view, ["hash"], "malformed-hash", parsed.problem.message)];
}

/** Problems of what the image is called, each under its diagnostic and where it stands. */
const OF_THE_REFERENCE: Partial<Record<ErrorCode, readonly [DiagnosticCode, readonly PinAttribute[]]>> = {
  "malformed-reference": ["malformed-reference", ["imageName"]],
  "malformed-tag": ["malformed-reference", ["finalImageTag", "imageName"]],
  "unknown-platform": ["platform-missing", ["arch", "os", "imageName"]],
};

function referenceFindings(view: PinView): Finding[] {
  const { problem } = view.assessment;
  const found = problem === null ? undefined : OF_THE_REFERENCE[problem.code];
  if (problem === null || found === undefined) return [];
  const [code, attributes] = found;
  return [findingAt(view, attributes, code, problem.message)];
}

function overrideFindings({ pin: { file, ineffectiveOverride } }: PinView): Finding[] {
  if (ineffectiveOverride === null) return [];
  const { names, range } = ineffectiveOverride;
  const message = l10n.t(
    "{0} is set on the result of the call, where it changes nothing of what is fetched; write it into the call's argument.",
    names.join(", "),
  );
  return [{ code: "ineffective-override", message, at: { file, ...range } }];
}

function containerFindings({ pin }: PinView): Finding[] {
  const mismatch = containerImageMismatch(pin);
  if (mismatch === null || pin.siblingImage === null) return [];
  const { file, range } = pin.siblingImage.literal;
  const message = l10n.t(
    'The container runs "{0}", but its imageFile loads "{1}".',
    printable(mismatch.written, 120),
    printable(mismatch.loaded, 120),
  );
  return [{ code: "container-image-differs", message, at: { file, ...range } }];
}

/** Tags that are moved to every new release, or to every build. */
const FLOATING_TAGS = new Set(
  "latest stable edge nightly lts main master mainline rolling testing unstable beta dev canary next".split(" "),
);

function tagFindings(view: PinView): Finding[] {
  const { tag, from } = view.pin.followedTag;
  if (from === "default") {
    const message = l10n.t('The pin names no tag, so it follows "latest", which can become another major version.');
    return [findingAt(view, ["imageName"], "floating-tag", message)];
  }
  if (!FLOATING_TAGS.has(tag)) return [];
  const message = l10n.t('The tag "{0}" can become another major version; follow the tag of a version.', tag);
  return [findingAt(view, from === "finalImageTag" ? ["finalImageTag"] : ["imageName"], "floating-tag", message)];
}
