/** A file's text. */
export interface SourceText {
  /** As the caller names it: a path to show, or a URI. */
  readonly file: string;
  readonly text: string;
}

/** Why a file is not read, in a user's words, as a clause that can follow a colon. */
export interface UnreadSource {
  readonly reason: string;
}

/** Gives the other files that a file refers to. Nothing outside the workspace is read. */
export interface SourceFiles {
  /**
   * The file that a path written in another one stands for: `./x.nix`, `../images` (a folder is its `default.nix`).
   *
   * @param from the file that the path is written in, as `SourceText.file` names it
   * @param kind what is expected there: a folder is its `default.nix` only for code
   */
  open(from: string, path: string, kind: "code" | "data"): SourceText | UnreadSource;
}

/** Reads no other file. */
export const NO_SOURCE_FILES: SourceFiles = { open: () => ({ reason: "it is in another file" }) };
