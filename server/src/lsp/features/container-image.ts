import type { Pin, TextEdit, TextOf } from "../../nix/pin.ts";
import { type ImageReference, parseReference, printRepository } from "../../oci/reference.ts";
import { literalEdit } from "./literal-edit.ts";

/** What a container runs, and what its `imageFile` loads instead. */
export interface ContainerImageMismatch {
  readonly written: string;
  readonly loaded: string;
}

/** Where `image` of a container does not name what the pin behind its `imageFile` loads; null where it does or that is not known. */
export function containerImageMismatch(pin: Pin): ContainerImageMismatch | null {
  const { siblingImage, imageName, finalImageName, finalImageTag } = pin;
  const name = finalImageName.state === "absent" ? imageName : finalImageName;
  if (siblingImage === null || name.state !== "known" || finalImageTag.state === "unknown") return null;
  const written = parseReference(siblingImage.value);
  const loaded = `${name.value}:${finalImageTag.state === "known" ? finalImageTag.value : "latest"}`;
  const meant = parseReference(loaded);
  if (!written.ok || !meant.ok || written.value.digest !== null) return null;
  return fullName(written.value) === fullName(meant.value) ? null : { written: siblingImage.value, loaded };
}

/** The edit that has the container run what is loaded. */
export function mendContainerImage(textOf: TextOf, pin: Pin): readonly TextEdit[] {
  const mismatch = containerImageMismatch(pin);
  if (mismatch === null || pin.siblingImage === null) return [];
  const edit = literalEdit(textOf, pin.siblingImage.literal, mismatch.written, mismatch.loaded);
  return edit === null ? [] : [edit];
}

function fullName(reference: ImageReference): string {
  return `${printRepository(reference)}:${reference.tag ?? "latest"}`;
}
