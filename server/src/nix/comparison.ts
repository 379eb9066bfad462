import type { Evaluation } from "./evaluation.ts";
import { type SetValue, type Thunk, unknown, type Value, withoutPath } from "./value.ts";

/** The value of `left == right`, as `EvalState::eqValues` of Nix has it; unknown where Nix compares what is no data. */
export function equal(evaluation: Evaluation, left: Value, right: Value): Value {
  if (left.kind === "unknown") return withoutPath(left);
  if (right.kind === "unknown") return withoutPath(right);
  const isFunction = ({ kind }: Value) => kind === "function" || kind === "builtin";
  if (isFunction(left) && isFunction(right)) return unknown("it depends on a comparison of functions");
  if (left.kind !== right.kind) return { kind: "boolean", value: false };
  if (left.kind === "list" && right.kind === "list") return equalLists(evaluation, left.elements, right.elements);
  if (left.kind === "set" && right.kind === "set") return equalSets(evaluation, left, right);
  if (left.kind === "path") return unknown("it depends on a comparison of paths");
  return { kind: "boolean", value: content(left) === content(right) };
}

function content(value: Value): string | boolean | bigint | null {
  if (value.kind === "string") return value.text;
  return value.kind === "boolean" || value.kind === "integer" ? value.value : null;
}

function equalLists(evaluation: Evaluation, left: readonly Thunk[], right: readonly Thunk[]): Value {
  if (left.length !== right.length) return { kind: "boolean", value: false };
  return equalPairs(
    evaluation,
    left.map((element, index) => [element, right[index]] as const),
  );
}

function equalSets(evaluation: Evaluation, left: SetValue, right: SetValue): Value {
  const unlisted = left.unlisted ?? right.unlisted;
  if (unlisted !== null) return withoutPath(unlisted);
  // Nix compares derivations by where they are built.
  if (left.attributes.has("type") && right.attributes.has("type")) {
    return unknown("it depends on a comparison of sets that may be derivations");
  }
  const names = [...left.attributes.keys()].sort();
  if (left.attributes.size !== right.attributes.size || !names.every((name) => right.attributes.has(name))) {
    return { kind: "boolean", value: false };
  }
  return equalPairs(
    evaluation,
    names.map((name) => [left.attributes.get(name)?.value, right.attributes.get(name)?.value] as const),
  );
}

function equalPairs(
  evaluation: Evaluation,
  pairs: readonly (readonly [Thunk | undefined, Thunk | undefined])[],
): Value {
  for (const [left, right] of pairs) {
    if (left === undefined || right === undefined) return { kind: "boolean", value: false };
    const answer = evaluation.deepen(() => equal(evaluation, left.force(), right.force()));
    if (answer.kind !== "boolean" || !answer.value) return answer;
  }
  return { kind: "boolean", value: true };
}

/** The value of `left < right` for integers or strings, which Nix compares by their bytes. */
export function isLess(left: Value, right: Value): Value {
  if (left.kind === "unknown") return withoutPath(left);
  if (right.kind === "unknown") return withoutPath(right);
  if (left.kind === "integer" && right.kind === "integer") return { kind: "boolean", value: left.value < right.value };
  if (left.kind !== "string" || right.kind !== "string") return unknown("it depends on a comparison");
  return { kind: "boolean", value: compareBytes(left.text, right.text) < 0 };
}

/** The order of two strings by their bytes in UTF-8, in which Nix lists the attributes of a set. */
export function compareBytes(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}
