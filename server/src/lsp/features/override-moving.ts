import type { Pin, TextEdit } from "../../nix/pin.ts";

/**
 * The edits that move what is set on the result of a call into its argument; null when that has one of these attributes
 * already, or when there is more to the set than a line of bindings.
 */
export function moveOverride(text: string, pin: Pin): readonly TextEdit[] | null {
  const override = pin.ineffectiveOverride;
  if (override === null || override.movable === null) return null;
  const bindings = text.slice(override.movable.start + 1, override.movable.end - 1).trim();
  const isTaken = override.names.some((name) => (isHash(name) ? pin.hash : readingOf(pin, name))?.state !== "absent");
  if (isTaken || /[\r\n#]|\/\*/.test(bindings) || text[pin.range.end - 1] !== "}") return null;

  const brace = pin.range.end - 1;
  const lineStart = text.lastIndexOf("\n", brace) + 1;
  const isAlone = text.slice(lineStart, brace).trim() === "" && lineStart > pin.range.start;
  const lineBreak = text[lineStart - 2] === "\r" ? "\r\n" : "\n";
  const added = isAlone ? `${indentationIn(text, pin)}${bindings}${lineBreak}` : `${bindings} `;
  const at = isAlone ? lineStart : brace;
  const before = text.slice(0, override.range.start);
  const removed = { start: before.trimEnd().length, end: override.range.end };
  return [
    { file: pin.file, range: { start: at, end: at }, oldText: "", newText: added },
    { file: pin.file, range: removed, oldText: text.slice(removed.start, removed.end), newText: "" },
  ];
}

function isHash(name: string): boolean {
  return name === "hash" || name === "sha256" || name === "outputHash";
}

function readingOf(pin: Pin, name: string) {
  return (["imageName", "imageDigest", "finalImageName", "finalImageTag", "os", "arch", "tlsVerify"] as const)
    .filter((attribute) => attribute === name)
    .map((attribute) => pin[attribute])[0];
}

/** That of the pin's first line of attributes. */
function indentationIn(text: string, { range }: Pin): string {
  const [, indentation = "  "] = /\n([ \t]*)[^\s]/.exec(text.slice(range.start, range.end)) ?? [];
  return indentation;
}
