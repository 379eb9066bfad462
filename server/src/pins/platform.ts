import { type Result, succeed } from "../base/errors.ts";
import type { Pin } from "../nix/pin.ts";
import { goarchFor, type Platform, parsePlatform, platformOf } from "../oci/platform.ts";
import { knownValue } from "./assessment.ts";

/** What a pin's image runs on, and what says so. */
export interface PinPlatform {
  readonly platform: Platform;
  /**
   * By the pin's arch or a directive. The system that a pin is for does not say what its image runs on, as the digest of one
   * platform's image is pulled on any.
   */
  readonly stated: boolean;
  /** All machines that evaluate the pin take the same architecture: an `arch` says so, or the pin is for one only. */
  readonly archStated: boolean;
}

const DEFAULT_PLATFORM: Platform = { os: "linux", architecture: "amd64" };

/**
 * The platform of a pin: by `os` and `arch`, else by its directive, else the architecture of the first system that it is
 * for, else the setting's, else linux/amd64. The os is linux for darwin systems too, as `pullImage` has it.
 * Problems: `unknown-platform`.
 *
 * @param fallback the setting's; null for linux/amd64
 */
export function platformOfPin(pin: Pin, fallback: Platform | null): Result<PinPlatform> {
  const os = knownValue(pin.os);
  const arch = knownValue(pin.arch);
  const directive = pin.platformDirective === null ? null : parsePlatform(pin.platformDirective);
  if (directive?.ok === false) return directive;
  const architectures = new Set(pin.systems.map(goarchFor));
  const [ofSystem = null] = architectures;
  const assumed = directive?.value ?? (ofSystem === null ? null : { os: "linux", architecture: ofSystem });
  const base = assumed ?? fallback ?? DEFAULT_PLATFORM;
  const platform = os === null && arch === null ? succeed(base) : platformOf(os ?? base.os, arch ?? base.architecture);
  if (!platform.ok) return platform;
  return succeed({
    platform: platform.value,
    stated: arch !== null || directive !== null,
    archStated: pin.arch.state !== "absent" || (architectures.size === 1 && ofSystem !== null),
  });
}
