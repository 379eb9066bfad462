import { fail, type Result, succeed } from "../base/errors.ts";
import { type JsonMember, type JsonSpan, jsonStringAt, readJsonSpans } from "../base/json-spans.ts";
import { compactJson } from "./go-compact.ts";

/** What skopeo copies from the config into the legacy metadata of the last layer, in the order that Go prints. */
export const LEGACY_ATTRIBUTES = [
  "architecture",
  "config",
  "container",
  "container_config",
  "created",
  "docker_version",
  "os",
] as const;

export type LegacyAttribute = (typeof LEGACY_ATTRIBUTES)[number];

/** What is read of an image's config. */
export interface ImageConfig {
  /** The blob as it is; it goes into the archive unchanged. */
  readonly bytes: Uint8Array;
  /** Compact JSON of each attribute; absent ones are missing. */
  readonly legacyAttributes: ReadonlyMap<LegacyAttribute, Uint8Array>;
  /** `os` and `architecture`; null unless they are strings. */
  readonly os: string | null;
  readonly architecture: string | null;
  /** `rootfs.diff_ids`: what the config claims the uncompressed layers hash to. Null unless they are strings. */
  readonly diffIds: readonly string[] | null;
}

/**
 * Reads a config as skopeo does when it writes legacy metadata: keys are compared un-escaped and exactly, the last of
 * equal keys counts, and `null` stands for an empty object. Problems: `config-malformed`.
 * Source: containers/image `docker/internal/tarfile/writer.go`.
 */
export function readImageConfig(bytes: Uint8Array): Result<ImageConfig> {
  const document = readJsonSpans(bytes);
  if (document === null) return malformed("is not JSON");
  if (document.kind !== "object" && document.kind !== "null") return malformed("is not a JSON object");
  const members = membersOf(document);
  const legacyAttributes = new Map<LegacyAttribute, Uint8Array>();
  for (const attribute of LEGACY_ATTRIBUTES) {
    const span = lastValue(members, attribute);
    if (span !== null) legacyAttributes.set(attribute, compactJson(bytes.subarray(span.start, span.end)));
  }
  return succeed({
    bytes,
    legacyAttributes,
    os: stringAt(bytes, lastValue(members, "os")),
    architecture: stringAt(bytes, lastValue(members, "architecture")),
    diffIds: diffIdsIn(bytes, lastValue(members, "rootfs")),
  });
}

function diffIdsIn(bytes: Uint8Array, rootfs: JsonSpan | null): readonly string[] | null {
  const list = lastValue(membersOf(rootfs), "diff_ids");
  if (list?.kind !== "array") return null;
  const diffIds = list.items.map((item) => stringAt(bytes, item));
  return diffIds.every((diffId) => diffId !== null) ? diffIds : null;
}

function membersOf(span: JsonSpan | null): readonly JsonMember[] {
  return span?.kind === "object" ? span.members : [];
}

function lastValue(members: readonly JsonMember[], key: string): JsonSpan | null {
  return members.findLast((member) => member.key === key)?.value ?? null;
}

function stringAt(bytes: Uint8Array, span: JsonSpan | null): string | null {
  return span?.kind === "string" ? jsonStringAt(bytes, span) : null;
}

function malformed(why: string) {
  return fail("config-malformed", `The image's config ${why}, so skopeo refuses it; push the image again.`);
}
