/**
 * The words of which a text with a pin holds at least one, so that no other needs to be parsed. `extraCallees` are
 * functions that take what `pullImage` takes, by a name or a path of names.
 */
export function pinTriggers(extraCallees: readonly string[] = []): readonly string[] {
  return ["imageDigest", "pullImage", ...extraCallees.map((callee) => callee.split(".").at(-1) ?? callee)];
}
