import type { Result } from "../base/errors.ts";
import type { Digest } from "../oci/digest.ts";
import type { Pin, TextEdit } from "./pin.ts";

/** The values that a pin should have. */
export interface PinChange {
  readonly imageDigest: Digest;
  /** SHA-256 that the hash attribute must state, whatever its encoding. */
  readonly hash: Digest;
  /** Written only when the pin has none. */
  readonly addArch?: string;
  readonly addOs?: string;
}

/** The smallest edits of the pin's file that give it these values; empty when it has them. Problems: `pin-computed`, `value-shared`, … */
export declare function planPinEdits(text: string, pin: Pin, change: PinChange): Result<readonly TextEdit[]>;

/** The text with non-overlapping edits applied; throws when `oldText` does not stand where an edit says. */
export declare function applyEdits(text: string, edits: readonly TextEdit[]): string;
