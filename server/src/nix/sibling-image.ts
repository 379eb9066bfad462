import { parseReference } from "../oci/reference.ts";
import { valueBeside, withMerges } from "./attribute-definition.ts";
import { pathOf } from "./attribute-set.ts";
import { withParentheses } from "./call-arguments.ts";
import type { Evaluation } from "./evaluation.ts";
import type { Identifiers } from "./identifiers.ts";
import type { Literal } from "./pin.ts";
import type { SyntaxNode } from "./syntax.ts";

const USES_LOOKED_AT = 50;
const CALLS_PASSED = 10;
const CALLS_LOOKED_AT = 20;

/** The image of the container whose `imageFile` a pin is. */
export interface SiblingImage {
  readonly value: string;
  /** Null when no single literal says it. */
  readonly literal: Literal | null;
}

/**
 * What `image` says in the container whose `imageFile` a pin is, directly or by the name of a variable; null when there is none.
 *
 * @param expressions the pin's set and its calls
 */
export function siblingImage(
  evaluation: Evaluation,
  viewOf: (node: SyntaxNode) => { readonly identifiers: Identifiers },
  expressions: readonly SyntaxNode[],
): SiblingImage | null {
  for (const expression of expressions.slice(0, CALLS_LOOKED_AT)) {
    const binding = bindingOfCall(expression);
    if (binding === null) continue;
    for (const imageFile of [binding, ...bindingsReading(evaluation, viewOf(binding).identifiers, binding)]) {
      const key = pathOf(imageFile).at(-1);
      if (key === undefined || evaluation.textOf(key) !== "imageFile") continue;
      const image = valueBeside(evaluation, imageFile, "image");
      if (image?.kind !== "string") continue;
      return { value: image.text, literal: image.token ?? image.part };
    }
  }
  return null;
}

/** The tag of an image's reference; null when it has none. */
export function tagOfImage(image: SiblingImage | null): string | null {
  const reference = image === null ? null : parseReference(image.value);
  return reference?.ok ? reference.value.tag : null;
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
