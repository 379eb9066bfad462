import { isDataFile } from "../../server/src/nix/data-file.ts";
import type { Pin } from "../../server/src/nix/pin.ts";
import { nodeAt, type SyntaxNode } from "../../server/src/nix/syntax.ts";

/** How the values of a pin are written and reach the function that pulls. */
export type ArgumentForm =
  | "literal set"
  | "rec set"
  | "merged sets"
  | "table by system"
  | "named set"
  | "list element"
  | "option data"
  | "wrapper call"
  | "attribute paths"
  | "set of another file"
  | "JSON"
  | "TOML"
  | "computed";

/** @param root of the file that the pin stands in; null when that is no Nix code or not at hand */
export function argumentForm(pin: Pin, root: SyntaxNode | null): ArgumentForm {
  if (isDataFile(pin.file)) return /\.toml$/i.test(pin.file) ? "TOML" : "JSON";
  if (pin.variants.length > 0) return "table by system";
  if (pin.calledAt.some(({ file }) => file !== pin.file)) return "set of another file";
  const node = root === null ? null : nodeOfRange(root, pin.range);
  if (node === null) return "computed";
  if (node.type === "binding") return "attribute paths";
  if (!/^(?:rec_)?attrset_expression$/.test(node.type)) return "computed";
  const outer = withParentheses(node);
  const { parent } = outer;
  if (parent?.type === "binary_expression" && parent.children.some(({ type }) => type === "//")) return "merged sets";
  if (parent?.type === "list_expression") return "list element";
  if (outer.field === "argument" && parent?.type === "apply_expression") {
    const callee = parent.child("function")?.text ?? "";
    if (!/\bpullImage(?:FromManifest)?$/.test(callee)) return "wrapper call";
    return node.type === "rec_attrset_expression" ? "rec set" : "literal set";
  }
  return pin.calledAt.length > 0 ? "named set" : "option data";
}

function nodeOfRange(
  root: SyntaxNode,
  { start, end }: { readonly start: number; readonly end: number },
): SyntaxNode | null {
  let node: SyntaxNode | null = nodeAt(root, start);
  while (node !== null && (node.start > start || node.end < end)) node = node.parent;
  return node !== null && node.start === start && node.end === end ? node : null;
}

function withParentheses(node: SyntaxNode): SyntaxNode {
  let outer = node;
  while (outer.parent?.type === "parenthesized_expression") outer = outer.parent;
  return outer;
}
