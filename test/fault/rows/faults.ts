import type { AnswerHeaders } from "../../support/registry/answers.ts";
import type { Fault, FaultRow } from "../../support/registry/faults.ts";

/** The requests of every prefetch before the layer. */
export const START = "ping 200, manifest 200, config 200";
/** The same where the registry wants to know who asks. */
export const SIGNED_IN = "ping 401, manifest 200, config 200";

/** A fault of the requests for a path, always or so many times. */
export function at(path: string | RegExp, fault: Fault, times?: number): FaultRow {
  return { path, fault, ...(times !== undefined && { times }) };
}

export function answer(status: number, headers: AnswerHeaders = {}, body: string | Uint8Array = ""): Fault {
  return { do: "answer", status, headers, body };
}

export function redirect(location: string, status = 307): Fault {
  return { do: "redirect", location, status };
}

/** An error in the form of the distribution specification. */
export function specError(status: number, code: string, message: string, headers: AnswerHeaders = {}): Fault {
  const body = JSON.stringify({ errors: [{ code, message }] });
  return answer(status, { "Content-Type": "application/json", ...headers }, body);
}

/** Half of the sample layer and some: the first piece of a body that breaks off. */
export const HALF = 60_000;

export const CHUNKED = { "Content-Length": null, "Transfer-Encoding": "chunked" } as const;

export function flipped(truth: Uint8Array): Uint8Array {
  const bytes = Uint8Array.from(truth);
  bytes[100] = (bytes[100] ?? 0) ^ 1;
  return bytes;
}
