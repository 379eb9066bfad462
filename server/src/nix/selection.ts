import { type Evaluation, keyName } from "./evaluation.ts";
import type { Scope } from "./scope.ts";
import type { SyntaxNode } from "./syntax.ts";
import { SYNTAX_ERROR, select, unknown, type Value } from "./value.ts";

/** The value of `set.a.b` and `set.a.b or fallback`. */
export function evaluateSelection(evaluation: Evaluation, node: SyntaxNode, scope: Scope | null): Value {
  const [expression, path, fallback] = [node.child("expression"), node.child("attrpath"), node.child("default")];
  if (expression === null || path === null || node.children.some(({ isError }) => isError)) return SYNTAX_ERROR;
  let value = evaluation.evaluate(expression, scope);
  for (const key of path.childrenOf("attr")) {
    const selected = selectKey(evaluation, value, key, scope);
    if (selected === null || (fallback !== null && value.kind !== "set" && value.kind !== "unknown")) {
      if (fallback !== null) return evaluation.evaluate(fallback, scope);
      return unknown(`there is no attribute "${evaluation.textOf(key)}"`);
    }
    // With a default, something from outside may be either.
    if (fallback !== null && selected.kind === "unknown") return unknown(selected.reason);
    value = selected;
  }
  return value;
}

function selectKey(evaluation: Evaluation, value: Value, key: SyntaxNode, scope: Scope | null): Value | null {
  const name = keyName(evaluation, key, scope);
  if (typeof name === "string") return evaluation.resolve(select(value, name));
  const reason = name === null ? "an attribute name is null" : keyReason(name);
  return unknown(
    reason,
    value.kind === "unknown" && value.path !== null ? [...value.path, evaluation.textOf(key)] : null,
  );
}

function keyReason(name: Value): string {
  return name.kind === "unknown" ? name.reason : "an attribute name is not a string";
}

/** The value of `set ? a.b`. */
export function evaluateHasAttribute(evaluation: Evaluation, node: SyntaxNode, scope: Scope | null): Value {
  const [expression, path] = [node.child("expression"), node.child("attrpath")];
  if (expression === null || path === null || node.children.some(({ isError }) => isError)) return SYNTAX_ERROR;
  let value = evaluation.evaluate(expression, scope);
  const keys = path.childrenOf("attr");
  for (const [index, key] of keys.entries()) {
    if (value.kind === "unknown") return unknown(value.reason);
    const name = keyName(evaluation, key, scope);
    if (typeof name !== "string") return unknown("it depends on a computed attribute name");
    if (value.kind !== "set") return { kind: "boolean", value: false };
    const attribute = value.attributes.get(name);
    if (attribute === undefined) return unknownIfUnlisted(value.unlisted);
    if (index < keys.length - 1) value = attribute.value.force();
  }
  return { kind: "boolean", value: true };
}

function unknownIfUnlisted(unlisted: { readonly reason: string } | null): Value {
  return unlisted === null ? { kind: "boolean", value: false } : unknown(unlisted.reason);
}
