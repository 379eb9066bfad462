import { Language, Parser, type Tree } from "web-tree-sitter";
import { type ChangedSpan, changedSpan, editOf, isSameOutside } from "./changed-span.ts";
import { maskForGrammar } from "./mask.ts";
import type { TextRange } from "./pin.ts";
import type { SourceText } from "./source.ts";
import { SyntaxNode } from "./syntax.ts";

/** A parser with its grammar loaded. */
export interface NixParser {
  readonly parser: Parser;
}

let runtime: Promise<void> | null = null;

/**
 * Loads the parser. `runtime` are the bytes of web-tree-sitter's own WebAssembly, which a process loads once; `grammar`
 * those of the grammar for Nix. Rejects when either is not what it should be.
 */
export async function loadNixParser(wasm: { runtime: Uint8Array; grammar: Uint8Array }): Promise<NixParser> {
  runtime ??= Parser.init({ wasmBinary: wasm.runtime });
  await runtime;
  const parser = new Parser();
  parser.setLanguage(await Language.load(wasm.grammar));
  return { parser };
}

/** Parses a text and hands its tree to `read`; the tree is gone afterwards. */
export function withSyntaxTree<T>(parser: NixParser, source: SourceText, read: (root: SyntaxNode) => T): T {
  const tree = parse(parser, maskForGrammar(source.text), null);
  try {
    return read(SyntaxNode.root(tree.rootNode, source));
  } finally {
    tree.delete();
  }
}

/** The trees of files, each parsed once. Close it to free them. */
export interface SyntaxTrees {
  parse(source: SourceText): SyntaxNode;
  close(): void;
}

export function openSyntaxTrees(parser: NixParser): SyntaxTrees {
  const trees = new Map<string, { readonly root: SyntaxNode; readonly tree: Tree }>();
  return {
    parse(source) {
      const known = trees.get(source.file);
      if (known !== undefined) return known.root;
      const tree = parse(parser, maskForGrammar(source.text), null);
      const root = SyntaxNode.root(tree.rootNode, source);
      trees.set(source.file, { root, tree });
      return root;
    },
    close() {
      for (const { tree } of trees.values()) tree.delete();
      trees.clear();
    },
  };
}

/** A text's tree that follows the text while it is edited. */
export interface GrowingTree {
  /** The tree of a text, made from that of the text before it; valid until the next one. */
  parse(source: SourceText): GrownTree;
  /** Frees the tree. */
  close(): void;
}

export interface GrownTree {
  readonly root: SyntaxNode;
  /** How it differs from the tree before it; null when that can't be told. */
  readonly change: TreeChange | null;
}

/** An edit between two texts that both have no syntax error, and what became of the tree. Offsets are in UTF-16 units. */
export interface TreeChange {
  readonly start: number;
  readonly oldEnd: number;
  readonly newEnd: number;
  /** The spans of the new text outside of which the tree is as it was. */
  readonly restructured: readonly TextRange[];
  /** Whether nothing of a token was removed or added, and the tree is as it was. */
  readonly isBetweenTokens: boolean;
  /** Whether the new tree has a node of this type that covers a span exactly. */
  hasNode(type: string, start: number, end: number): boolean;
}

export function openTree(parser: NixParser): GrowingTree {
  let last: { readonly text: string; readonly masked: string; readonly tree: Tree } | null = null;
  return {
    parse(source) {
      const masked = maskForGrammar(source.text);
      const old = last;
      if (old === null) {
        last = { text: source.text, masked, tree: parse(parser, masked, null) };
        return { root: SyntaxNode.root(last.tree.rootNode, source), change: null };
      }
      const span = changedSpan(old.masked, masked);
      const wasBetweenTokens = isBetweenTokens(old.tree, span.start, span.oldEnd);
      const wasBroken = old.tree.rootNode.hasError;
      old.tree.edit(editOf(old.masked, masked, span));
      const tree = parse(parser, masked, old.tree);
      // How the parser mends an error depends on where it starts; what is read must depend on the text alone.
      const isBroken = tree.rootNode.hasError;
      last = { text: source.text, masked, tree: isBroken ? parse(parser, masked, null) : tree };
      const isKnown = !wasBroken && !isBroken && isSameOutside(old.text, source.text, span);
      const change = isKnown ? changeBetween(old.tree, tree, span, wasBetweenTokens) : null;
      old.tree.delete();
      if (isBroken) tree.delete();
      return { root: SyntaxNode.root(last.tree.rootNode, source), change };
    },
    close() {
      last?.tree.delete();
      last = null;
    },
  };
}

function parse({ parser }: NixParser, masked: string, old: Tree | null): Tree {
  const tree = parser.parse(masked, old);
  if (tree === null) throw new Error("The Nix parser has no grammar");
  return tree;
}

function changeBetween(old: Tree, tree: Tree, span: ChangedSpan, wasBetweenTokens: boolean): TreeChange {
  const restructured = old
    .getChangedRanges(tree)
    .map(({ startIndex, endIndex }) => ({ start: startIndex, end: endIndex }));
  return {
    ...span,
    restructured,
    isBetweenTokens: wasBetweenTokens && restructured.length === 0 && isBetweenTokens(tree, span.start, span.newEnd),
    hasNode(type, start, end) {
      for (let node = tree.rootNode.descendantForIndex(start, end); node !== null; node = node.parent) {
        if (node.startIndex < start || node.endIndex > end) return false;
        if (node.type === type) return true;
      }
      return false;
    },
  };
}

/** Whether a span has no part of a token, if it is of white space. */
function isBetweenTokens(tree: Tree, start: number, end: number): boolean {
  if (start === end) return true;
  const isGap = (at: number) => (tree.rootNode.descendantForIndex(at, at + 1)?.childCount ?? 0) > 0;
  return isGap(start) && isGap(end - 1);
}
