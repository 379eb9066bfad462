import { containerOf } from "./attribute-definition.ts";
import { pathOf } from "./attribute-set.ts";
import { withParentheses } from "./call-arguments.ts";
import { namedExpression } from "./calls.ts";
import type { Evaluation } from "./evaluation.ts";
import type { Identifiers } from "./identifiers.ts";
import { type SyntaxNode, unparenthesized } from "./syntax.ts";
import type { Thunk, Value } from "./value.ts";

const USES_LOOKED_AT = 20_000;
const MENTIONS_LOOKED_AT = 50_000;
const FORCED_OF_CALLS = { values: 50_000, depth: 8 };
/** Most of what a file has is no business of a call in another one. */
const FORCED_OF_FILES = { values: 5_000, depth: 3 };
const MEMBERS_LOOKED_AT = 100;

/**
 * Evaluates whatever calls functions that pull images: where they are named, and where functions of the text that name them,
 * or that name such functions, are called in their turn; then the files that may have such functions. What they are called
 * with is then in `Evaluation.outsideCalls`.
 *
 * @param mentions the expressions that name a function that pulls images
 */
export function driveCalls(evaluation: Evaluation, identifiers: Identifiers, mentions: readonly SyntaxNode[]): void {
  const pending = [...mentions];
  const seen = new Set<SyntaxNode>(mentions);
  const named = new Set<string>();
  const passed = new Set<SyntaxNode>();
  const driven = new Set<SyntaxNode>();
  const forceCalls = forcer(FORCED_OF_CALLS);

  const mention = (node: SyntaxNode) => {
    if (seen.has(node) || seen.size >= MENTIONS_LOOKED_AT) return;
    seen.add(node);
    pending.push(node);
  };
  const mentionName = (name: string, within: SyntaxNode) => {
    const key = `${name} ${within.source.file}`;
    if (named.has(key)) return;
    named.add(key);
    for (const use of identifiers.named(name, 0, evaluation.text.length, USES_LOOKED_AT) ?? []) {
      const expression = namedExpression(use);
      if (expression !== null) mention(expression);
    }
  };
  const drive = (from: SyntaxNode, force: (value: Value) => void) => {
    const whole = wholeOf(from);
    if (driven.has(whole)) return;
    driven.add(whole);
    const value = evaluation.evaluate(whole, evaluation.scopeAt(whole));
    force(value);
    const binding = whole.parent;
    if (binding?.type === "inherit_from") {
      for (const name of binding.child("attrs")?.childrenOf("attr") ?? []) mentionName(name.text, binding);
    }
    if (binding?.type !== "binding" || whole.field !== "expression" || !mayPull(value)) return;
    const key = pathOf(binding).at(-1);
    if (key?.type === "identifier") mentionName(key.text, binding);
    // `fetchers.${type}` does not name the member.
    const set = containerOf(binding);
    const holder = set?.type === "let_expression" ? undefined : set?.parent;
    const holderKey = holder?.type === "binding" ? pathOf(holder).at(-1) : undefined;
    if (holder?.type === "binding" && holderKey?.type === "identifier") mentionName(holderKey.text, holder);
  };

  /** `pending` grows while it is worked on. */
  const driveAll = () => {
    for (const node of pending) {
      drive(node, forceCalls);
      for (let at = node.parent; at !== null && !passed.has(at); at = at.parent) {
        passed.add(at);
        if (at.type === "function_expression") drive(at, forceCalls);
      }
    }
    pending.length = 0;
  };

  driveAll();
  const forceFiles = forcer(FORCED_OF_FILES);
  for (const node of fileMentions(evaluation, identifiers)) drive(node, forceFiles);
  driveAll();
  // What functions from outside are given may hold calls: `buildImage { fromImage = pullImage { … }; }`.
  let given = 0;
  for (let calls = evaluation.outsideCalls(); given < calls.length; calls = evaluation.outsideCalls()) {
    for (const { argument } of calls.slice(given)) forceCalls(argument.force());
    given = calls.length;
  }
}

/** What an expression is a part of, up to the binding, function or default that it gives its value. */
function wholeOf(expression: SyntaxNode): SyntaxNode {
  let at = expression;
  while (at.parent !== null) {
    const { type } = at.parent;
    const isEdge =
      type === "function_expression" ||
      type === "formal" ||
      type === "binding" ||
      type === "inherit_from" ||
      type === "ERROR" ||
      type === "source_code";
    if (isEdge) break;
    at = at.parent;
  }
  return at;
}

/** Whether a value is a function, or a set with functions in it. */
function mayPull(value: Value): boolean {
  switch (value.kind) {
    case "function":
    case "builtin":
      return true;
    case "unknown":
      return value.path !== null && /^pullImage(?:FromManifest)?$/.test(value.path.at(-1) ?? "");
    case "set": {
      const members = [...value.attributes.values()].slice(0, MEMBERS_LOOKED_AT);
      return members.some(({ value: member }) => /^(?:function|builtin)$/.test(member.force().kind));
    }
    default:
      return false;
  }
}

/** Computes all that a value holds, down to some depth; all that is forced by one forcer together is bounded. */
function forcer(limits: { readonly values: number; readonly depth: number }): (value: Value) => void {
  let left = limits.values;
  const seen = new Set<Thunk>();
  const forceIn = (value: Value, depth: number) => {
    if (depth >= limits.depth) return;
    for (const thunk of membersOf(value)) {
      if (left <= 0) return;
      if (seen.has(thunk)) continue;
      seen.add(thunk);
      left--;
      forceIn(thunk.force(), depth + 1);
    }
  };
  return (value) => forceIn(value, 0);
}

function* membersOf(value: Value): Iterable<Thunk> {
  if (value.kind === "list") yield* value.elements;
  if (value.kind === "set") for (const attribute of value.attributes.values()) yield attribute.value;
}

/** The expressions by which a text takes functions out of other files: `import ./x.nix`, `callPackage ./x.nix`. */
function fileMentions(evaluation: Evaluation, identifiers: Identifiers): readonly SyntaxNode[] {
  return ["import", "callPackage", "callPackages"].flatMap((name) => {
    const uses = identifiers.named(name, 0, evaluation.text.length, USES_LOOKED_AT) ?? [];
    return uses.flatMap((use) => {
      const expression = namedExpression(use);
      const outer = expression === null ? null : withParentheses(expression);
      const argument = outer?.field === "function" ? outer.parent?.child("argument") : null;
      if (expression === null || argument === null || argument === undefined) return [];
      return unparenthesized(argument).type === "path_expression" ? [expression] : [];
    });
  });
}
