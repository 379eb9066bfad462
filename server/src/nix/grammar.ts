import { Edit, Language, Parser, type Point, type Tree } from "web-tree-sitter";
import { maskForGrammar } from "./mask.ts";
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
  parse(source: SourceText): SyntaxNode;
  /** Frees the tree. */
  close(): void;
}

export function openTree(parser: NixParser): GrowingTree {
  let last: { readonly masked: string; readonly tree: Tree } | null = null;
  return {
    parse(source) {
      const masked = maskForGrammar(source.text);
      let tree: Tree;
      if (last === null) {
        tree = parse(parser, masked, null);
      } else {
        last.tree.edit(editBetween(last.masked, masked));
        tree = parse(parser, masked, last.tree);
        last.tree.delete();
        // How the parser mends an error depends on where it starts; what is read must depend on the text alone.
        if (tree.rootNode.hasError) {
          tree.delete();
          tree = parse(parser, masked, null);
        }
      }
      last = { masked, tree };
      return SyntaxNode.root(tree.rootNode, source);
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

/** The smallest span that differs between two texts. */
function editBetween(old: string, text: string): Edit {
  const shortest = Math.min(old.length, text.length);
  let start = 0;
  while (start < shortest && old.charCodeAt(start) === text.charCodeAt(start)) start++;
  let kept = 0;
  while (kept < shortest - start && old.charCodeAt(old.length - 1 - kept) === text.charCodeAt(text.length - 1 - kept)) {
    kept++;
  }
  // Not between the two halves of a character.
  if (start > 0 && (isLowSurrogate(old.charCodeAt(start)) || isLowSurrogate(text.charCodeAt(start)))) start--;
  if (isLowSurrogate(old.charCodeAt(old.length - kept))) kept--;
  const oldEndIndex = old.length - kept;
  const newEndIndex = text.length - kept;
  return new Edit({
    startIndex: start,
    oldEndIndex,
    newEndIndex,
    startPosition: pointAt(old, start),
    oldEndPosition: pointAt(old, oldEndIndex),
    newEndPosition: pointAt(text, newEndIndex),
  });
}

function isLowSurrogate(code: number): boolean {
  return code >= 0xdc00 && code <= 0xdfff;
}

function pointAt(text: string, index: number): Point {
  let row = 0;
  let lineStart = 0;
  for (let end = text.indexOf("\n"); end >= 0 && end < index; end = text.indexOf("\n", lineStart)) {
    row++;
    lineStart = end + 1;
  }
  return { row, column: index - lineStart };
}
