import type { FileRange, PinAttribute } from "../../nix/pin.ts";
import type { DiagnosticCode } from "../diagnostic-codes.ts";
import type { PinView } from "../pin-view.ts";
import { valueRange } from "./pin-at.ts";

/** Something to tell about a pin, and where. */
export interface Finding {
  readonly code: DiagnosticCode;
  readonly message: string;
  readonly at: FileRange;
}

/** A finding at the first of these attributes that is there; else at the pin. Of a digest, only the string is marked. */
export function findingAt(
  { pin }: PinView,
  attributes: readonly PinAttribute[],
  code: DiagnosticCode,
  message: string,
): Finding {
  for (const attribute of attributes) {
    const reading = pin[attribute];
    if (reading.state === "absent") continue;
    const { start, end } = attribute === "imageDigest" ? valueRange(reading) : reading.at;
    return { code, message, at: { file: reading.at.file, start, end } };
  }
  return { code, message, at: { file: pin.file, ...pin.range } };
}
