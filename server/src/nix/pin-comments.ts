import { bindingsOf } from "./attribute-set.ts";
import type { Identifiers } from "./identifiers.ts";
import type { Lines } from "./lines.ts";
import type { SyntaxNode } from "./syntax.ts";

/** A comment beside a pin, or several on adjoining lines of their own. */
export interface PinComment {
  /** Markers included. */
  readonly comments: readonly string[];
  /** It stands by a line that has another pin closer to it. */
  readonly isCloserToAnother: boolean;
}

const FAR = 1000;

/**
 * The comments that speak of a pin, the closest first: behind what defines its attributes, on lines of their own inside it,
 * behind its end, and directly above it, its call or what it is bound to.
 *
 * @param ends where what defines its attributes ends, the most telling first
 */
export function commentsBeside(
  text: string,
  identifiers: Identifiers,
  lines: Lines,
  site: SyntaxNode,
  ends: readonly number[],
): PinComment[] {
  const seen = new Set<SyntaxNode>();
  const found: PinComment[] = [];
  const add = (comments: readonly SyntaxNode[], between: string) => {
    if (comments.some((comment) => seen.has(comment))) return;
    for (const comment of comments) seen.add(comment);
    const isCloserToAnother = between.length > FAR || /\bimage(?:Name|Digest)\b/.test(between);
    found.push({ comments: comments.map((comment) => comment.text), isCloserToAnother });
  };
  const addBehind = (end: number) => {
    const comment = lastOnLine(text, identifiers, lines, lines.lineOf(end));
    if (comment === null || comment.start < end) return;
    const endsHere = end < site.end && site.end <= comment.start;
    add([comment], text.slice(endsHere ? site.end : end, comment.start));
  };
  const block = (comment: SyntaxNode) => adjoining(text, identifiers, lines, comment).filter((each) => !seen.has(each));

  for (const end of ends) addBehind(end - 1);
  for (const comment of commentsInside(site)) {
    if (seen.has(comment)) continue;
    add(isAloneOnLine(text, lines, comment) ? block(comment) : [comment], "");
  }
  const statement = enclosing(site);
  for (const { end } of statement) addBehind(end - 1);
  for (const { start } of statement) {
    const line = lines.lineOf(start);
    const above = aloneOnLine(text, identifiers, lines, line - 1);
    if (above !== null) add(block(above), text.slice(lines.startOf(line), start));
  }
  return found;
}

/** The comments on a set's own level, not those inside of nested sets, lists and calls. */
function commentsInside(site: SyntaxNode): SyntaxNode[] {
  const bindingSet = site.children.find(({ type }) => type === "binding_set");
  return [site, bindingSet, ...bindingsOf(site)]
    .flatMap((node) => node?.children ?? [])
    .filter(({ type }) => type === "comment");
}

const LEVELS_LOOKED_AT = 50;
const PASSED = /^(?:parenthesized|apply|binary|select)_expression$/;
const PASSED_FROM_BODY = /^(?:function|let|with|assert)_expression$/;

/** A pin, the expressions that it is the heart of, and the binding that these are the value of. */
function enclosing(site: SyntaxNode): SyntaxNode[] {
  const nodes = [site];
  for (let at = site; at.parent !== null && nodes.length < LEVELS_LOOKED_AT; at = at.parent) {
    const { parent } = at;
    const isPassed = PASSED.test(parent.type) || (PASSED_FROM_BODY.test(parent.type) && at.field === "body");
    if (!isPassed && parent.type !== "binding") break;
    nodes.push(parent);
    if (parent.type === "binding") break;
  }
  return nodes;
}

/** The comment that a line ends with. */
function lastOnLine(text: string, identifiers: Identifiers, lines: Lines, line: number): SyntaxNode | null {
  const written = lines.textOf(line).trimEnd();
  if (written === "") return null;
  const node = identifiers.nodeAt(lines.startOf(line) + written.length - 1);
  return node.type === "comment" && !isAloneOnLine(text, lines, node) ? node : null;
}

function isAloneOnLine(text: string, lines: Lines, comment: SyntaxNode): boolean {
  const lastLine = lines.lineOf(comment.end - 1);
  const before = text.slice(lines.startOf(lines.lineOf(comment.start)), comment.start);
  const behind = lines.textOf(lastLine).slice(comment.end - lines.startOf(lastLine));
  return before.trim() === "" && behind.trim() === "";
}

/** The comment that a line has nothing beside. */
function aloneOnLine(text: string, identifiers: Identifiers, lines: Lines, line: number): SyntaxNode | null {
  const written = line < 0 ? "" : lines.textOf(line).trimEnd();
  if (written === "") return null;
  const node = identifiers.nodeAt(lines.startOf(line) + written.length - 1);
  return node.type === "comment" && isAloneOnLine(text, lines, node) ? node : null;
}

const LINES_JOINED = 50;

/** A comment on a line of its own with those on the lines above and below it. */
function adjoining(text: string, identifiers: Identifiers, lines: Lines, comment: SyntaxNode): SyntaxNode[] {
  const block = [comment];
  for (let joined = 0; joined < LINES_JOINED; joined++) {
    const above = aloneOnLine(text, identifiers, lines, lines.lineOf((block[0] ?? comment).start) - 1);
    if (above === null) break;
    block.unshift(above);
  }
  for (let joined = 0; joined < LINES_JOINED; joined++) {
    const below = aloneOnLine(text, identifiers, lines, lines.lineOf((block.at(-1) ?? comment).end - 1) + 1);
    if (below === null) break;
    block.push(below);
  }
  return block;
}
