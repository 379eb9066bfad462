const DIGEST = "sha256:";
/** What gives a digest to a function of another file. */
const FROM_OTHER_FILES = ["import", "callPackage"];

/**
 * The words of which a Nix, JSON or TOML file with a pin holds at least one. `mayHavePins` looks closer.
 *
 * @param extraCallees functions that take what `pullImage` takes, by a name or a path of names
 */
export function pinTriggers(extraCallees: readonly string[] = []): readonly string[] {
  return [...pinNames(extraCallees), DIGEST];
}

function pinNames(extraCallees: readonly string[]): readonly string[] {
  return ["imageDigest", "pullImage", ...extraCallees.map((callee) => callee.split(".").at(-1) ?? callee)];
}

/** UTF-16 units; what a file may have in bytes. */
const LENGTH_LIMIT = 10 * 1024 * 1024;

/** Whether a text is worth parsing: it names a pin's parts, or has a digest and uses other files. */
export function mayHavePins(text: string, extraCallees: readonly string[] = []): boolean {
  if (text.length > LENGTH_LIMIT) return false;
  if (pinNames(extraCallees).some((word) => text.includes(word))) return true;
  return text.includes(DIGEST) && FROM_OTHER_FILES.some((word) => text.includes(word));
}
