import { type NixParser, openSyntaxTrees, openTree } from "./grammar.ts";
import { type NixReading, type ReadingOptions, readSyntaxTree } from "./reading.ts";

/** A text that is read again and again while it is edited. Close it to free what it keeps. */
export interface NixDocument {
  /** As `readNixFile` of this text; costs less the more of it is as it was. */
  read(text: string, options?: ReadingOptions): NixReading;
  close(): void;
}

/** `file` only names it in literals. */
export function openNixDocument(parser: NixParser, file: string): NixDocument {
  const tree = openTree(parser);
  return {
    read(text, options = {}) {
      const others = openSyntaxTrees(parser);
      try {
        return readSyntaxTree(tree.parse({ file, text }), others, options);
      } finally {
        others.close();
      }
    },
    close: () => tree.close(),
  };
}
