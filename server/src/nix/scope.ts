import type { SyntaxNode } from "./syntax.ts";
import type { Attribute, Thunk, Variable } from "./value.ts";

/**
 * The names that can be seen from an expression, innermost first. `outer` is null at the edge of the file, beyond which
 * only Nix's built-in names are.
 */
export type Scope = LexicalScope | WithScope | BrokenScope;

export interface LexicalScope {
  readonly kind: "lexical";
  readonly outer: Scope | null;
  /** The `let`, `rec` set or function. */
  readonly binder: SyntaxNode;
  readonly variables: ReadonlyMap<string, Attribute>;
  /** What calls the function, when this is the scope of one call; null for a function that is read where it stands. */
  readonly call: Call | null;
}

/** One application of a function. */
export interface Call {
  /** The expression that applies it: `f x`, `map f [ … ]`. */
  readonly node: SyntaxNode;
  /** The scope that the expression stands in. */
  readonly scope: Scope | null;
  readonly argument: Thunk;
}

export interface WithScope {
  readonly kind: "with";
  readonly outer: Scope | null;
  readonly environment: Thunk;
}

/** A syntax error hides which names there are from here on. */
export interface BrokenScope {
  readonly kind: "broken";
  readonly outer: Scope | null;
}

export type Lookup =
  | { readonly kind: "variable"; readonly variable: Variable; readonly thunk: Thunk }
  /** Bound by none of the lexical scopes: the sets that `with` opens, innermost first, decide, else the built-in names. */
  | { readonly kind: "free"; readonly environments: readonly Thunk[] }
  | { readonly kind: "broken" };

/** Nix's rule: what is bound lexically, however far outside, goes before what any `with` offers. */
export function lookUp(scope: Scope | null, name: string, step: () => void): Lookup {
  const environments: Thunk[] = [];
  for (let at = scope; at !== null; at = at.outer) {
    step();
    if (at.kind === "broken") return { kind: "broken" };
    if (at.kind === "with") environments.push(at.environment);
    else {
      const bound = at.variables.get(name);
      if (bound !== undefined) return { kind: "variable", variable: { name, binder: at.binder }, thunk: bound.value };
    }
  }
  return { kind: "free", environments };
}
