import type { Evaluation } from "./evaluation.ts";
import type { Scope } from "./scope.ts";
import { concatenate } from "./strings.ts";
import type { SyntaxNode } from "./syntax.ts";
import { type SetValue, SYNTAX_ERROR, type Unknown, unknown, type Value } from "./value.ts";

/** The value of `left operator right`. */
export function evaluateBinary(evaluation: Evaluation, node: SyntaxNode, scope: Scope | null): Value {
  const [left, operator, right] = [node.child("left"), node.child("operator"), node.child("right")];
  if (left === null || operator === null || right === null) return SYNTAX_ERROR;
  // The text is the original's: in the tree, pipe operators stand as `->`.
  const symbol = evaluation.textOf(operator);
  const evaluate = (side: SyntaxNode) => evaluation.evaluate(side, scope);
  switch (symbol) {
    case "+":
      return add(evaluate(left), evaluate(right));
    case "//":
      return update(evaluation, evaluate(left), evaluate(right));
    case "==":
      return equal(evaluate(left), evaluate(right));
    case "!=":
      return not(equal(evaluate(left), evaluate(right)));
    case "&&":
    case "||":
      return decide(evaluate(left), symbol === "||", () => evaluate(right));
    case "++":
      return append(evaluation, evaluate(left), evaluate(right));
    default:
      return unknown(`it is computed with "${symbol}"`);
  }
}

export function not(value: Value): Value {
  if (value.kind === "boolean") return { kind: "boolean", value: !value.value };
  return value.kind === "unknown" ? value : unknown("what is negated in it is not a boolean");
}

function add(left: Value, right: Value): Value {
  if (left.kind === "unknown") return left;
  if (right.kind === "unknown") return right;
  if (left.kind === "string" && right.kind === "string") return concatenate([left, right]);
  return unknown('it is computed with "+"');
}

/** `left // right`, where either may be known in part. */
export function update(evaluation: Evaluation, left: Value, right: Value): Value {
  const [base, changes] = [partlyKnown(left), partlyKnown(right)];
  if (base === null || changes === null) return unknown('a side of "//" is not an attribute set');
  if (!evaluation.spend(base.attributes.size + changes.attributes.size))
    return unknown("it takes too long to work out");
  if (changes.unlisted !== null) {
    // Whatever the left side says, the right one may say otherwise.
    return { kind: "set", attributes: changes.attributes, unlisted: withoutPath(changes.unlisted) };
  }
  const attributes = new Map([...base.attributes, ...changes.attributes]);
  return { kind: "set", attributes, unlisted: base.unlisted === null ? null : withoutPath(base.unlisted) };
}

function partlyKnown(value: Value): SetValue | null {
  if (value.kind === "set") return value;
  return value.kind === "unknown" ? { kind: "set", attributes: new Map(), unlisted: value } : null;
}

/** What is merged with something from outside is not that thing any more. */
function withoutPath(value: Unknown): Unknown {
  return unknown(value.reason);
}

function equal(left: Value, right: Value): Value {
  if (left.kind === "unknown") return left;
  if (right.kind === "unknown") return right;
  const isSimple = (value: Value) => value.kind !== "set" && value.kind !== "list" && value.kind !== "function";
  if (!isSimple(left) || !isSimple(right)) return unknown("it depends on a comparison of sets or lists");
  return { kind: "boolean", value: simpleContent(left) === simpleContent(right) };
}

function simpleContent(value: Value): string | boolean | bigint | null | undefined {
  if (value.kind === "string") return value.text;
  if (value.kind === "boolean" || value.kind === "integer") return value.value;
  return value.kind === "null" ? null : undefined;
}

/** `&&` is decided by a false left side, `||` by a true one. */
function decide(left: Value, decisive: boolean, right: () => Value): Value {
  if (left.kind === "unknown") return left;
  if (left.kind !== "boolean") return unknown("it depends on a condition that is not a boolean");
  if (left.value === decisive) return left;
  const value = right();
  if (value.kind === "unknown" || value.kind === "boolean") return value;
  return unknown("it depends on a condition that is not a boolean");
}

function append(evaluation: Evaluation, left: Value, right: Value): Value {
  if (left.kind === "unknown") return left;
  if (right.kind === "unknown") return right;
  if (left.kind !== "list" || right.kind !== "list") return unknown('a side of "++" is not a list');
  if (!evaluation.spend(left.elements.length + right.elements.length)) return unknown("it takes too long to work out");
  return { kind: "list", elements: [...left.elements, ...right.elements] };
}
