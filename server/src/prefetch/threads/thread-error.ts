import { ERROR_CODES, type ErrorCode } from "../../base/error-codes.ts";
import { CodedError } from "../../base/errors.ts";

/** An error on its way between threads: classes and causes do not survive that. */
export interface ThreadError {
  /** Null for a defect. */
  readonly code: ErrorCode | null;
  readonly message: string;
  /** What caused it, in words; for a defect its stack. */
  readonly cause: string | null;
}

export function packError(error: unknown): ThreadError {
  if (error instanceof CodedError) {
    const { code, message, cause } = error;
    return { code, message, cause: cause === undefined ? null : messageOf(cause) };
  }
  return { code: null, message: messageOf(error), cause: error instanceof Error ? (error.stack ?? null) : null };
}

export function unpackError({ code, message, cause }: ThreadError): Error {
  const options = cause === null ? undefined : { cause: new Error(cause) };
  return code !== null && ERROR_CODES.includes(code)
    ? new CodedError(code, message, options)
    : new Error(message, options);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
