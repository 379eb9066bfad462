import type { Problem } from "../base/errors.ts";
import type { AttributeReading, Pin } from "../nix/pin.ts";
import type { Digest } from "../oci/digest.ts";
import type { Platform } from "../oci/platform.ts";
import type { Tag } from "../oci/reference.ts";
import type { ArchiveFormat } from "../prefetch/prefetch.ts";
import type { RegistryTarget } from "../registry/client.ts";
import type { PinnedManifest } from "./manifest-file.ts";

/** What the user says for all pins. */
export interface PinSettings {
  /** For pins that state none; null means linux/amd64, as nix-prefetch-docker assumes. */
  readonly platform: Platform | null;
  /** False for every registry; a pin's own `tlsVerify = false` counts as well. */
  readonly tlsVerify: boolean;
}

/** What a pin says, as far as a registry can be asked about it. */
export interface PinnedImage {
  readonly target: RegistryTarget;
  readonly tag: Tag;
  /** Null when missing, fake or malformed. */
  readonly digest: Digest | null;
  /** The stated hash as a sha256; null when missing, fake, malformed or computed. */
  readonly hash: Digest | null;
  /** What the hash is of; "manifest" for `pullImageFromManifest`, where it is the manifest's own digest. */
  readonly format: ArchiveFormat | "manifest";
  /** What the manifest file of `pullImageFromManifest` says; null where it says nothing sound, and for other functions. */
  readonly manifest: PinnedManifest | null;
  readonly platform: Platform;
  /** By the pin's arch or its directive; otherwise `platform` is that of its system, the setting's or the default. */
  readonly platformStated: boolean;
  /** By the attribute that `pullImage` reads, or because the pin is for one kind of machine only. */
  readonly archStated: boolean;
  readonly finalImageName: string;
  readonly finalImageTag: string;
}

/** What can be said of a pin without a network. */
export interface Assessment {
  readonly pin: Pin;
  readonly status: "unchecked" | "incomplete" | "computed" | "ignored";
  /** Why the status is not `unchecked`. */
  readonly problem: Problem | null;
  /** Null when a registry can't be asked about this pin; of a pin with variants the first one's. */
  readonly image: PinnedImage | null;
  /** Why neither digest nor hash can be rewritten, even if they are stale; null when they can. */
  readonly obstacle: Problem | null;
  /** Of the pin's variants, in their order; empty for a pin without. */
  readonly variants: readonly Assessment[];
}

export function computed(pin: Pin, problem: Problem, image: PinnedImage | null): Assessment {
  return { pin, status: "computed", problem, image, obstacle: problem, variants: [] };
}

/** @param obstacle why an update can't fill in what is missing; null when it can */
export function incomplete(
  pin: Pin,
  problem: Problem,
  image: PinnedImage | null,
  obstacle: Problem | null,
): Assessment {
  return { pin, status: "incomplete", problem, image, obstacle, variants: [] };
}

export function unchecked(pin: Pin, image: PinnedImage): Assessment {
  return { pin, status: "unchecked", problem: null, image, obstacle: null, variants: [] };
}

/** Why an attribute that is needed has no value; null when it has one or is left out. */
export function unreadable(attribute: string, reading: AttributeReading): Problem | null {
  if (reading.state !== "unknown") return null;
  return { code: "pin-computed", message: `${attribute} cannot be read: ${reading.reason}` };
}

export function knownValue(reading: AttributeReading): string | null {
  return reading.state === "known" ? reading.value : null;
}
