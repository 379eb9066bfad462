import type { Node } from "web-tree-sitter";
import type { SourceText } from "./source.ts";

/** Types of nodes that have no children, which need not be asked for them. */
const LEAVES = new Set([
  "identifier",
  "string_fragment",
  "escape_sequence",
  "dollar_escape",
  "comment",
  "integer_expression",
  "uri_expression",
  "path_fragment",
]);

/** What a reading of a text depends on, besides the nodes that it looked into. */
export interface Footprint {
  /** Names that were searched for in all of the text. */
  readonly names: Set<string>;
  /** Texts that were searched for, as parts of words too. */
  readonly texts: Set<string>;
  /** Lines, 0-based, whose layout or comments were looked at. */
  readonly lines: Set<number>;
  /** More than half of the steps went that a text of its length is allowed. */
  isCostly: boolean;
}

/**
 * A node of a syntax tree. Its children are fetched when first asked for, and are the same objects ever after: so a
 * large file costs only what is looked at, a parent costs nothing, and a node can be a key. Valid while its tree is.
 */
export class SyntaxNode {
  readonly type: string;
  /** UTF-16 units, `end` exclusive. */
  readonly start: number;
  readonly end: number;
  /** The name of its role in the parent, as the grammar has it. */
  readonly field: string | null;
  readonly parent: SyntaxNode | null;
  /** What the tree was parsed from. */
  readonly source: SourceText;
  /** The same for all nodes of a tree. */
  readonly footprint: Footprint;
  readonly #node: Node;
  #children: readonly SyntaxNode[] | null = null;
  #isTextRead = false;
  #hasError: boolean | null;

  private constructor(
    node: Node,
    source: SourceText,
    footprint: Footprint,
    parent: SyntaxNode | null,
    field: string | null,
  ) {
    this.#node = node;
    this.source = source;
    this.footprint = footprint;
    this.parent = parent;
    // What has none inside is not asked for one again, which costs more than all else.
    this.#hasError = parent === null ? node.hasError : parent.#hasError === false ? false : null;
    this.field = field;
    this.type = node.type;
    this.start = node.startIndex;
    this.end = node.endIndex;
  }

  static root(node: Node, source: SourceText): SyntaxNode {
    return new SyntaxNode(
      node,
      source,
      { names: new Set(), texts: new Set(), lines: new Set(), isCostly: false },
      null,
      null,
    );
  }

  /** The named children, comments included, and operators. */
  get children(): readonly SyntaxNode[] {
    this.#children ??= this.#fetchChildren();
    return this.#children;
  }

  /** Whether this node or anything inside is a syntax error or was made up to recover from one. */
  get hasError(): boolean {
    this.#hasError ??= this.#node.hasError;
    return this.#hasError;
  }

  get isError(): boolean {
    return this.hasError && (this.#node.isError || this.#node.isMissing);
  }

  get text(): string {
    this.#isTextRead = true;
    return this.source.text.slice(this.start, this.end);
  }

  /** The nodes inside of it, itself included, of which nothing but type and place was asked, in the order of the text. */
  untouched(): SyntaxNode[] {
    const found: SyntaxNode[] = [];
    const pending: SyntaxNode[] = [this];
    for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
      if (node.#isTextRead) continue;
      if (node.#children === null) found.push(node);
      else for (const child of node.#children.toReversed()) pending.push(child);
    }
    return found;
  }

  child(field: string): SyntaxNode | null {
    return this.children.find((child) => child.field === field) ?? null;
  }

  childrenOf(field: string): readonly SyntaxNode[] {
    return this.children.filter((child) => child.field === field);
  }

  #fetchChildren(): SyntaxNode[] {
    const children: SyntaxNode[] = [];
    if (LEAVES.has(this.type)) return children;
    const cursor = this.#node.walk();
    if (cursor.gotoFirstChild()) {
      do {
        const field = cursor.currentFieldName;
        if (field !== null || cursor.nodeIsNamed || (this.hasError && cursor.nodeIsMissing)) {
          children.push(new SyntaxNode(cursor.currentNode, this.source, this.footprint, this, field));
        }
      } while (cursor.gotoNextSibling());
    }
    cursor.delete();
    return children;
  }
}

/** The smallest node below `within` that covers the character at `offset`. */
export function nodeAt(within: SyntaxNode, offset: number): SyntaxNode {
  let node = within;
  for (;;) {
    const child = childAt(node.children, offset);
    if (child === null) return node;
    node = child;
  }
}

/** As `nodeAt` on the whole tree; nearby offsets in turn cost little, because it starts from the node found last. */
export function nodeFinder(root: SyntaxNode): (offset: number) => SyntaxNode {
  let last = root;
  return (offset) => {
    let start: SyntaxNode = last;
    while (start.parent !== null && !(start.start <= offset && offset < start.end)) start = start.parent;
    last = nodeAt(start, offset);
    return last;
  };
}

function childAt(children: readonly SyntaxNode[], offset: number): SyntaxNode | null {
  let low = 0;
  let high = children.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((children[middle]?.end ?? 0) <= offset) low = middle + 1;
    else high = middle;
  }
  const child = children[low];
  return child !== undefined && child.start <= offset ? child : null;
}

export function isInside(node: SyntaxNode, outer: SyntaxNode): boolean {
  return node.start >= outer.start && node.end <= outer.end;
}

/** The expression without the parentheses around it. */
export function unparenthesized(node: SyntaxNode): SyntaxNode {
  let inner = node;
  while (inner.type === "parenthesized_expression") {
    const expression = inner.child("expression");
    if (expression === null) break;
    inner = expression;
  }
  return inner;
}
