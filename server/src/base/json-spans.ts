/** Where a JSON value stands in a document's bytes, `end` exclusive. */
export type JsonSpan =
  | { readonly kind: "object"; readonly start: number; readonly end: number; readonly members: readonly JsonMember[] }
  | { readonly kind: "array"; readonly start: number; readonly end: number; readonly items: readonly JsonSpan[] }
  | {
      readonly kind: "string" | "number" | "true" | "false" | "null";
      readonly start: number;
      readonly end: number;
    };

export interface JsonMember {
  /** Un-escaped; bytes that are not UTF-8 read as U+FFFD, as Go does. */
  readonly key: string;
  readonly value: JsonSpan;
}

/** Reads one JSON document as Go's encoding/json accepts it, keeping duplicate keys; null when it is not one. */
export declare function readJsonSpans(bytes: Uint8Array): JsonSpan | null;
