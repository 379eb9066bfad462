import type { Evaluation } from "../evaluation.ts";
import { isCallPackage, libraryName } from "../nixpkgs.ts";
import type { Call } from "../scope.ts";
import { type BuiltinValue, unknown, type Value } from "../value.ts";
import type { Rule, Rules } from "./application.ts";
import { ATTRIBUTE_SET_RULES } from "./attribute-sets.ts";
import { FILE_RULES } from "./files.ts";
import { isGlobalName } from "./global-names.ts";
import { LIST_RULES } from "./lists.ts";
import { PACKAGE_RULES } from "./packages.ts";
import { STRING_RULES } from "./strings.ts";
import { VALUE_RULES } from "./values.ts";

const GROUPS = [ATTRIBUTE_SET_RULES, FILE_RULES, LIST_RULES, STRING_RULES, VALUE_RULES];

/** What Nix has under `builtins`. */
const BUILTINS = rulesByName(GROUPS.map(({ builtins }) => builtins));

/** What nixpkgs has under `lib`. */
const LIBRARY = rulesByName([PACKAGE_RULES.library, ...GROUPS.map(({ library }) => library)]);

/** What is told by its last name, wherever it comes from. */
const PACKAGES = rulesByName([PACKAGE_RULES.packages]);

const ALL: ReadonlyMap<string, Rule> = new Map([
  ...[...BUILTINS].map(([name, rule]) => [`builtins.${name}`, rule] as const),
  ...[...LIBRARY].map(([name, rule]) => [`lib.${name}`, rule] as const),
  ...[...PACKAGES].map(([name, rule]) => [`pkgs.${name}`, rule] as const),
]);

function rulesByName(groups: readonly Rules[]): ReadonlyMap<string, Rule> {
  return new Map(groups.flatMap((rules) => Object.entries(rules)));
}

/** The function of Nix or nixpkgs that a path stands for: `builtins.map`, `toString`, `lib.optionalAttrs`; else null. */
export function builtinAt(path: readonly string[]): BuiltinValue | null {
  const name = nameAt(path);
  return name === null ? null : { kind: "builtin", name, given: [] };
}

function nameAt(path: readonly string[]): string | null {
  const [first = "", second = ""] = path;
  if (path.length === 2 && first === "builtins") return BUILTINS.has(second) ? `builtins.${second}` : null;
  if (path.length === 1 && isGlobalName(first)) {
    const name = first.replace(/^__/, "");
    return BUILTINS.has(name) ? `builtins.${name}` : null;
  }
  const name = libraryName(path);
  if (name !== null) return LIBRARY.has(name) ? `lib.${name}` : null;
  const last = path.at(-1) ?? "";
  return PACKAGES.has(last) && (last === "invalidateFetcherByDrvHash" || isCallPackage(path)) ? `pkgs.${last}` : null;
}

/** What a function of Nix or nixpkgs gives when it is given one more argument. */
export function applyBuiltin(evaluation: Evaluation, callee: BuiltinValue, call: Call): Value {
  const rule = ALL.get(callee.name);
  if (rule === undefined) return unknown("it is computed by a function");
  const given = [...callee.given, call.argument];
  // The first parameter is the application.
  if (given.length < rule.length - 1) return { ...callee, given };
  return evaluation.resolve(rule({ evaluation, call, builtinAt }, ...given));
}
