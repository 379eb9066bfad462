import type { Literal } from "./pin.ts";
import type { Call, Scope } from "./scope.ts";
import type { SourceFiles } from "./source.ts";
import type { SyntaxNode } from "./syntax.ts";
import type { Thunk, Unknown, Value } from "./value.ts";

/** A call of a function that comes from outside of the files that are read, such as `pkgs.dockerTools.pullImage`. */
export interface OutsideCall extends Call {
  /** The function, with its path. */
  readonly callee: Unknown;
}

/** What the parts of the evaluator share while a file is read. */
export interface Evaluation {
  /** Of the file that is read; nodes may be of files that it refers to. */
  readonly text: string;
  /** The Nix system that is assumed, such as "x86_64-linux"; null: what depends on it is unknown. */
  readonly system: string | null;
  readonly files: SourceFiles;
  /** Names, last of a path first, of functions that take what `pullImage` takes because the user says so. */
  readonly extraCallees: readonly (readonly string[])[];
  /** The value of an expression; unknown when the file's budget of steps is spent. */
  evaluate(node: SyntaxNode, scope: Scope | null): Value;
  /** The value of a name as a variable. */
  evaluateVariable(name: string, scope: Scope | null): Value;
  /** The scope inside an expression that binds names, for what stands in its `within` child. */
  enter(binder: SyntaxNode, within: SyntaxNode, outer: Scope | null): Scope | null;
  /** The scope that an expression of the tree stands in. */
  scopeAt(node: SyntaxNode): Scope | null;
  /** What `function argument` gives. */
  apply(callee: Value, argument: Thunk, node: SyntaxNode, scope: Scope | null): Value;
  /** The calls of functions from outside that were evaluated so far, each once per scope. */
  outsideCalls(): readonly OutsideCall[];
  /** Whether something was unknown because the system is. */
  isSystemWanted(): boolean;
  /** The value of another file's code, as `import` gives it. */
  importFile(from: string, path: string): Value;
  /** The value that a path has on the system (`pkgs.system`); any other value as it is. */
  resolve<T extends Value | null>(value: T): T | Value;
  /** Computes a value one level deeper; unknown when that is too deep, so that no recursion needs to count for itself. */
  deepen(compute: () => Value): Value;
  /** Takes steps from the budget; false when it is spent. */
  spend(steps: number): boolean;
  literal(node: SyntaxNode): Literal;
  textOf(node: SyntaxNode): string;
}

/** The name that a key of an attribute path stands for; null for `${null}`, which leaves the attribute out. */
export function keyName(evaluation: Evaluation, key: SyntaxNode, scope: Scope | null): string | null | Value {
  if (key.type === "identifier") return evaluation.textOf(key);
  const expression = key.type === "interpolation" ? key.child("expression") : key;
  if (expression === null) return null;
  const value = evaluation.evaluate(expression, scope);
  if (value.kind === "null") return null;
  return value.kind === "string" ? value.text : value;
}
