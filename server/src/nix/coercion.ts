import type { Evaluation } from "./evaluation.ts";
import type { Call } from "./scope.ts";
import { concatenate, plainString } from "./strings.ts";
import { known, type StringValue, type Thunk, unknown, type Value, withoutPath } from "./value.ts";

/** What `toString` gives. A string is given as it is; a path would have to be known from the root of the file system. */
export function coerceToString(evaluation: Evaluation, value: Value, call: Call): Value {
  switch (value.kind) {
    case "string":
      return value;
    case "integer":
      return plainString(String(value.value));
    case "boolean":
      return plainString(value.value ? "1" : "");
    case "null":
      return plainString("");
    case "list":
      return joinElements(evaluation, value.elements, call);
    case "set": {
      const method = value.attributes.get("__toString")?.value;
      if (value.unlisted !== null && method === undefined) return withoutPath(value.unlisted);
      if (method === undefined) return fromOutPath(evaluation, value.attributes.get("outPath")?.value, call);
      return evaluation.deepen(() =>
        coerceToString(evaluation, evaluation.apply(method.force(), known(value), call.node, call.scope), call),
      );
    }
    case "unknown":
      return withoutPath(value);
    default:
      return unknown("what is made a string in it has none");
  }
}

function fromOutPath(evaluation: Evaluation, outPath: Thunk | undefined, call: Call): Value {
  if (outPath === undefined) return unknown("an attribute set is made a string in it");
  return evaluation.deepen(() => coerceToString(evaluation, outPath.force(), call));
}

/** Elements with spaces between them; an empty list has none after it. */
function joinElements(evaluation: Evaluation, elements: readonly Thunk[], call: Call): Value {
  if (!evaluation.spend(elements.length)) return unknown("it takes too long to work out");
  const parts: StringValue[] = [];
  for (const [index, element] of elements.entries()) {
    const value = element.force();
    const part = evaluation.deepen(() => coerceToString(evaluation, value, call));
    if (part.kind !== "string") return part;
    parts.push(part);
    const isEmptyList = value.kind === "list" && value.elements.length === 0;
    if (index < elements.length - 1 && !isEmptyList) parts.push(plainString(" "));
  }
  return concatenate(evaluation, parts);
}
