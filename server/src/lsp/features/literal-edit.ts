import { rewriteContent, rewriteLiteral } from "../../nix/literal-rewrite.ts";
import type { Literal, TextEdit, TextOf } from "../../nix/pin.ts";

/** The edit of a literal that makes a value out of another, in the same quotes; null when it can't be done. */
export function literalEdit(textOf: TextOf, literal: Literal, oldValue: string, newValue: string): TextEdit | null {
  const { file, range, bare } = literal;
  const oldText = textOf(file)?.slice(range.start, range.end) ?? null;
  if (oldText === null) return null;
  const newText = (bare === true ? rewriteContent : rewriteLiteral)(oldText, oldValue, newValue);
  return newText === null ? null : { file, range, oldText, newText };
}
