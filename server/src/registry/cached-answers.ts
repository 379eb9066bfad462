import { type Digest, digestOf, isDigest } from "../oci/digest.ts";
import type { FetchedManifest, ManifestHead } from "./client.ts";

/** What a reference pointed to. */
export interface KnownHead {
  readonly head: ManifestHead;
  /** Milliseconds since the epoch. */
  readonly learnedAt: number;
}

export function encodeTagHead({ head, learnedAt }: KnownHead): Buffer {
  const { digest, contentType, size } = head;
  return Buffer.from(JSON.stringify({ digest, contentType, size, learnedAt }), "utf8");
}

/** Null for what `encodeTagHead` did not write. */
export function decodeTagHead(bytes: Uint8Array): KnownHead | null {
  const value = parseJson(Buffer.from(bytes).toString("utf8"));
  if (typeof value !== "object" || value === null) return null;
  const { digest, contentType, size, learnedAt } = value as Record<string, unknown>;
  if (typeof digest !== "string" || !isDigest(digest) || typeof learnedAt !== "number") return null;
  if (contentType !== null && typeof contentType !== "string") return null;
  if (size !== null && typeof size !== "number") return null;
  return { head: { digest, contentType, size }, learnedAt };
}

/** A line with the content type, empty when there is none; then the content. */
export function encodeContent({ contentType, bytes }: FetchedManifest): Buffer {
  return Buffer.concat([Buffer.from(`${contentType ?? ""}\n`, "utf8"), bytes]);
}

/** Null for what does not have the digest. */
export function decodeContent(encoded: Uint8Array, digest: Digest): FetchedManifest | null {
  const end = encoded.indexOf(0x0a);
  if (end < 0) return null;
  const bytes = encoded.subarray(end + 1);
  if (digestOf(bytes) !== digest) return null;
  const contentType = Buffer.from(encoded.subarray(0, end)).toString("utf8") || null;
  return { digest, contentType, size: bytes.length, bytes };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
