import { type NixParser, openSyntaxTrees, openTree } from "./grammar.ts";
import { type NixReading, type ReadingOptions, readSyntaxTree } from "./reading.ts";
import { type ReusableReading, reusable, reuse } from "./reuse.ts";
import { NO_SOURCE_FILES, type SourceFiles, type SourceText, type UnreadSource } from "./source.ts";
import { pinTriggers } from "./triggers.ts";

/** A text that is read again and again while it is edited. Close it to free what it keeps. */
export interface NixDocument {
  /** As `readNixFile` of this text; costs less the more of it is as it was. */
  read(text: string, options?: ReadingOptions): NixReading;
  close(): void;
}

interface Kept {
  readonly reusable: ReusableReading;
  readonly extraCallees: string;
  readonly sources: readonly OpenedSource[];
}

/** `file` only names it in literals. */
export function openNixDocument(parser: NixParser, file: string): NixDocument {
  const tree = openTree(parser);
  let kept: Kept | null = null;
  return {
    read(text, options = {}) {
      const { extraCallees = [], files = NO_SOURCE_FILES } = options;
      const { root, change } = tree.parse({ file, text });
      const callees = extraCallees.join("\n");
      if (kept !== null && change !== null && kept.extraCallees === callees && areSame(kept.sources, files)) {
        const reused = reuse(kept.reusable, change, text, pinTriggers(extraCallees));
        if (reused !== null) {
          kept = { ...kept, reusable: reused };
          return reused.reading;
        }
      }
      const sources: OpenedSource[] = [];
      const others = openSyntaxTrees(parser);
      try {
        const reading = readSyntaxTree(root, others, { ...options, files: recordingOf(files, sources) });
        kept = { reusable: reusable(root, reading), extraCallees: callees, sources };
        return reading;
      } finally {
        others.close();
      }
    },
    close: () => tree.close(),
  };
}

interface OpenedSource {
  readonly question: Parameters<SourceFiles["open"]>;
  readonly answer: SourceText | UnreadSource;
}

/** Opens files, and notes which. */
function recordingOf(files: SourceFiles, opened: OpenedSource[]): SourceFiles {
  return {
    open(...question) {
      const answer = files.open(...question);
      opened.push({ question, answer });
      return answer;
    },
  };
}

function areSame(opened: readonly OpenedSource[], files: SourceFiles): boolean {
  return opened.every(({ question, answer }) => {
    const now = files.open(...question);
    if ("reason" in answer || "reason" in now)
      return "reason" in answer && "reason" in now && answer.reason === now.reason;
    return answer.file === now.file && answer.text === now.text;
  });
}
