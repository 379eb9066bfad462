import { fail, type Result, succeed } from "../base/errors.ts";
import { type Digest, digestOf } from "../oci/digest.ts";
import { type ImageManifest, parseManifest } from "../oci/manifest.ts";
import { OCI_MANIFEST } from "../oci/media-type.ts";

/** What the manifest file of `pullImageFromManifest` pins. */
export interface PinnedManifest {
  /** Of the file's text but for a final newline: the registry's digest as long as nobody has laid the JSON out anew. */
  readonly digest: Digest;
  readonly manifest: ImageManifest;
  readonly json: unknown;
}

/**
 * Reads the text of a manifest file, as `getManifest` of nix2container prints it. Problems, for people: `manifest-malformed` for
 * what is no image's manifest.
 */
export function readManifestFile(text: string): Result<PinnedManifest> {
  const bytes = Buffer.from(text.replaceAll("\r\n", "\n").trimEnd(), "utf8");
  const json = parseJson(text);
  const mediaType = typeof json === "object" && json !== null && "mediaType" in json ? json.mediaType : null;
  const manifest = parseManifest(bytes, typeof mediaType === "string" ? mediaType : OCI_MANIFEST, "as-is");
  if (!manifest.ok || json === undefined) {
    return fail("manifest-malformed", 'The manifest file has no manifest in it; "dockpin update" writes one.');
  }
  if (manifest.value.kind === "index") {
    const message = 'The manifest file has an index, not one image\'s manifest; "dockpin update" writes that.';
    return fail("manifest-malformed", message);
  }
  return succeed({ digest: digestOf(bytes), manifest: manifest.value, json });
}

/**
 * A manifest of the registry, laid out as the file was before: as the registry has it, where that is alike; else indented as
 * the file was. A final newline stays or stays away, and line endings stay.
 */
export function manifestText(before: string, bytes: Uint8Array): string {
  const served = Buffer.from(bytes).toString("utf8").trimEnd();
  const indent = indentOf(before);
  const isAlike = indent === null || indent === indentOf(served);
  const text = isAlike ? served : JSON.stringify(JSON.parse(served), null, indent);
  const withEnd = /\n\s*$/.test(before) ? `${text}\n` : text;
  return before.includes("\r\n") ? withEnd.replaceAll("\n", "\r\n") : withEnd;
}

/** Whether two texts say the same JSON, whatever the order of members. */
export function isSameJson(one: unknown, other: unknown): boolean {
  return JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The white space before the first member of a JSON object that has a line per member; null for any other text. */
function indentOf(text: string): string | null {
  return /^\s*\{\r?\n([ \t]+)"/.exec(text)?.[1] ?? null;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, member]) => [key, sorted(member)]),
  );
}
