import { STATUS_CODES } from "node:http";
import type { Clock } from "../base/clock.ts";
import type { ErrorCode } from "../base/error-codes.ts";
import { CodedError } from "../base/errors.ts";
import { printable } from "../base/printable.ts";
import { readBounded } from "./bounded-body.ts";
import type { Redactor } from "./redact.ts";
import { readRetryAfter, TransientFailure } from "./retry.ts";
import type { HttpResponse } from "./transport.ts";

const BODY_LIMIT = 64 * 1024;
const TRANSIENT_STATUSES = [408, 425, 429, 499, 500, 502, 503, 504, 520, 521, 522, 523, 524];

/** The registry's own code and message, made safe to show; null where it gave none. */
export interface RegistryError {
  readonly code: string | null;
  readonly message: string | null;
}

/** A response that is no success, its body read. */
export interface FailedAnswer {
  readonly status: number;
  readonly error: RegistryError;
  /** `docker.io answered 404 (MANIFEST_UNKNOWN: manifest unknown)`. */
  readonly words: string;
}

/** Reads what a failed response says. Bodies that are no JSON, such as login pages, are not shown. */
export async function readFailedAnswer(
  response: HttpResponse,
  registry: string,
  redactor: Redactor,
  signal?: AbortSignal,
): Promise<FailedAnswer> {
  const bytes = await readBounded(response.body, BODY_LIMIT, response.url, signal);
  const error = parseErrorBody(bytes?.toString("utf8") ?? "", redactor);
  const said = [error.code, error.message].filter((part) => part !== null).join(": ");
  const detail = said === "" ? (STATUS_CODES[response.status] ?? "") : said;
  const words = `${registry} answered ${response.status}${detail === "" ? "" : ` (${detail})`}`;
  return { status: response.status, error, words };
}

/** Reads `{errors: [{code, message}]}` of the distribution specification, and `{message}`, `{details}`, `{error}`. */
export function parseErrorBody(text: string, redactor: Redactor): RegistryError {
  const show = (value: unknown, limit: number) =>
    typeof value === "string" && value.trim() !== "" ? printable(redactor.redact(value), limit) : null;
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return { code: null, message: null };
  }
  const member = (value: unknown, name: string): unknown =>
    typeof value === "object" && value !== null && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;
  const errors = member(document, "errors");
  const first: unknown = Array.isArray(errors) ? errors[0] : document;
  const message = member(first, "message") ?? member(first, "details") ?? member(first, "error");
  return { code: show(member(first, "code"), 60), message: show(message, 200) };
}

/** Throws when a status is worth another try; 429 is `registry-rate-limited`, the others are `registry-failed`. */
export async function throwIfTransient(
  response: HttpResponse,
  registry: string,
  { clock, redactor }: { readonly clock: Clock; readonly redactor: Redactor },
  signal?: AbortSignal,
): Promise<void> {
  if (!TRANSIENT_STATUSES.includes(response.status)) return;
  const answer = await readFailedAnswer(response, registry, redactor, signal);
  const limited = response.status === 429;
  const code: ErrorCode = limited ? "registry-rate-limited" : "registry-failed";
  const advice = limited ? "wait, or sign in for a higher limit" : "try again later";
  const header = response.headers["retry-after"];
  const retryAfter = readRetryAfter(Array.isArray(header) ? header[0] : header, clock.now());
  throw new TransientFailure(
    new CodedError(code, `${answer.words}; ${advice}.`),
    limited ? `${registry} is rate limiting` : `${registry} answered ${response.status}`,
    retryAfter,
  );
}
