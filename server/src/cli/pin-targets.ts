import type { Pin } from "../nix/pin.ts";
import { printRepository } from "../oci/reference.ts";
import { assessPin, type PinSettings } from "../pins/assess.ts";
import type { RegistryTarget } from "../registry/client.ts";

/** The distinct repositories that pins can be asked about, ignored pins left out, in the order of the pins. */
export function targetsOf(pins: readonly Pin[], settings: PinSettings): RegistryTarget[] {
  const targets = pins
    .map((pin) => assessPin(pin, settings))
    .flatMap((assessment) => [assessment, ...assessment.variants])
    .flatMap(({ image }) => (image === null ? [] : [image.target]));
  return [...new Map(targets.map((target) => [printRepository(target.repository), target])).values()];
}
