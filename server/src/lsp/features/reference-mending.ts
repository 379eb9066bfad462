import { insertionOf } from "../../nix/attribute-insertion.ts";
import { isDataFile } from "../../nix/data-file.ts";
import type { AttributeReading, Pin, TextEdit, TextOf } from "../../nix/pin.ts";
import { GOARCH_OF, GOOS_OF } from "../../oci/platform-words.ts";
import { parseReference, parseRepository } from "../../oci/reference.ts";
import { literalEdit } from "./literal-edit.ts";

/** What an attribute should say instead, and the edits that make it so. */
export interface Mending {
  readonly attribute: "imageName" | "os" | "arch";
  readonly value: string;
  readonly edits: readonly TextEdit[];
}

/**
 * Mends an `imageName` that is obviously meant: without a URL scheme, in lower case, its tag moved to `finalImageTag` and
 * its digest to `imageDigest`. Null when it is sound, or when nothing is obvious.
 */
export function mendImageName(textOf: TextOf, pin: Pin): Mending | null {
  if (pin.imageName.state !== "known" || parseRepository(pin.imageName.value).ok) return null;
  const bare = pin.imageName.value
    .trim()
    .replace(/^(?:https?|docker):\/\//i, "")
    .replace(/\/+$/, "");
  const [written, reference] = [bare, bare.toLowerCase()]
    .map((name) => [name, parseReference(name)] as const)
    .find(([, parsed]) => parsed.ok) ?? [bare, null];
  if (reference === null || !reference.ok) return null;
  const { tag, digest } = reference.value;
  const name = nameIn(written);
  const edits = [
    rewrite(textOf, pin.imageName, name),
    ...(tag === null ? [] : [fill(textOf, pin, "finalImageTag", tag)]),
    ...(digest === null ? [] : [fill(textOf, pin, "imageDigest", digest)]),
  ];
  const possible = edits.filter((edit) => edit !== null);
  if (possible.length < edits.length) return null;
  return { attribute: "imageName", value: name, edits: possible.flat() };
}

/** Replaces an `arch` or `os` by the registry's word for the same, such as `amd64` for `x86_64`; null when there is none. */
export function mendPlatform(textOf: TextOf, pin: Pin): Mending | null {
  for (const [attribute, words] of [["arch", GOARCH_OF] as const, ["os", GOOS_OF] as const]) {
    const reading = pin[attribute];
    if (reading.state !== "known") continue;
    const word = reading.value.toLowerCase().replace(/-(?:linux|darwin)$/, "");
    const value = words.get(word) ?? ([...words.values()].includes(word) ? word : undefined);
    if (value === undefined || value === reading.value) continue;
    const edits = rewrite(textOf, reading, value);
    if (edits !== null) return { attribute, value, edits };
  }
  return null;
}

function nameIn(reference: string): string {
  const [name = ""] = reference.split("@");
  const colon = name.lastIndexOf(":");
  return colon < 0 || name.includes("/", colon) ? name : name.slice(0, colon);
}

function rewrite(textOf: TextOf, reading: AttributeReading, value: string): TextEdit[] | null {
  if (reading.state !== "known" || reading.editable === null) return null;
  const edit = literalEdit(textOf, reading.editable, reading.value, value);
  return edit === null ? null : [edit];
}

/** Adds an attribute or fills an empty one; one that has the value stays, one that has another can't be told from a mistake. */
function fill(textOf: TextOf, pin: Pin, attribute: "finalImageTag" | "imageDigest", value: string): TextEdit[] | null {
  const reading = pin[attribute];
  if (reading.state === "unknown") return null;
  if (reading.state === "known") {
    if (reading.value === "") return rewrite(textOf, reading, value);
    // The final tag is what the image is called in the end, which may be anything.
    return reading.value === value || attribute === "finalImageTag" ? [] : null;
  }
  const text = textOf(pin.file);
  const added = text === null || isDataFile(pin.file) ? null : insertionOf(text, pin, attribute, value);
  if (added === null) return null;
  return [{ file: pin.file, range: { start: added.offset, end: added.offset }, oldText: "", newText: added.text }];
}
