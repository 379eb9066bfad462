import type { SourceFiles, SourceText, UnreadSource } from "../nix/source.ts";

/** Other files, with a record of those that were asked for. */
export interface RecordedSources {
  readonly files: SourceFiles;
  /** Of those that were read. */
  texts(): ReadonlyMap<string, string>;
  /** Whether all that was asked for would be answered in the same way now. */
  readonly areCurrent: () => boolean;
}

export function recordSources(files: SourceFiles): RecordedSources {
  const answers = new Map<string, { readonly answer: Answer; readonly ask: () => Answer }>();
  return {
    files: {
      open(from, path, kind) {
        const ask = () => files.open(from, path, kind);
        const answer = ask();
        answers.set(JSON.stringify([from, path, kind]), { answer, ask });
        return answer;
      },
    },
    texts() {
      const read = [...answers.values()].flatMap(({ answer }) => ("text" in answer ? [answer] : []));
      return new Map(read.map(({ file, text }) => [file, text]));
    },
    areCurrent: () => [...answers.values()].every(({ answer, ask }) => isSame(ask(), answer)),
  };
}

type Answer = SourceText | UnreadSource;

function isSame(one: Answer, other: Answer): boolean {
  if ("text" in one && "text" in other) return one.file === other.file && one.text === other.text;
  return "reason" in one && "reason" in other;
}
