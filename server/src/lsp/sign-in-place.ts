import { CodedError } from "../base/errors.ts";
import { parseReference, printRepository, type Tag } from "../oci/reference.ts";
import type { RegistryTarget } from "../registry/client.ts";
import { credentialRepositoryOf, type RegistryRules } from "../registry/registry-rules.ts";
import type { PinView } from "./pin-view.ts";
import type { SignInPlace } from "./protocol.ts";

/** Where a sign-in would be for that lets a pin's image be read; null when its registry cannot be reached at all. */
export function signInPlaceOf({ assessment }: PinView, rules: RegistryRules, uri: string): SignInPlace | null {
  const { image } = assessment;
  return image === null ? null : placeOfTarget(image.target, image.tag, rules, uri);
}

/** As `signInPlaceOf`, for a tag of a repository. */
export function placeOfTarget(
  target: RegistryTarget,
  tag: Tag,
  rules: RegistryRules,
  uri: string | null,
): SignInPlace | null {
  const host = accountHostOf(target, rules);
  if (host === null) return null;
  const { repository, tlsVerify } = target;
  return { host, registry: repository.registry, image: `${printRepository(repository)}:${tag}`, tlsVerify, uri };
}

/** The host whose account a repository is read with; null for one that is not reached. */
export function accountHostOf(target: RegistryTarget, rules: RegistryRules): string | null {
  try {
    return credentialRepositoryOf(rules, target).registry;
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
