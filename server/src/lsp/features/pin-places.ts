import { createHash } from "node:crypto";
import type { TextDocument } from "vscode-languageserver-textdocument";
import type { Pin, TextRange } from "../../nix/pin.ts";
import type { PinView } from "../pin-view.ts";

/** A span at which one pin is shown in a document, or several that one call takes, such as `map pullImage images`. */
export interface PinPlace {
  readonly range: TextRange;
  readonly views: readonly PinView[];
}

/**
 * Where the pins of a document are shown in it: where their values stand, at calls that stand elsewhere, and in files that
 * have no more of them than a digest or a hash, or the manifest. In the order of the text; a call in the line in which a pin starts is not
 * told apart from the pin.
 */
export function placesIn(document: TextDocument, views: readonly PinView[]): PinPlace[] {
  const lineOf = (offset: number) => document.positionAt(offset).line;
  const own = views.filter(({ pin }) => pin.file === document.uri);
  const calls = new Map<number, { range: TextRange; views: PinView[] }>();
  for (const view of views) {
    const isShownAlready = (line: number) => view.pin.file === document.uri && lineOf(view.pin.range.start) === line;
    for (const range of placesElsewhere(document.uri, view.pin)) {
      if (isShownAlready(lineOf(range.start))) continue;
      const call = calls.get(range.start) ?? { range, views: [] };
      if (!call.views.includes(view)) call.views.push(view);
      calls.set(range.start, call);
    }
  }
  const places = [...own.map((view) => ({ range: view.pin.range, views: [view] })), ...calls.values()];
  return places.toSorted((one, other) => one.range.start - other.range.start);
}

/** The calls of a pin in a file; where it has none and stands elsewhere, what it reads from the file. */
function placesElsewhere(file: string, pin: Pin): readonly TextRange[] {
  const calls = callsIn(file, pin);
  if (calls.length > 0 || pin.file === file) return calls;
  const isManifest = [pin, ...pin.variants].some(({ manifestFile }) => manifestFile?.file === file);
  return isManifest ? [{ start: 0, end: 0 }] : literalsIn(file, pin).slice(0, 1);
}

/** The strings in a file that the digest and the hash of a pin are read from. */
function literalsIn(file: string, pin: Pin): readonly TextRange[] {
  return [pin, ...pin.variants].flatMap(({ imageDigest, hash }) =>
    [imageDigest, hash].flatMap((reading) =>
      reading.state === "known" ? reading.provenance.filter((one) => one.file === file).map(({ range }) => range) : [],
    ),
  );
}

/** The calls of a pin in a file. */
export function callsIn(file: string, pin: Pin): readonly TextRange[] {
  return pin.calledAt.filter((call) => call.file === file);
}

/** Names a place by the pins that it has: that of one, or one made of several. */
export function placeId({ views }: PinPlace): string {
  const [first, ...others] = views;
  if (first !== undefined && others.length === 0) return first.id;
  const ids = views.map(({ id }) => id).join(" ");
  return createHash("sha256").update(ids).digest("base64url").slice(0, 16);
}
