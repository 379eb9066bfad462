import type { ErrorCode } from "./error-codes.ts";

/** What went wrong, as data: a stable code and one sentence that says what happened and what to do. */
export interface Problem {
  readonly code: ErrorCode;
  readonly message: string;
}

/** A problem that ends the work at hand. `cause` keeps what was thrown below. */
export class CodedError extends Error implements Problem {
  override readonly name = "CodedError";
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** What a reader of bad input gives: the value, or why there is none. */
export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: Problem };

export function succeed<T>(value: T): Result<T> {
  return { ok: true, value };
}

export function fail(code: ErrorCode, message: string): { readonly ok: false; readonly problem: Problem } {
  return { ok: false, problem: { code, message } };
}

/** The value of a result; throws its problem as a `CodedError` otherwise. */
export function orThrow<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new CodedError(result.problem.code, result.problem.message);
}

/** True for the reason of an aborted signal, whatever threw it: an abort is not an error. */
export function isAbort(error: unknown, signal?: AbortSignal): boolean {
  if (signal?.aborted) return true;
  return error instanceof Error && (error.name === "AbortError" || error.name === "RequestAbortedError");
}
