import { Language, Parser } from "web-tree-sitter";
import { maskForGrammar } from "./mask.ts";
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
export function withSyntaxTree<T>({ parser }: NixParser, text: string, read: (root: SyntaxNode) => T): T {
  const tree = parser.parse(maskForGrammar(text));
  if (tree === null) throw new Error("The Nix parser has no grammar");
  try {
    return read(SyntaxNode.root(tree.rootNode));
  } finally {
    tree.delete();
  }
}
