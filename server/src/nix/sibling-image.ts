import { parseReference } from "../oci/reference.ts";
import { pathOf } from "./attribute-set.ts";
import { withParentheses } from "./call-arguments.ts";
import type { Evaluation } from "./evaluation.ts";
import type { Identifiers } from "./identifiers.ts";
import { valueBeside, withMerges } from "./pin-sites.ts";
import type { SyntaxNode } from "./syntax.ts";

const USES_LOOKED_AT = 50;
const CALLS_PASSED = 10;

/**
 * The tag in `image = "name:tag"` of the container whose `imageFile` a pin is, directly or by the name of a variable;
 * null when there is none.
 */
export function siblingImageTag(evaluation: Evaluation, identifiers: Identifiers, site: SyntaxNode): string | null {
  const binding = bindingOfCall(site);
  if (binding === null) return null;
  for (const imageFile of [binding, ...bindingsReading(evaluation, identifiers, binding)]) {
    const path = pathOf(imageFile);
    const key = path.at(-1);
    if (key === undefined || evaluation.textOf(key) !== "imageFile") continue;
    const image = valueBeside(evaluation, imageFile, "image");
    const reference = image?.kind === "string" ? parseReference(image.text) : null;
    if (reference?.ok && reference.value.tag !== null) return reference.value.tag;
  }
  return null;
}

/** The binding that the call of a pin is the value of. */
function bindingOfCall(site: SyntaxNode): SyntaxNode | null {
  let at = withMerges(site);
  for (let level = 0; level < CALLS_PASSED && at.parent?.type === "apply_expression"; level++) {
    at = withParentheses(at.parent);
  }
  return at.parent?.type === "binding" && at.field === "expression" ? at.parent : null;
}

/** The bindings whose whole value is the variable that a binding in a `let` makes. */
function bindingsReading(evaluation: Evaluation, identifiers: Identifiers, binding: SyntaxNode): SyntaxNode[] {
  const path = pathOf(binding);
  const [key] = path;
  const scope = binding.parent?.parent;
  if (key === undefined || path.length > 1 || scope?.type !== "let_expression") return [];
  const uses = identifiers.named(evaluation.textOf(key), scope.start, scope.end, USES_LOOKED_AT) ?? [];
  return uses.flatMap((use) => {
    const value = use.parent?.type === "variable_expression" ? withParentheses(use.parent) : null;
    return value?.parent?.type === "binding" && value.field === "expression" ? [value.parent] : [];
  });
}
