import { calculate } from "./arithmetic.ts";
import { equal, isLess } from "./comparison.ts";
import type { Evaluation } from "./evaluation.ts";
import { appendToPath } from "./paths.ts";
import type { Scope } from "./scope.ts";
import { concatenate } from "./strings.ts";
import type { SyntaxNode } from "./syntax.ts";
import { known, lazily, type SetValue, SYNTAX_ERROR, unknown, type Value, withoutPath } from "./value.ts";

/** The value of `left operator right`. */
export function evaluateBinary(evaluation: Evaluation, node: SyntaxNode, scope: Scope | null): Value {
  const [left, operator, right] = [node.child("left"), node.child("operator"), node.child("right")];
  if (left === null || operator === null || right === null) return SYNTAX_ERROR;
  // The text is the original's: in the tree, pipe operators stand as `->`.
  const symbol = operator.text;
  const leftValue = () => evaluation.evaluate(left, scope);
  const rightValue = () => evaluation.evaluate(right, scope);
  switch (symbol) {
    case "+":
      return add(evaluation, leftValue(), rightValue());
    case "-":
    case "*":
    case "/":
      return calculate(symbol, leftValue(), rightValue());
    case "//":
      return update(evaluation, leftValue(), rightValue());
    case "==":
      return equal(evaluation, leftValue(), rightValue());
    case "!=":
      return not(equal(evaluation, leftValue(), rightValue()));
    case "<":
      return isLess(leftValue(), rightValue());
    case ">=":
      return not(isLess(leftValue(), rightValue()));
    case ">":
      return isLess(rightValue(), leftValue());
    case "<=":
      return not(isLess(rightValue(), leftValue()));
    case "&&":
    case "||":
      return decide(leftValue(), symbol === "||", rightValue);
    case "->":
      return isPipe(right) ? MIXED_PIPES : decide(not(leftValue()), true, rightValue);
    case "++":
      return append(evaluation, leftValue(), rightValue());
    case "|>":
      return pipeForward(evaluation, node, scope);
    case "<|":
      if (isOperation(right, "|>") || isOperation(right, "->")) return MIXED_PIPES;
      return evaluation.apply(leftValue(), lazily(rightValue), node, scope);
    default:
      return unknown(`it is computed with "${symbol}"`);
  }
}

const MIXED_PIPES = unknown("it mixes pipe operators with others of their kind");

function isOperation(node: SyntaxNode, symbol: string): boolean {
  return node.type === "binary_expression" && node.child("operator")?.text === symbol;
}

function isPipe(node: SyntaxNode): boolean {
  return isOperation(node, "|>") || isOperation(node, "<|");
}

/** `x |> f |> g` is `g (f x)`, but like `->` it stands in the tree as `x |> (f |> g)`. */
function pipeForward(evaluation: Evaluation, node: SyntaxNode, scope: Scope | null): Value {
  const first = node.child("left");
  let value: Value = first === null ? SYNTAX_ERROR : evaluation.evaluate(first, scope);
  for (let pipe: SyntaxNode | null = node; pipe !== null; ) {
    const rest: SyntaxNode | null = pipe.child("right");
    const next: SyntaxNode | null = rest !== null && isOperation(rest, "|>") ? rest : null;
    const called = next === null ? rest : next.child("left");
    if (called === null) return SYNTAX_ERROR;
    if (isOperation(called, "<|") || isOperation(called, "->")) return MIXED_PIPES;
    value = evaluation.apply(evaluation.evaluate(called, scope), known(value), pipe, scope);
    pipe = next;
  }
  return value;
}

/** The value of `!x` or `-x`. */
export function evaluateUnary(isNegation: boolean, value: Value): Value {
  return isNegation ? not(value) : calculate("-", { kind: "integer", value: 0n }, value);
}

export function not(value: Value): Value {
  if (value.kind === "boolean") return { kind: "boolean", value: !value.value };
  return value.kind === "unknown" ? withoutPath(value) : unknown("what is negated in it is not a boolean");
}

function add(evaluation: Evaluation, left: Value, right: Value): Value {
  if (left.kind === "unknown") return withoutPath(left);
  if (right.kind === "unknown") return withoutPath(right);
  if (left.kind === "string" && right.kind === "string") return concatenate(evaluation, [left, right]);
  if (left.kind === "path" && right.kind === "string") return appendToPath(left, right.text);
  return calculate("+", left, right);
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

/** `&&` is decided by a false left side, `||` by a true one. */
function decide(left: Value, decisive: boolean, right: () => Value): Value {
  if (left.kind === "unknown") return withoutPath(left);
  if (left.kind !== "boolean") return unknown("it depends on a condition that is not a boolean");
  if (left.value === decisive) return left;
  const value = right();
  if (value.kind === "boolean") return value;
  if (value.kind === "unknown") return withoutPath(value);
  return unknown("it depends on a condition that is not a boolean");
}

function append(evaluation: Evaluation, left: Value, right: Value): Value {
  if (left.kind === "unknown") return withoutPath(left);
  if (right.kind === "unknown") return withoutPath(right);
  if (left.kind !== "list" || right.kind !== "list") return unknown('a side of "++" is not a list');
  if (!evaluation.spend(left.elements.length + right.elements.length)) return unknown("it takes too long to work out");
  return { kind: "list", elements: [...left.elements, ...right.elements] };
}
