import { isJsonSpace } from "../base/json-spans.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * JSON text as Go's `json.Marshal` re-emits a RawMessage: white space outside strings is dropped; `<`, `>`, `&`, U+2028
 * and U+2029 are escaped; every other byte stays, whether or not it is UTF-8. `json` must be one well-formed value.
 * Source: `compact` in encoding/json `indent.go`.
 */
export function compactJson(json: Uint8Array): Uint8Array {
  const pieces: Uint8Array[] = [];
  let kept = 0;
  let inString = false;
  const replace = (start: number, end: number, replacement: string) => {
    if (start > kept) pieces.push(json.subarray(kept, start));
    if (replacement !== "") pieces.push(Buffer.from(replacement, "latin1"));
    kept = end;
  };
  for (let at = 0; at < json.length; at++) {
    const byte = json[at];
    if (!inString) {
      if (isJsonSpace(byte)) replace(at, at + 1, "");
      else if (byte === QUOTE) inString = true;
    } else if (byte === QUOTE) {
      inString = false;
    } else if (byte === BACKSLASH) {
      at++;
    } else {
      const separator = lineSeparatorAt(json, at);
      if (separator !== null) replace(at, at + 3, separator);
      else if (byte === 0x3c) replace(at, at + 1, "\\u003c");
      else if (byte === 0x3e) replace(at, at + 1, "\\u003e");
      else if (byte === 0x26) replace(at, at + 1, "\\u0026");
    }
  }
  replace(json.length, json.length, "");
  return Buffer.concat(pieces);
}

/** The escape of U+2028 or U+2029 when its three UTF-8 bytes stand here. */
function lineSeparatorAt(bytes: Uint8Array, at: number): string | null {
  if (bytes[at] !== 0xe2 || bytes[at + 1] !== 0x80) return null;
  if (bytes[at + 2] === 0xa8) return "\\u2028";
  if (bytes[at + 2] === 0xa9) return "\\u2029";
  return null;
}
