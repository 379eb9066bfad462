import type { Pin } from "../nix/pin.ts";
import { parsePlatform } from "../oci/platform.ts";
import { type Assessment, assessPin, type PinSettings } from "../pins/assess.ts";
import { ignoreListsOf } from "./ignore-lists.ts";
import { knowledgeKeyOf, pinIdsOf } from "./pin-identity.ts";
import { knowledgeOf, NOTHING_KNOWN, type PinKnowledgeStore } from "./pin-knowledge.ts";
import type { PinView } from "./pin-view.ts";
import type { Settings } from "./settings.ts";

/**
 * What is known of the pins of one document, in the order of the text.
 *
 * @param path of the document, relative to its workspace folder, with slashes; empty when it is in none
 */
export function viewPins(pins: readonly Pin[], settings: Settings, states: PinKnowledgeStore, path: string): PinView[] {
  const rules = pinSettingsOf(settings);
  const lists = ignoreListsOf(settings);
  const ids = pinIdsOf(pins);
  const fileIsIgnored = lists.ignoresFile(path);
  const viewOf = (assessment: Assessment, id: string): PinView => {
    const key = knowledgeKeyOf(assessment);
    return {
      id,
      pin: assessment.pin,
      assessment,
      variants: assessment.variants.map((variant) => viewOf(variant, id)),
      ignoredBySetting: fileIsIgnored || lists.ignoresImage(assessment),
      ...knowledgeOf(key === null ? NOTHING_KNOWN : states.get(key), assessment.pin),
    };
  };
  return pins.map((pin, index) => viewOf(assessPin(pin, rules), ids[index] ?? ""));
}

/** What the settings say for all pins. That a registry's certificate need not be verified is the registry access's affair. */
export function pinSettingsOf(settings: Settings): PinSettings {
  const platform = parsePlatform(settings.platform);
  return { platform: platform.ok ? platform.value : null, tlsVerify: true };
}

/** Whether dockpin leaves the pin alone. */
export function isLeftAlone({ ignoredBySetting, assessment }: PinView): boolean {
  return ignoredBySetting || assessment.status === "ignored";
}
