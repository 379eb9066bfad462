import type { Evaluation } from "./evaluation.ts";
import type { Callee } from "./pin.ts";
import type { SourceText } from "./source.ts";
import type { Value } from "./value.ts";

/** The manifest that `pullImageFromManifest` is given, or why it can't be read. */
export interface ManifestSource {
  readonly file: SourceText | null;
  readonly reason: string | null;
}

/** Of other callees, which have none. */
export const NO_MANIFEST: ManifestSource = { file: null, reason: null };

/** The file that `imageManifest` names; nothing for other callees, which have none. */
export function manifestOf(evaluation: Evaluation, callee: Callee, value: Value): ManifestSource {
  if (callee !== "nix2container.pullImageFromManifest") return NO_MANIFEST;
  if (value.kind !== "set") return { file: null, reason: value.kind === "unknown" ? value.reason : "it is in no set" };
  const manifest = value.attributes.get("imageManifest")?.value.force() ?? value.unlisted;
  if (manifest === null) return { file: null, reason: "it is not set" };
  if (manifest.kind === "unknown") return { file: null, reason: manifest.reason };
  if (manifest.kind !== "path") return { file: null, reason: "it is not a path" };
  const opened = evaluation.files.open(manifest.from, manifest.path, "data");
  return "reason" in opened ? { file: null, reason: opened.reason } : { file: opened, reason: null };
}
