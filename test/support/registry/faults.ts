import type { Answer, Question } from "./answers.ts";

/** What a row does to the answer of a request. */
export type Fault =
  /** Another answer instead of the true one. */
  | {
      readonly do: "answer";
      readonly status: number;
      readonly headers?: Record<string, string>;
      readonly body?: string;
    }
  /** The true answer with headers set, or removed where null. */
  | { readonly do: "headers"; readonly headers: Record<string, string | null>; readonly status?: number }
  /** The true answer with another body, `Content-Length` in accordance, and more headers. */
  | {
      readonly do: "body";
      readonly body: Uint8Array;
      readonly headers?: Record<string, string>;
      readonly status?: number;
    }
  /** The connection ends after so many bytes of the body, as if the server had died. */
  | { readonly do: "cut"; readonly afterBytes: number; readonly headers?: Record<string, string | null> }
  /** Nothing comes after so many bytes of the body; null: not even headers. */
  | { readonly do: "stall"; readonly afterBytes: number | null }
  /** The connection is reset before the headers. */
  | { readonly do: "reset" }
  | { readonly do: "redirect"; readonly status?: number; readonly location: string };

/** One line of a script of faults. */
export interface FaultRow {
  /** All methods when absent. */
  readonly method?: string;
  /** The path with its query: equal to a string, or matching an expression. */
  readonly path: string | RegExp;
  readonly fault: Fault;
  /** After so many requests the row is gone; never when absent. */
  readonly times?: number;
  /** True: the row also applies to requests without the required credentials. */
  readonly beforeAuthorization?: boolean;
}

/** A script of faults: the first row that matches applies, and is used up as it says. */
export function createFaultScript(
  rows: readonly FaultRow[],
): (question: Question, authorized: boolean) => Fault | null {
  const left = new Map(rows.map((row) => [row, row.times ?? Number.POSITIVE_INFINITY]));
  return (question, authorized) => {
    for (const [row, uses] of left) {
      if (!authorized && row.beforeAuthorization !== true) continue;
      if (!matches(row, question)) continue;
      if (uses > 1) left.set(row, uses - 1);
      else left.delete(row);
      return row.fault;
    }
    return null;
  };
}

/** The answer that a fault leaves, for faults that answer at all. */
export function faultyAnswer(answer: Answer, fault: Fault): Answer {
  switch (fault.do) {
    case "answer":
      return { status: fault.status, headers: fault.headers ?? {}, body: Buffer.from(fault.body ?? "") };
    case "redirect":
      return { status: fault.status ?? 307, headers: { Location: fault.location }, body: Buffer.alloc(0) };
    case "body":
      return {
        status: fault.status ?? answer.status,
        headers: { ...answer.headers, ...fault.headers },
        body: fault.body,
      };
    case "headers":
      return { ...answer, status: fault.status ?? answer.status, headers: changed(answer.headers, fault.headers) };
    case "cut":
      return { ...answer, headers: changed(answer.headers, fault.headers ?? {}) };
    default:
      return answer;
  }
}

function changed(headers: Answer["headers"], changes: Readonly<Record<string, string | null>>): Answer["headers"] {
  const entries = Object.entries({ ...headers, ...changes });
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== null));
}

function matches(row: FaultRow, question: Question): boolean {
  if (row.method !== undefined && row.method !== question.method) return false;
  const path = question.url.pathname + question.url.search;
  return typeof row.path === "string" ? row.path === path : row.path.test(path);
}
