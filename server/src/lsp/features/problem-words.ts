import * as l10n from "@vscode/l10n";
import type { Problem } from "../../base/errors.ts";
import { printable } from "../../base/printable.ts";
import type { AttributeReading, Pin } from "../../nix/pin.ts";

const LONGEST_SHORT_FORM = 70;

/** A failure in a few words that can follow a colon; its whole sentence is for the hover and the log. */
export function shortFailure(problem: Problem): string {
  switch (problem.code) {
    case "registry-rate-limited":
      return l10n.t("registry answered 429");
    case "registry-unauthorized":
      return l10n.t("registry wants a sign-in");
    case "registry-denied":
      return l10n.t("registry refused access");
    case "registry-unreachable":
      return l10n.t("registry cannot be reached");
    case "registry-timeout":
      return l10n.t("registry did not answer");
    case "registry-tls":
      return l10n.t("certificate of the registry is not trusted");
    case "registry-failed": {
      const [, status] = /\b(5\d\d)\b/.exec(problem.message) ?? [];
      return status === undefined ? l10n.t("registry failed") : l10n.t("registry answered {0}", status);
    }
    case "registry-not-found":
      return l10n.t("registry has no such repository");
    case "tag-not-found":
      return l10n.t("registry has no such tag");
    case "digest-gone":
      return l10n.t("registry no longer has the digest");
    case "platform-missing":
      return l10n.t("image has no such platform");
    case "token-failed":
      return l10n.t("registry gave no token");
    case "file-changed":
      return l10n.t("the file was changed meanwhile");
    default:
      return printable(problem.message.replace(/\.$/, ""), LONGEST_SHORT_FORM);
  }
}

/** Why a pin can't be updated, in a few words that can follow a colon. */
export function shortObstacle(pin: Pin, problem: Problem): string {
  switch (problem.code) {
    case "pin-computed": {
      const attribute = computedAttribute(pin);
      return attribute === null ? l10n.t("a value is computed") : l10n.t("{0} is computed", attribute);
    }
    case "value-shared":
      return l10n.t("other pins read the same value");
    case "syntax-error":
      return l10n.t("there is a syntax error");
    case "duplicate-attribute":
      return l10n.t("an attribute is defined twice");
    case "hash-attribute-conflict":
      return l10n.t("there are two hashes");
    case "malformed-directive":
      return l10n.t('a "dockpin:" comment is malformed');
    case "malformed-reference":
      return pin.imageName.state === "known"
        ? l10n.t("imageName is not an image name")
        : l10n.t("imageName is missing");
    case "malformed-tag":
      return l10n.t("the tag is malformed");
    case "unknown-platform":
      return l10n.t("the platform is unknown");
    default:
      return printable(problem.message.replace(/\.$/, ""), LONGEST_SHORT_FORM);
  }
}

/** The first attribute that can't be read, else the first that can't be rewritten. */
function computedAttribute(pin: Pin): string | null {
  const hash = pin.hashAttribute ?? "hash";
  const needed = [
    ["imageName", pin.imageName],
    ["imageDigest", pin.imageDigest],
    [hash, pin.hash],
    ["finalImageName", pin.finalImageName],
    ["finalImageTag", pin.finalImageTag],
    ["os", pin.os],
    ["arch", pin.arch],
  ] as const;
  const rewritten = needed.slice(1, 3);
  const isUneditable = (reading: AttributeReading) => reading.state === "known" && reading.editable === null;
  const found =
    needed.find(([, reading]) => reading.state === "unknown") ?? rewritten.find(([, reading]) => isUneditable(reading));
  return found?.[0] ?? null;
}
