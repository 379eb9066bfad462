import type { TextDocument } from "vscode-languageserver-textdocument";
import type { PinView } from "../pin-view.ts";
import type { PinArgument } from "../protocol.ts";

/** How a command names a pin of an open document. */
export function pinArgument({ uri, version }: TextDocument, { id }: PinView): PinArgument {
  return { uri, version, id };
}
