import { formalsOf } from "../functions.ts";
import {
  type Attribute,
  argument,
  type FunctionValue,
  known,
  lazily,
  type SetValue,
  type Thunk,
  type Unknown,
  unknown,
  type Value,
} from "../value.ts";
import { type Application, applied, type Rules } from "./application.ts";

const MADE_OVERRIDABLE = unknown("it is what nixpkgs adds to a package");

const packages: Rules = {
  callPackage: (application, file, given) => overridable(calledWithPackages(application, file, given)),
  callPackages: calledWithPackages,
  // Its hash is of the derivation's; what it gives is what the function gives.
  invalidateFetcherByDrvHash: (application, callee, given) => applied(application, callee, given),
};

const library: Rules = {
  makeOverridable: (application, callee, given) => overridable(applied(application, callee, given)),
  callPackageWith: (application, _packages, file, given) => overridable(calledWithPackages(application, file, given)),
  callPackagesWith: (application, _packages, file, given) => calledWithPackages(application, file, given),
};

/** Functions of nixpkgs that call others; `packages` are known by their last name. */
export const PACKAGE_RULES = { packages, library };

/** `callPackage file { … }`: what the set does not give comes from nixpkgs by its name. */
function calledWithPackages(application: Application, file: Thunk, given: Thunk): Value {
  const { evaluation } = application;
  let callee = file.force();
  if (callee.kind === "path") callee = evaluation.importFile(callee.from, callee.path);
  if (callee.kind === "unknown") return unknown(callee.reason);
  if (callee.kind !== "function") return unknown("it is computed by a function");
  return applied(
    application,
    known(callee),
    lazily(() => withPackages(application, callee, given.force())),
  );
}

function withPackages({ evaluation }: Application, callee: FunctionValue, given: Value): SetValue | Unknown {
  if (given.kind === "unknown") return unknown(given.reason);
  if (given.kind !== "set") return unknown("the function takes a set and is given something else");
  const attributes = new Map<string, Attribute>();
  for (const { name, node, fallback } of formalsOf(callee.node) ?? []) {
    if (given.attributes.has(name)) continue;
    if (fallback === null || given.unlisted !== null) {
      const value = given.unlisted === null ? evaluation.resolve(argument(name)) : unknown(given.unlisted.reason);
      attributes.set(name, { value: known(value), definitions: [node], duplicate: false });
    }
  }
  for (const [name, attribute] of given.attributes) attributes.set(name, attribute);
  return { kind: "set", attributes, unlisted: null };
}

/** What nixpkgs adds to a result so that it can be overridden. */
function overridable(value: Value): Value {
  if (value.kind !== "set") return value;
  const attributes = new Map(value.attributes);
  for (const name of ["override", "overrideDerivation"]) {
    attributes.set(name, { value: known(MADE_OVERRIDABLE), definitions: [], duplicate: false });
  }
  return { ...value, attributes };
}
