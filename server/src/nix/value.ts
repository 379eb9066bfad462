import type { DataNode } from "./data-node.ts";
import type { Literal } from "./pin.ts";
import type { Scope } from "./scope.ts";
import type { SourceText } from "./source.ts";
import type { SyntaxNode } from "./syntax.ts";

/**
 * What an expression evaluates to, as far as its text tells. `unknown` gives the reason in a user's words, as a clause
 * that can follow a colon; `path` names what it stands for, if that is something from outside such as `pkgs.dockerTools`.
 */
export type Value =
  | StringValue
  | { readonly kind: "boolean"; readonly value: boolean }
  | { readonly kind: "integer"; readonly value: bigint }
  | { readonly kind: "null" }
  | { readonly kind: "list"; readonly elements: readonly Thunk[] }
  | FunctionValue
  | BuiltinValue
  | PathValue
  | SetValue
  | Unknown;

export interface StringValue {
  readonly kind: "string";
  readonly text: string;
  readonly provenance: readonly Literal[];
  /** The token, when the string is exactly what one token says. */
  readonly token: Literal | null;
  /**
   * Where exactly these characters are written inside one token, as a bare literal: all of a token without escapes, or the
   * slice of it that `match` or `substring` took out. Null when they are not written like that.
   */
  readonly part: Literal | null;
  /** The variables that the token was read through. */
  readonly variables: readonly Variable[];
  /** Some of it is the default of a function's argument, which callers elsewhere may give another value. */
  readonly isDefault: boolean;
  /** The file that it is the text of, as `readFile` gives it; else null. */
  readonly source: SourceText | null;
}

/** A function that is written in Nix code. */
export interface FunctionValue {
  readonly kind: "function";
  readonly node: SyntaxNode;
  readonly scope: Scope | null;
}

/** A function of Nix or of nixpkgs' `lib`, with the arguments that it has been given so far. */
export interface BuiltinValue {
  readonly kind: "builtin";
  /** `map`, `concatStringsSep`: without `builtins.` or `lib.`. */
  readonly name: string;
  readonly given: readonly Thunk[];
}

/** `./x.nix`, as it is written in a file. */
export interface PathValue {
  readonly kind: "path";
  readonly from: string;
  readonly path: string;
}

export interface SetValue {
  readonly kind: "set";
  readonly attributes: ReadonlyMap<string, Attribute>;
  /** Why there may be attributes that are not listed; null when there are none. */
  readonly unlisted: Unknown | null;
}

export interface Unknown {
  readonly kind: "unknown";
  readonly reason: string;
  readonly path: readonly string[] | null;
}

/** What defines an attribute in Nix code or in a data file. */
export type Definition = SyntaxNode | DataNode;

export interface Attribute {
  readonly value: Thunk;
  /** Where it stands: a binding, or a name in an `inherit`, or a formal; several for `a.b = 1; a.c = 2;`. */
  readonly definitions: readonly Definition[];
  /** Defined more than once, which Nix refuses. */
  readonly duplicate: boolean;
}

/** A variable that `let`, `rec` or a function header binds. */
export interface Variable {
  readonly name: string;
  /** The expression in which it can be seen. */
  readonly binder: SyntaxNode;
}

/** A value that is computed when first asked for. */
export interface Thunk {
  readonly force: () => Value;
}

export function unknown(reason: string, path: readonly string[] | null = null): Unknown {
  return { kind: "unknown", reason, path };
}

export const SYNTAX_ERROR = unknown("there is a syntax error in it or around it");

/** A value that is computed at most once; one that needs itself is unknown. */
export function lazily(compute: () => Value): Thunk {
  let value: Value | null = null;
  let computing = false;
  return {
    force() {
      if (value !== null) return value;
      if (computing) return unknown("it refers to itself");
      computing = true;
      try {
        value = compute();
      } finally {
        computing = false;
      }
      return value;
    },
  };
}

export function known(value: Value): Thunk {
  return { force: () => value };
}

/** The attribute of a value, as `value.name` gives it; null when Nix would find none there. */
export function select(value: Value, name: string): Value | null {
  if (value.kind === "unknown") return selectUnknown(value, name);
  if (value.kind !== "set") return unknown(`"${name}" is taken from what is not an attribute set`);
  const attribute = value.attributes.get(name);
  if (attribute !== undefined) return attribute.value.force();
  return value.unlisted === null ? null : selectUnknown(value.unlisted, name);
}

function selectUnknown(value: Unknown, name: string): Unknown {
  return value.path === null ? value : external([...value.path, name]);
}

/** The value without the path, for what is not that thing any more. */
export function withoutPath({ reason }: Unknown): Unknown {
  return unknown(reason);
}

const SYSTEM_WORDS = /^(?:system|currentSystem|is(?:x86|Aarch|aarch|Arm|AArch|Linux|Darwin|i686|RiscV|64bit|32bit).*)$/;
const PLATFORM_WORDS = new Set(["hostPlatform", "buildPlatform", "targetPlatform"]);

/** Whether a path names what differs from system to system. */
function dependsOnSystem(path: readonly string[]): boolean {
  return SYSTEM_WORDS.test(path.at(-1) ?? "") || path.some((name) => PLATFORM_WORDS.has(name));
}

/** An argument of a function that is read where it stands. */
export function argument(name: string): Unknown {
  if (dependsOnSystem([name])) return external([name]);
  return unknown(`"${name}" is an argument of the function around it`, [name]);
}

/** What stands outside this file, under the name that the file gives it. */
export function external(path: readonly string[]): Unknown {
  if (dependsOnSystem(path)) return unknown("it depends on the system that Nix builds for", path);
  return unknown(`"${path.join(".")}" comes from outside this file`, path);
}
