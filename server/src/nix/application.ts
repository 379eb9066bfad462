import { applyBuiltin, builtinAt } from "./builtins/table.ts";
import type { Evaluation } from "./evaluation.ts";
import { callScope } from "./functions.ts";
import { isNixpkgsSource } from "./nixpkgs.ts";
import type { Call, Scope } from "./scope.ts";
import type { SyntaxNode } from "./syntax.ts";
import { known, lazily, SYNTAX_ERROR, type Unknown, unknown, type Value } from "./value.ts";

/** The value of `function argument`. */
export function evaluateApplication(evaluation: Evaluation, node: SyntaxNode, scope: Scope | null): Value {
  const [called, argument] = [node.child("function"), node.child("argument")];
  if (called === null || argument === null) return SYNTAX_ERROR;
  const given = lazily(() => evaluation.evaluate(argument, scope));
  return evaluation.apply(evaluation.evaluate(called, scope), given, node, scope);
}

/**
 * What a function gives when it is called.
 *
 * @param outside is told of a call of a function from outside
 */
export function applyValue(
  evaluation: Evaluation,
  callee: Value,
  call: Call,
  outside: (callee: Unknown) => void,
): Value {
  switch (callee.kind) {
    case "function": {
      const scope = callScope(evaluation, callee, call);
      if (scope.kind === "unknown") return scope;
      const body = callee.node.child("body");
      return body === null ? SYNTAX_ERROR : evaluation.evaluate(body, scope);
    }
    case "builtin":
      return applyBuiltin(evaluation, callee, call);
    case "set":
      return applyFunctor(evaluation, callee, call);
    case "unknown": {
      const builtin = callee.path === null ? null : builtinAt(callee.path);
      if (builtin !== null) return applyBuiltin(evaluation, builtin, call);
      outside(callee);
      return resultFromOutside(callee, call);
    }
    default:
      return unknown("what is called in it is not a function");
  }
}

/** A set is called by way of its `__functor`, which is given the set first. */
function applyFunctor(evaluation: Evaluation, callee: Value & { kind: "set" }, call: Call): Value {
  const functor = callee.attributes.get("__functor")?.value.force() ?? callee.unlisted;
  if (functor === null) return unknown("what is called in it is not a function");
  const method = evaluation.apply(functor, known(callee), call.node, call.scope);
  return evaluation.apply(method, call.argument, call.node, call.scope);
}

/** What a function from outside gives stands for something from outside too. */
function resultFromOutside(callee: Unknown, call: Call): Unknown {
  const reason = `it is computed by ${nameOfCalled(call.node)}`;
  if (callee.path === null) return unknown(reason);
  const label = isNixpkgsSource(callee.path) ? packagesLabel(call.argument.force()) : "…";
  return unknown(reason, [...callee.path.slice(0, -1), `${callee.path.at(-1)}(${label})`]);
}

function nameOfCalled(node: SyntaxNode): string {
  const isPipe = node.type === "binary_expression";
  let head = node.child(!isPipe ? "function" : node.child("operator")?.text === "|>" ? "right" : "left");
  for (let inner = head?.child("function") ?? null; inner !== null; inner = inner.child("function")) head = inner;
  const written = head?.text ?? "";
  return written === "" || written.length > 60 || written.includes("\n") ? "a function" : `"${written}"`;
}

/** The system that `import nixpkgs { … }` is for: `…` for the one that Nix builds for, `?` when that can't be told. */
function packagesLabel(given: Value): string {
  if (given.kind !== "set" || given.unlisted !== null) return "?";
  if (given.attributes.has("crossSystem") || given.attributes.has("localSystem")) return "?";
  const system = given.attributes.get("system")?.value.force();
  if (system === undefined) return "…";
  return system.kind === "string" ? system.text : "?";
}
