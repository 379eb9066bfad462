import { parseHash, sriHash } from "../../nix/hash-encoding.ts";
import type { Pin, TextEdit, TextOf } from "../../nix/pin.ts";
import { literalEdit } from "./literal-edit.ts";

/** The start of a binding of a hash: the path before its name, the name, the gap before the equals sign. */
const HASH_BINDING = /^((?:(?:[A-Za-z_][\w'-]*|"[^"\\$]*")\.)*)("?)(sha256|outputHash)\2([ \t]*)=/;

/**
 * The edits that state a pin's hash as `hash = "sha256-…"`, whatever its attribute and encoding; null when it is so already,
 * or can't be. nix2container has no `hash`; a set that is not written in a call may have its `sha256` read elsewhere.
 */
export function sriConversion(textOf: TextOf, pin: Pin): readonly TextEdit[] | null {
  if (pin.callee !== "dockerTools.pullImage" || pin.hash.state !== "known" || pin.hashAttribute === null) return null;
  const { value, editable, at } = pin.hash;
  const parsed = parseHash(value, pin.hashAttribute === "hash" ? "sha256" : pin.hashAttribute);
  if (!parsed.ok || editable === null) return null;
  const edits: TextEdit[] = [];
  const sri = sriHash(parsed.value.digest);
  if (sri !== value) {
    const edit = literalEdit(textOf, editable, value, sri);
    if (edit === null) return null;
    edits.push(edit);
  }
  if (pin.hashAttribute !== "hash") {
    const renaming = at.file === pin.file ? renameToHash(textOf(pin.file) ?? "", pin, at.start) : null;
    if (renaming === null) return null;
    edits.unshift(renaming);
  }
  return edits.length === 0 ? null : edits.toSorted((one, other) => one.range.start - other.range.start);
}

function renameToHash(text: string, pin: Pin, start: number): TextEdit | null {
  if (start < pin.range.start || !isWrittenInCall(text, pin)) return null;
  const [, path, quote, name, gap] = HASH_BINDING.exec(text.slice(start, pin.range.end)) ?? [];
  if (path === undefined || quote === undefined || name === undefined || gap === undefined) return null;
  const oldText = `${quote}${name}${quote}${gap}`;
  // A gap that aligns the equals signs grows by what the name shrinks.
  const newText = `hash${gap.length > 1 ? gap.padEnd(oldText.length - "hash".length) : gap}`;
  const from = start + path.length;
  return { file: pin.file, range: { start: from, end: from + oldText.length }, oldText, newText };
}

function isWrittenInCall(text: string, { range }: Pin): boolean {
  return /\bpullImage\s*\(?\s*$/.test(text.slice(Math.max(0, range.start - 200), range.start));
}
