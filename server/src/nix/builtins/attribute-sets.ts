import { compareBytes } from "../comparison.ts";
import { plainString } from "../strings.ts";
import {
  type Attribute,
  known,
  lazily,
  type SetValue,
  select,
  type Thunk,
  type Unknown,
  unknown,
  type Value,
  withoutPath,
} from "../value.ts";
import {
  type Application,
  applied,
  boolean,
  booleanOf,
  isUnknown,
  list,
  listOf,
  NOT_TAKEN,
  type Rules,
  setOf,
  stringOf,
  stringsOf,
  TOO_LONG,
} from "./application.ts";

const EMPTY: SetValue = { kind: "set", attributes: new Map(), unlisted: null };

const builtins: Rules = {
  attrNames(application, set) {
    const names = namesOf(application, set);
    return "kind" in names ? names : list(names.map(plainString));
  },
  attrValues: (application, set) => listed(application, set, ({ value }) => value.force()),
  getAttr(application, name, set) {
    const key = stringOf(name);
    return key.kind === "unknown" ? key : selected(application, set.force(), key.text);
  },
  hasAttr(_, name, set) {
    const [key, given] = [stringOf(name), setOf(set)];
    if (key.kind === "unknown") return key;
    if (given.kind === "unknown") return given;
    if (given.attributes.has(key.text)) return boolean(true);
    return given.unlisted === null ? boolean(false) : withoutPath(given.unlisted);
  },
  listToAttrs(application, pairs) {
    const given = listOf(pairs);
    return given.kind === "unknown" ? given : fromPairs(application, given.elements);
  },
  mapAttrs: mapValues,
  removeAttrs(application, set, names) {
    const [given, keys] = [setOf(set), stringsOf(application, names)];
    if (given.kind === "unknown") return given;
    if (isUnknown(keys)) return keys;
    if (!application.evaluation.spend(given.attributes.size)) return TOO_LONG;
    const attributes = new Map(given.attributes);
    for (const { text } of keys) attributes.delete(text);
    return { kind: "set", attributes, unlisted: pathless(given.unlisted) };
  },
  intersectAttrs({ evaluation }, left, right) {
    const [one, other] = [setOf(left), setOf(right)];
    if (one.kind === "unknown") return one;
    if (other.kind === "unknown") return other;
    if (!evaluation.spend(other.attributes.size)) return TOO_LONG;
    const attributes = new Map([...other.attributes].filter(([name]) => one.attributes.has(name)));
    const isCertain = one.unlisted === null || (attributes.size === other.attributes.size && other.unlisted === null);
    return { kind: "set", attributes, unlisted: isCertain ? pathless(other.unlisted) : pathless(one.unlisted) };
  },
  catAttrs(application, name, sets) {
    const [key, given] = [stringOf(name), listOf(sets)];
    if (key.kind === "unknown") return key;
    if (given.kind === "unknown") return given;
    const values: Thunk[] = [];
    for (const element of given.elements) {
      if (!application.evaluation.spend(1)) return TOO_LONG;
      const set = setOf(element);
      if (set.kind === "unknown") return set;
      const attribute = set.attributes.get(key.text);
      if (attribute === undefined && set.unlisted !== null) return withoutPath(set.unlisted);
      if (attribute !== undefined) values.push(attribute.value);
    }
    return { kind: "list", elements: values };
  },
};

const library: Rules = {
  ...builtins,
  optionalAttrs(_, condition, set) {
    const holds = booleanOf(condition);
    if (holds.kind === "unknown") return holds;
    return holds.value ? set.force() : EMPTY;
  },
  recursiveUpdate: (application, left, right) => updated(application, left.force(), right.force()),
  "mapAttrs'"(application, callee, set) {
    const pairs = listed(application, set, ({ value }, name) =>
      applied(application, callee, known(plainString(name)), value),
    );
    return pairs.kind === "list" ? fromPairs(application, pairs.elements) : pairs;
  },
  mapAttrsToList: (application, callee, set) =>
    listed(application, set, ({ value }, name) => applied(application, callee, known(plainString(name)), value)),
  nameValuePair: (application, name, value) => pair(application, name, value),
  filterAttrs(application, callee, set) {
    const given = setOf(set);
    if (given.kind === "unknown") return given;
    const attributes = new Map<string, Attribute>();
    let unlisted = pathless(given.unlisted);
    for (const [name, attribute] of given.attributes) {
      const holds = booleanOf(lazily(() => applied(application, callee, known(plainString(name)), attribute.value)));
      if (holds.kind === "unknown") unlisted = holds;
      else if (holds.value) attributes.set(name, attribute);
    }
    return { kind: "set", attributes, unlisted };
  },
  genAttrs(application, names, callee) {
    const given = listOf(names);
    if (given.kind === "unknown") return given;
    return fromPairs(
      application,
      given.elements.map((name) =>
        known(
          pair(
            application,
            name,
            lazily(() => applied(application, callee, name)),
          ),
        ),
      ),
    );
  },
  getAttrFromPath(application, path, set) {
    const names = stringsOf(application, path);
    if (isUnknown(names)) return names;
    return names.reduce<Value>((value, { text }) => selected(application, value, text), set.force());
  },
  attrByPath(application, path, fallback, set) {
    const names = stringsOf(application, path);
    if (isUnknown(names)) return names;
    let value = set.force();
    for (const { text } of names) {
      if (value.kind === "unknown") return withoutPath(value);
      const found = value.kind === "set" ? select(value, text) : null;
      if (found === null) return fallback.force();
      // What may have the attribute or not.
      if (found.kind === "unknown") return withoutPath(found);
      value = found;
    }
    return value;
  },
  hasAttrByPath(application, path, set) {
    const names = stringsOf(application, path);
    if (isUnknown(names)) return names;
    let value = set.force();
    for (const [index, { text }] of names.entries()) {
      if (value.kind === "unknown") return withoutPath(value);
      if (value.kind !== "set") return boolean(false);
      const attribute = value.attributes.get(text);
      if (attribute === undefined) return value.unlisted === null ? boolean(false) : withoutPath(value.unlisted);
      if (index < names.length - 1) value = attribute.value.force();
    }
    return boolean(true);
  },
  setAttrByPath(application, path, value) {
    const names = stringsOf(application, path);
    if (isUnknown(names)) return names;
    return names.reduceRight<Thunk>((inner, { text }) => known(setWith(application, [[text, inner]])), value).force();
  },
  attrVals: (application, names, set) => picked(application, names, set),
  getAttrs(application, names, set) {
    const keys = stringsOf(application, names);
    if (isUnknown(keys)) return keys;
    const attributes = keys.map(({ text }) => [text, lazily(() => selected(application, set.force(), text))] as const);
    return setWith(application, attributes);
  },
};

/** Functions on attribute sets. */
export const ATTRIBUTE_SET_RULES = { builtins, library };

function pathless(value: Unknown | null): Unknown | null {
  return value === null ? null : withoutPath(value);
}

/** The names of a set in the order of their bytes. */
function namesOf({ evaluation }: Application, set: Thunk): readonly string[] | Unknown {
  const given = setOf(set);
  if (given.kind === "unknown") return given;
  if (!evaluation.spend(given.attributes.size)) return TOO_LONG;
  return given.unlisted === null ? [...given.attributes.keys()].sort(compareBytes) : withoutPath(given.unlisted);
}

function listed(
  application: Application,
  set: Thunk,
  compute: (attribute: Attribute, name: string) => Value,
): Extract<Value, { kind: "list" }> | Unknown {
  const given = setOf(set);
  if (given.kind === "unknown") return given;
  const names = namesOf(application, set);
  if ("kind" in names) return names;
  if (!application.evaluation.spend(names.length)) return TOO_LONG;
  const elements = names.flatMap((name) => {
    const attribute = given.attributes.get(name);
    return attribute === undefined ? [] : [lazily(() => compute(attribute, name))];
  });
  return { kind: "list", elements };
}

function mapValues(application: Application, callee: Thunk, set: Thunk): Value {
  const given = setOf(set);
  if (given.kind === "unknown") return given;
  if (!application.evaluation.spend(given.attributes.size)) return TOO_LONG;
  const attributes = new Map<string, Attribute>();
  for (const [name, attribute] of given.attributes) {
    const value = lazily(() => applied(application, callee, known(plainString(name)), attribute.value));
    attributes.set(name, { ...attribute, value });
  }
  return { kind: "set", attributes, unlisted: pathless(given.unlisted) };
}

function selected({ evaluation }: Application, value: Value, name: string): Value {
  return evaluation.resolve(select(value, name)) ?? unknown(`there is no attribute "${name}"`);
}

/** A set that is made by a call, where its attributes count as defined. */
function setWith({ call }: Application, attributes: readonly (readonly [string, Thunk])[]): SetValue {
  const defined = attributes.map(
    ([name, value]) => [name, { value, definitions: [call.node], duplicate: false }] as const,
  );
  return { kind: "set", attributes: new Map(defined), unlisted: null };
}

function pair(application: Application, name: Thunk, value: Thunk): SetValue {
  return setWith(application, [
    ["name", name],
    ["value", value],
  ]);
}

/** A set of pairs of `name` and `value`, of which the first of a name counts: after an unknown one, none is certain. */
function fromPairs({ evaluation }: Application, pairs: readonly Thunk[]): Value {
  const attributes = new Map<string, Attribute>();
  for (const element of pairs) {
    if (!evaluation.spend(1)) return TOO_LONG;
    const set = setOf(element);
    if (set.kind === "unknown") return { kind: "set", attributes, unlisted: set };
    const name = set.attributes.get("name");
    const value = set.attributes.get("value");
    if (name === undefined || value === undefined) {
      return set.unlisted === null ? NOT_TAKEN : { kind: "set", attributes, unlisted: withoutPath(set.unlisted) };
    }
    const key = stringOf(name.value);
    if (key.kind === "unknown") return { kind: "set", attributes, unlisted: key };
    if (!attributes.has(key.text)) attributes.set(key.text, value);
  }
  return { kind: "set", attributes, unlisted: null };
}

function picked(application: Application, names: Thunk, set: Thunk): Value {
  const keys = stringsOf(application, names);
  if (isUnknown(keys)) return keys;
  return { kind: "list", elements: keys.map(({ text }) => lazily(() => selected(application, set.force(), text))) };
}

/** `recursiveUpdate`: sets on both sides are merged, anything else is the right side's. */
function updated(application: Application, left: Value, right: Value): Value {
  if (right.kind === "unknown") return withoutPath(right);
  if (right.kind !== "set" || (left.kind !== "set" && left.kind !== "unknown")) return right;
  const base: SetValue = left.kind === "set" ? left : { ...EMPTY, unlisted: left };
  const size = base.attributes.size + right.attributes.size;
  if (!application.evaluation.spend(size)) return TOO_LONG;
  const attributes = new Map<string, Attribute>(right.unlisted === null ? base.attributes : []);
  for (const [name, attribute] of right.attributes) {
    const replaced = base.attributes.get(name);
    const below = replaced?.value ?? (base.unlisted === null ? null : known(withoutPath(base.unlisted)));
    if (below === null) {
      attributes.set(name, attribute);
      continue;
    }
    const value = lazily(() =>
      application.evaluation.deepen(() => updated(application, below.force(), attribute.value.force())),
    );
    const definitions = [...attribute.definitions, ...(replaced?.definitions ?? [])];
    attributes.set(name, { value, definitions, duplicate: attribute.duplicate });
  }
  return { kind: "set", attributes, unlisted: pathless(right.unlisted ?? base.unlisted) };
}
