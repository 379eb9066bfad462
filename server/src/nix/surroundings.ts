import { bindingsOf, pathOf } from "./attribute-set.ts";
import { withParentheses } from "./call-arguments.ts";
import type { IneffectiveOverride } from "./pin.ts";
import { type SyntaxNode, unparenthesized } from "./syntax.ts";

const LEVELS_LOOKED_AT = 50;
const PASSED = /^(?:parenthesized|apply|binary|select|list)_expression$/;
const PASSED_FROM_BODY = /^(?:function|let|with|assert)_expression$/;

/**
 * The attribute path, as written, that a pin's call or set is bound to, without the names that the pin adds itself; null
 * when it is the value of something else, such as of the whole file.
 */
export function boundTo(text: string, site: SyntaxNode): string | null {
  if (site.type === "binding") return pathText(text, pathOf(site).slice(0, -1));
  let at = site;
  for (let level = 0; at.parent !== null && level < LEVELS_LOOKED_AT; level++) {
    const { parent } = at;
    if (parent.type === "binding") return pathText(text, pathOf(parent));
    if (!PASSED.test(parent.type) && !(PASSED_FROM_BODY.test(parent.type) && at.field === "body")) return null;
    at = parent;
  }
  return null;
}

function pathText(text: string, keys: readonly SyntaxNode[]): string | null {
  const [first, last] = [keys[0], keys.at(-1)];
  if (first === undefined || last === undefined) return null;
  // With what stands between them; each is asked for its text, as the reading depends on it.
  return keys.every((key) => key.text !== "") ? text.slice(first.start, last.end) : null;
}

/**
 * What `pullImage` reads; set on its result, it changes nothing of what is fetched. `imageName` is left out: modules such as
 * `virtualisation.oci-containers` read that of the result.
 */
const ARGUMENTS = new Set(
  "imageDigest hash sha256 outputHash os arch finalImageName finalImageTag tlsVerify".split(" "),
);

/** The `// { arch = …; }` behind the call that a set is the argument of, as far as it names arguments of that call. */
export function ineffectiveOverride(text: string, site: SyntaxNode): IneffectiveOverride | null {
  const argument = withParentheses(site);
  if (argument.field !== "argument" || argument.parent?.type !== "apply_expression") return null;
  const result = withParentheses(argument.parent);
  const merge = result.parent;
  if (merge?.type !== "binary_expression" || result.field !== "left") return null;
  const operator = merge.child("operator");
  const right = merge.child("right");
  if (operator === null || right === null || operator.text !== "//") return null;
  const set = unparenthesized(right);
  if (set.type !== "attrset_expression") return null;
  const defined = bindingsOf(set).flatMap((binding) => namesDefined(text, binding));
  const names = defined.filter((name): name is string => name !== null && ARGUMENTS.has(name));
  if (names.length === 0) return null;
  const isWhole = names.length === defined.length;
  return {
    range: { start: operator.start, end: right.end },
    names,
    movable: isWhole ? { start: set.start, end: set.end } : null,
  };
}

/** What one line of a set defines: `a.b` of a binding, each name of an `inherit`. */
function namesDefined(text: string, binding: SyntaxNode): (string | null)[] {
  if (binding.type === "binding") return [pathText(text, pathOf(binding))];
  return (binding.child("attrs")?.childrenOf("attr") ?? []).map((name) => pathText(text, [name]));
}
