import { HASH_ATTRIBUTES } from "../../server/src/nix/attribute-reading.ts";
import { withSyntaxTree } from "../../server/src/nix/grammar.ts";
import { type FileRange, PIN_ATTRIBUTES, type Pin } from "../../server/src/nix/pin.ts";
import { nodeAt, type SyntaxNode } from "../../server/src/nix/syntax.ts";
import { nixParser } from "./nix-parser.ts";
import { definedExpression, expressionInScope } from "./nix-scope.ts";

/** A value that is read, and an expression by which Nix computes the same. */
export interface Slice {
  readonly line: number;
  readonly attribute: string;
  readonly value: unknown;
  readonly expression: string;
}

/**
 * What is read of a pin that nothing calls, as expressions in the scope where they stand: in Nix code only, and without
 * variants.
 */
export function slicesOf(textOf: (file: string) => string, pin: Pin, system: string): Slice[] {
  return PIN_ATTRIBUTES.flatMap((attribute): Slice[] => {
    const reading = pin[attribute];
    if (reading.state === "unknown") return [];
    const at: FileRange = reading.state === "absent" ? { file: pin.file, ...pin.range } : reading.at;
    if (!at.file.endsWith(".nix")) return [];
    const text = textOf(at.file);
    const expression = withSyntaxTree(nixParser, { file: at.file, text }, (root) =>
      reading.state === "absent" ? presence(text, root, pin, attribute, system) : definition(text, root, at, system),
    );
    if (expression === null) return [];
    const known = reading.state === "known" ? reading.value : "";
    const value = reading.state === "absent" ? false : attribute === "tlsVerify" ? known === "true" : known;
    return [{ line: pin.line, attribute, value, expression }];
  });
}

function definition(text: string, root: SyntaxNode, at: FileRange, system: string): string {
  let node = nodeAt(root, at.start);
  while (node.end < at.end || (node.type !== "binding" && node.parent?.type !== "inherited_attrs")) node = node.parent!;
  const defined = definedExpression(text, node);
  return expressionInScope(text, defined.node, defined.expression, system);
}

/** That a set does not have an attribute; null where the pin's range is not a set. */
function presence(text: string, root: SyntaxNode, pin: Pin, attribute: string, system: string): string | null {
  let node = nodeAt(root, pin.range.start);
  while (node.end < pin.range.end && node.parent !== null) node = node.parent;
  if (!/attrset_expression$/.test(node.type) || pin.problems.some(({ code }) => code === "syntax-error")) return null;
  const names: readonly string[] = attribute === "hash" ? HASH_ATTRIBUTES : [attribute];
  const expression = `(set: ${names.map((name) => `set ? ${name}`).join(" || ")}) (${text.slice(node.start, node.end)})`;
  return expressionInScope(text, node, expression, system);
}
