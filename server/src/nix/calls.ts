import { withParentheses } from "./call-arguments.ts";
import { callsAround, isOutermost } from "./call-chain.ts";
import { type Consumer, consumerOfPath } from "./callee.ts";
import type { Evaluation } from "./evaluation.ts";
import type { Call } from "./scope.ts";
import { type SyntaxNode, unparenthesized } from "./syntax.ts";
import { SYSTEMS } from "./systems.ts";
import type { Value } from "./value.ts";

/** What one call of a function that pulls images is given. `map pullImage [ … ]` counts as a call per element. */
export interface PullCall extends Consumer {
  /** The application. */
  readonly node: SyntaxNode;
  /** The argument as written; the whole list for `map`. */
  readonly argument: SyntaxNode;
  readonly value: Value;
  /** The calls of functions that it is made in, as far as they stand in the text as it is read, the innermost first. */
  readonly outermost: readonly Call[];
  /** Those of them that stand in functions which are called in their turn, the innermost first. */
  readonly inside: readonly Call[];
  /** That of the consumer, else the Nix system that a function around the call is given by its name; null if there is none. */
  readonly system: string | null;
}

/** The calls of a consumer where an expression names it, read where they stand; none when it is not called there. */
export function callsOf(evaluation: Evaluation, expression: SyntaxNode, consumer: Consumer): readonly PullCall[] {
  const outer = withParentheses(expression);
  const apply = outer.parent;
  if (apply?.type !== "apply_expression") return [];
  if (outer.field === "function") return callOn(evaluation, consumer, apply);
  // `invalidateFetcherByDrvHash pullImage { … }` and `map pullImage [ … ]` pass what comes next on.
  const next = withParentheses(apply);
  if (next.field !== "function" || next.parent?.type !== "apply_expression") return [];
  return callOn(evaluation, consumer, next.parent);
}

function callOn(evaluation: Evaluation, consumer: Consumer, node: SyntaxNode): PullCall[] {
  const argument = node.child("argument");
  if (argument === null) return [];
  const value = evaluation.evaluate(argument, evaluation.scopeAt(argument));
  const call = { ...consumer, node, argument, outermost: [], inside: [] };
  if (value.kind !== "list") return [{ ...call, value }];
  return value.elements.map((element) => ({ ...call, value: element.force() }));
}

/** The calls of consumers that were made while the text was evaluated. */
export function callsMade(evaluation: Evaluation): PullCall[] {
  return evaluation.outsideCalls().flatMap(({ callee, node, scope, argument }) => {
    const { written, given } = partsOf(node);
    const path = callee.path;
    if (written === null || given === null || path === null) return [];
    const consumer = consumerOfPath(evaluation, path, wordsOf(written));
    if (consumer === null) return [];
    const around = callsAround(scope);
    const outermost = around.filter(isOutermost);
    const inside = around.filter((call) => !isOutermost(call));
    const system = consumer.system ?? systemGiven(around);
    return [{ ...consumer, node, argument: given, value: argument.force(), outermost, inside, system }];
  });
}

/** The function and what it is given in `f x`, `x |> f` or `f <| x`. */
function partsOf(node: SyntaxNode): { readonly written: SyntaxNode | null; readonly given: SyntaxNode | null } {
  if (node.type !== "binary_expression") return { written: node.child("function"), given: node.child("argument") };
  const isForward = node.child("operator")?.text === "|>";
  const [left, right] = [node.child("left"), node.child("right")];
  return isForward ? { written: right, given: left } : { written: left, given: right };
}

/** The names that a function is written in; none for what is computed. */
function wordsOf(written: SyntaxNode): readonly string[] {
  const named = unparenthesized(written);
  return /^(?:variable|select)_expression$/.test(named.type) ? named.text.split(".") : [];
}

/** `genAttrs [ "x86_64-linux" … ] (system: …)` */
function systemGiven(around: readonly Call[]): string | null {
  for (const { argument } of around) {
    const value = argument.force();
    if (value.kind === "string" && SYSTEMS.includes(value.text)) return value.text;
  }
  return null;
}

/** The expression that an identifier is, or is the last name of; null when it is a key or a formal. */
export function namedExpression(name: SyntaxNode): SyntaxNode | null {
  const parent = name.parent;
  if (parent?.type === "variable_expression") return parent;
  const selection = parent?.parent;
  if (parent?.type !== "attrpath" || selection?.type !== "select_expression") return null;
  return parent.childrenOf("attr").at(-1) === name ? selection : null;
}
