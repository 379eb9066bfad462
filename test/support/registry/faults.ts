import type { Answer, AnswerHeaders, Question } from "./answers.ts";

/** Other headers: set, or removed where null. */
export type HeaderChanges = Readonly<Record<string, string | readonly string[] | null>>;

/** What a row does to the answer of a request. */
export type Fault =
  /** Another answer instead of the true one. */
  | {
      readonly do: "answer";
      readonly status: number;
      readonly headers?: AnswerHeaders;
      readonly body?: string | Uint8Array;
    }
  /** The true answer with other headers. */
  | { readonly do: "headers"; readonly headers: HeaderChanges; readonly status?: number }
  /** The true answer with another body, or one made of the true one, `Content-Length` in accordance, and other headers. */
  | {
      readonly do: "body";
      readonly body: Uint8Array | ((truth: Uint8Array) => Uint8Array);
      readonly headers?: HeaderChanges;
      readonly status?: number;
    }
  /** The connection ends after so many bytes of the body, as if the server had died. */
  | { readonly do: "cut"; readonly afterBytes: number; readonly headers?: HeaderChanges }
  /** Nothing comes after so many bytes of the body; null: not even headers. */
  | { readonly do: "stall"; readonly afterBytes: number | null }
  /** The connection is reset after so many bytes of the body; before the headers when absent. */
  | { readonly do: "reset"; readonly afterBytes?: number }
  /** These bytes instead of a response, and the end of the connection. */
  | { readonly do: "raw"; readonly bytes: string }
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

/** A script of faults, read when the first request comes: the first row that matches applies, and is used up as it says. */
export function createFaultScript(
  rows: readonly FaultRow[],
): (question: Question, authorized: boolean) => Fault | null {
  let left: Map<FaultRow, number> | null = null;
  return (question, authorized) => {
    left ??= new Map(rows.map((row) => [row, row.times ?? Number.POSITIVE_INFINITY]));
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
        headers: changed(answer.headers, fault.headers ?? {}),
        body: typeof fault.body === "function" ? fault.body(answer.body) : fault.body,
      };
    case "headers":
      return { ...answer, status: fault.status ?? answer.status, headers: changed(answer.headers, fault.headers) };
    case "cut":
      return { ...answer, headers: changed(answer.headers, fault.headers ?? {}) };
    default:
      return answer;
  }
}

function changed(headers: AnswerHeaders, changes: HeaderChanges): AnswerHeaders {
  const entries = Object.entries({ ...headers, ...changes });
  return Object.fromEntries(entries.flatMap(([name, value]) => (value === null ? [] : [[name, value]])));
}

function matches(row: FaultRow, question: Question): boolean {
  if (row.method !== undefined && row.method !== question.method) return false;
  const path = question.url.pathname + question.url.search;
  return typeof row.path === "string" ? row.path === path : row.path.test(path);
}
