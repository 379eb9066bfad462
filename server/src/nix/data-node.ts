import type { SourceText } from "./source.ts";

/** What stands for a value in a JSON or TOML file, as a syntax node does in Nix code: a member with its key. */
export class DataNode {
  readonly source: SourceText;
  /** UTF-16 units, `end` exclusive. */
  readonly start: number;
  readonly end: number;
  /** The object or table, braces included where it has them, that the member is in. */
  readonly container: { readonly start: number; readonly end: number };

  constructor(
    source: SourceText,
    start: number,
    end: number,
    container: { readonly start: number; readonly end: number },
  ) {
    this.source = source;
    this.start = start;
    this.end = end;
    this.container = container;
  }
}
