import { isTag, parseReference, parseRepository, printRepository } from "../oci/reference.ts";
import { tagFromCommand } from "./update-command.ts";

/** What a `dockpin:` comment asks for; `invalid` keeps what was written, so that a user can be told. */
export type Directive =
  | { readonly kind: "ignore" }
  | { readonly kind: "tag"; readonly tag: string }
  | { readonly kind: "platform"; readonly platform: string }
  | { readonly kind: "invalid"; readonly text: string };

/** The tag that a comment names, with the platform if an update command names one. */
export interface CommentedTag {
  readonly tag: string;
  readonly from: "update-command" | "comment";
  readonly os?: string;
  readonly arch?: string;
}

const DIRECTIVE = /^dockpin\s*:\s*(.*)$/i;
/** What a user meant as a directive, but Nix readers would not take for one. */
const NEAR_DIRECTIVE = /^dockpin\s+(?:ignore\b|tag\s*=|platform\s*=).*$/i;
const PLATFORM = /^[a-z0-9]+\/[a-z0-9_]+$/;

/**
 * Reads a comment's directive: `dockpin: ignore` (a remark may follow), `dockpin: tag=TAG`, `dockpin: platform=OS/ARCH`
 * (a remark may follow behind ` -- `). Null when the comment holds none. It must stand at the start of a line of the
 * comment; a comment holds one, so a second one makes it invalid. A platform has no variant, because `pullImage` can't
 * ask for one.
 *
 * @param comment the comment as written, its `#` or block markers included
 */
export function parseDirective(comment: string): Directive | null {
  const lines = commentLines(comment).filter((line) => DIRECTIVE.test(line) || NEAR_DIRECTIVE.test(line));
  const [line] = lines;
  if (line === undefined) return null;
  const invalid: Directive = { kind: "invalid", text: lines.join("; ") };
  const written = DIRECTIVE.exec(line)?.[1]?.trim();
  if (written === undefined || lines.length > 1) return invalid;
  if (/^ignore(?![\w=-])/.test(written)) return { kind: "ignore" };
  const [, key, value = ""] = /^(\w+)\s*=\s*(\S+)(?:\s+--.*)?$/.exec(written) ?? [];
  if (key === "tag" && isTag(value)) return { kind: "tag", tag: value };
  if (key === "platform" && PLATFORM.test(value)) return { kind: "platform", platform: value };
  return invalid;
}

/**
 * The tag that a comment beside a pin tells to follow, or null. Two sources, the first goes before the second:
 * - an update command: `nix-prefetch-docker`, `skopeo inspect`, `docker pull`, … (see `tagFromCommand`);
 * - a line that is nothing but a reference or a tag: `17.0.6-jre`, `tag 12.4.1`, `org/app:1.2`, `renovate: org/app 1.2`,
 *   each with an optional remark in parentheses behind it.
 *
 * A name in the comment must be the pin's, after normalisation. A tag without a name in the same reference counts only if
 * it looks like a version or is a usual floating tag (`looksLikeTag`): a comment is prose until shown otherwise.
 *
 * @param comment the comment as written, or several adjoining ones with the line breaks between them
 * @param imageName the pin's, null when it could not be read; then only a bare tag counts
 */
export function tagFromComment(comment: string, imageName: string | null): CommentedTag | null {
  const lines = commentLines(comment);
  for (const line of lines) {
    const found = tagFromCommand(line, (name) => sameRepository(name, imageName));
    if (found !== null) return { ...found, from: "update-command" };
  }
  for (const line of lines) {
    const tag = tagFromWords(line, imageName);
    if (tag !== null) return { tag, from: "comment" };
  }
  return null;
}

function tagFromWords(line: string, imageName: string | null): string | null {
  const words = line
    .replace(/\s\(.*\)$/, "")
    .replace(/^renovate:\s+/i, "")
    .split(/\s+/);
  const [first = "", second] = words;
  if (words.length === 1) {
    if (looksLikeTag(first)) return first;
    const reference = parseReference(first);
    return reference.ok && sameRepository(printRepository(reference.value), imageName) ? reference.value.tag : null;
  }
  if (words.length !== 2 || second === undefined || !looksLikeTag(second)) return null;
  return /^(?:tag|version):?$/i.test(first) || sameRepository(first, imageName) ? second : null;
}

const FLOATING_TAGS = new Set("latest stable edge nightly lts main master mainline rolling testing beta".split(" "));
/** Words with digits that people write beside a pin and that are not tags. */
const NOT_TAGS = [
  /^(?:x86|amd64|i[3-6]86|386|arm|aarch|riscv|ppc|powerpc|mips|s390|loong)[0-9a-z]*(?:_64|_32)?(?:-(?:linux|darwin))?$/,
  /^\d{4}-\d\d-\d\d$/, // the day of pinning
  /^\d+(?:\.\d+)?[kmgt]?i?b$/i, // a size
  /^(?:cve|ghsa|issue|pr|bug|gh)[-_]/i,
  /^sha-?\d{1,3}$/i,
  /^[0-9a-z]{52}$|^[0-9a-f]{64}$/i, // a hash
];
const VERSION = /^(?:v|release[-._]?)?\d/i;
const VERSION_INSIDE = /\d\.\d|[._-]v?\d|^sha-[0-9a-f]{7,40}$/;

/**
 * True for a word that is a tag without saying so: it begins with a digit (after `v` or `release-`), has a version inside
 * (`alpine3.20`, `bookworm-20240101`), or is a usual floating tag (`latest`, `stable`, `edge`, …). Architectures, days,
 * sizes, hashes and issue numbers are not.
 */
function looksLikeTag(word: string): boolean {
  if (FLOATING_TAGS.has(word)) return true;
  if (!isTag(word) || !/[A-Za-z0-9]$/.test(word) || NOT_TAGS.some((pattern) => pattern.test(word))) return false;
  return VERSION.test(word) || VERSION_INSIDE.test(word);
}

function sameRepository(name: string, imageName: string | null): boolean {
  if (imageName === null) return false;
  const [one, other] = [parseRepository(name), parseRepository(imageName)];
  return one.ok && other.ok && printRepository(one.value) === printRepository(other.value);
}

/** No command that a person writes is longer; the patterns here are not linear. */
const LONGEST_LINE = 1000;

/** The comment's lines without their markers, trimmed, those that end in a backslash joined with the next. */
function commentLines(comment: string): string[] {
  return comment
    .split(/\r\n|\r|\n/)
    .map(withoutMarkers)
    .join("\n")
    .replaceAll("\\\n", " ")
    .split("\n")
    .filter((line) => line !== "" && line.length <= LONGEST_LINE);
}

function withoutMarkers(line: string): string {
  let bare = line.trim();
  if (bare.startsWith("/*")) bare = bare.slice(2);
  if (bare.endsWith("*/")) bare = bare.slice(0, -2);
  return bare
    .trimStart()
    .replace(/^(?:#+|\*+(?=\s|$))/, "")
    .trim();
}
