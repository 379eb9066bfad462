import type { Problem } from "../base/errors.ts";

/** What hindered the reading or writing of a file. */
export interface FileProblem extends Problem {
  /** As the user would name it. */
  readonly file: string;
}
