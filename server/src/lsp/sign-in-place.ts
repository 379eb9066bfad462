import { CodedError } from "../base/errors.ts";
import { parseReference, printRepository, type Tag } from "../oci/reference.ts";
import type { RegistryTarget } from "../registry/client.ts";
import { endpointsOf } from "../registry/connect.ts";
import { endpointOf } from "../registry/endpoint.ts";
import type { PinView } from "./pin-view.ts";
import type { SignInPlace } from "./protocol.ts";
import type { Settings } from "./settings.ts";

/** Where a sign-in would be for that lets a pin's image be read; null when its registry cannot be reached at all. */
export function signInPlaceOf({ assessment }: PinView, settings: Settings, uri: string): SignInPlace | null {
  const { image } = assessment;
  return image === null ? null : placeOfTarget(image.target, image.tag, settings, uri);
}

/** As `signInPlaceOf`, for a tag of a repository. */
export function placeOfTarget(
  target: RegistryTarget,
  tag: Tag,
  settings: Settings,
  uri: string | null,
): SignInPlace | null {
  const host = accountHostOf(target, settings);
  if (host === null) return null;
  const { repository, tlsVerify } = target;
  return { host, registry: repository.registry, image: `${printRepository(repository)}:${tag}`, tlsVerify, uri };
}

/** The host whose account a repository is read with, as the settings have it; null for one that no URL can have. */
export function accountHostOf(target: RegistryTarget, settings: Settings): string | null {
  try {
    return endpointOf(target, endpointsOf(settings.registries)).credentialHost;
  } catch (error) {
    if (error instanceof CodedError) return null;
    throw error;
  }
}

/** The tag that a place's account is tried with; null when the client made it up. */
export function targetOfPlace({ image, tlsVerify }: SignInPlace): { target: RegistryTarget; tag: Tag } | null {
  const reference = parseReference(image);
  if (!reference.ok || reference.value.tag === null) return null;
  const { registry, path, tag } = reference.value;
  return { target: { repository: { registry, path }, tlsVerify }, tag };
}
