import type { AttributeReading, Pin } from "../../../server/src/nix/pin.ts";

/** An example of `docs/nix-support.md`: files, the one that is read last, and what the page says of its pins. */
export interface DocumentedExample {
  /** The line of the page that the last file begins in, from 1. */
  readonly line: number;
  readonly files: readonly { readonly name: string; readonly text: string }[];
  readonly claims: readonly string[];
}

const FENCE = /^```(\w+)(?: (\S+))?\n([\s\S]*?)^```\n/gm;
const CLAIMS = /^\n?((?:- .*\n)+)/;

/**
 * The examples of a page. A code block with a file's name behind its language is a file of the example that the next block
 * without one ends; the list below that says what is read, a line per pin.
 */
export function documentedExamples(page: string): DocumentedExample[] {
  const examples: DocumentedExample[] = [];
  let files: { name: string; text: string }[] = [];
  for (const match of page.matchAll(FENCE)) {
    const [block, language, name, text = ""] = match;
    if (language !== "nix" && language !== "json" && language !== "toml") continue;
    files.push({ name: name ?? `example.${language}`, text: withWholeHashes(text) });
    const behind = page.slice(match.index + block.length);
    const [, list] = CLAIMS.exec(behind) ?? [];
    if (name !== undefined && list === undefined) continue;
    const claims = (list ?? "")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => line.slice(2));
    examples.push({ line: page.slice(0, match.index).split("\n").length, files, claims });
    files = [];
  }
  return examples;
}

/** The page shows no more than the beginning of digests and hashes: `sha256:1b…`, `sha256-Qm…`. */
function withWholeHashes(text: string): string {
  return text
    .replace(/sha256:([0-9a-f]{2})…/g, (_, start: string) => `sha256:${start.repeat(32)}`)
    .replace(/sha256-([a-zA-Z0-9]{2})…/g, (_, start: string) => `sha256-${start.repeat(21)}A=`);
}

/** What is read of pins, in the words of the page. */
export function describePins(pins: readonly Pin[], file: string): string[] {
  if (pins.length === 0) return ["no pin"];
  return pins.flatMap((pin) => {
    const place = pin.file === file ? "" : ` in \`${pin.file}\``;
    const callee = pin.callee.startsWith("nix2container") ? `, ${pin.callee}` : "";
    if (pin.variants.length > 0) {
      return pin.variants.map((variant) => `${variant.systems.join(", ")}: ${describePin(variant)}${place}${callee}`);
    }
    const systems = pin.systems.length === 0 ? "" : `${pin.systems.join(", ")}: `;
    return [`${systems}${describePin(pin)}${place}${callee}`];
  });
}

function describePin(pin: Pin): string {
  const { imageName, imageDigest, hash, followedTag, problems } = pin;
  const name = imageName.state === "known" ? `\`${imageName.value}:${followedTag.tag}\`` : describe("name", imageName);
  const readings = [name, describe("digest", imageDigest), describe("hash", hash)];
  const ignored = pin.ignored ? ["ignored"] : [];
  const broken = problems.flatMap(({ code }) => (/^(?:syntax|duplicate|hash-attribute)/.test(code) ? [code] : []));
  return [...readings, ...ignored, ...broken].join(", ");
}

function describe(name: string, reading: AttributeReading): string {
  if (reading.state === "absent") return `no ${name}`;
  if (reading.state === "unknown") return `${name} unknown: ${reading.reason}`;
  const value = `\`${reading.value.replace(/^(sha256[:-]..|0000).{20,}/, "$1…")}\``;
  return name === "name" || reading.editable !== null ? value : `${value} is not rewritten: ${reading.blocked}`;
}
