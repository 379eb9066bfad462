import { fail, type Problem, type Result, succeed } from "../base/errors.ts";
import { printable } from "../base/printable.ts";
import type { ImageIndex, IndexEntry } from "./manifest.ts";
import { ARCHITECTURES, GOARCH_OF, GOOS_OF, OPERATING_SYSTEMS } from "./platform-words.ts";

/** What an image runs on, in the registry's words (GOOS and GOARCH): `linux`, `amd64`. */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
}

/**
 * Reads `os/architecture`, such as `linux/arm64`. A variant (`linux/arm/v7`) is refused, since `pullImage` can't ask
 * for one. Problems: `unknown-platform`, with the word that was probably meant.
 */
export function parsePlatform(text: string): Result<Platform> {
  const shown = printable(text, 60);
  const [os = "", architecture, ...variant] = text.split("/");
  if (architecture === undefined) {
    const word = goarchFor(os);
    const example = word === null ? "linux/amd64" : `linux/${word}`;
    return fail("unknown-platform", `"${shown}" is not a platform; write os/arch, such as "${example}".`);
  }
  if (variant.length > 0) {
    return fail(
      "unknown-platform",
      `"${shown}" names a variant, which pullImage cannot ask for; write "${printable(os, 20)}/${printable(architecture, 20)}".`,
    );
  }
  return platformOf(os, architecture);
}

/**
 * The platform that `os` and `arch` of a pin name. They reach skopeo as they are, so only GOOS and GOARCH words will do.
 * Problems: `unknown-platform`, with the word that was probably meant.
 */
export function platformOf(os: string, architecture: string): Result<Platform> {
  if (!OPERATING_SYSTEMS.has(os)) return unknownWord("os", os, goosFor(os), "linux");
  if (!ARCHITECTURES.has(architecture)) return unknownWord("arch", architecture, goarchFor(architecture), "amd64");
  return succeed({ os, architecture });
}

export function printPlatform(platform: Platform & { readonly variant?: string | null }): string {
  const variant = platform.variant ? `/${platform.variant}` : "";
  return `${platform.os}/${platform.architecture}${variant}`;
}

/** The variants skopeo tries, in this order, after entries without one (containers/image `platform_matcher.go`). */
const VARIANTS_TRIED: ReadonlyMap<string, readonly string[]> = new Map([
  ["arm", ["v8", "v7", "v6", "v5"]],
  ["arm64", ["v8"]],
]);
const ZSTD_ANNOTATION = "io.github.containers.compression.zstd";

/**
 * The entry that skopeo takes for a platform: os and architecture as they are; no variant before the variants it tries;
 * entries of an OCI index without any platform last; among equals one that is annotated as zstd, else the first.
 * Problems: `platform-missing`, with the platforms that there are.
 */
export function chooseIndexEntry(
  index: ImageIndex,
  platform: Platform,
): Result<{ entry: IndexEntry; warnings: readonly string[] }> {
  const ranked = index.entries.flatMap((entry) => {
    const rank = rankOf(entry, index.format, platform);
    return rank === null ? [] : [{ entry, rank }];
  });
  const bestRank = Math.min(...ranked.map(({ rank }) => rank));
  const equals = ranked.filter(({ rank }) => rank === bestRank).map(({ entry }) => entry);
  const [first] = equals;
  if (first === undefined) return missing(index, platform);
  const entry = (index.format === "oci" ? equals.find(isZstd) : undefined) ?? first;
  if (entry === first) return succeed({ entry, warnings: [] });
  const warning = `the index has a gzip and a zstd image for ${printPlatform(platform)}: skopeo before 1.12 takes the gzip one, 1.12 and 1.13 fail, and later ones take the zstd one, whose hash this is`;
  return succeed({ entry, warnings: [warning] });
}

/** How late skopeo comes to an entry, 0 first; null when it never does. */
function rankOf({ platform }: IndexEntry, format: "oci" | "docker", wanted: Platform): number | null {
  const variants = [null, ...(VARIANTS_TRIED.get(wanted.architecture) ?? [])];
  if (platform === null) return format === "oci" ? variants.length : null;
  if (platform.os !== wanted.os || platform.architecture !== wanted.architecture) return null;
  const rank = variants.indexOf(platform.variant);
  return rank < 0 ? null : rank;
}

function isZstd(entry: IndexEntry): boolean {
  return entry.annotations[ZSTD_ANNOTATION] === "true";
}

function missing(index: ImageIndex, platform: Platform): { ok: false; problem: Problem } {
  const platforms = index.entries.flatMap((entry) =>
    entry.platform === null || entry.platform.os === "unknown" ? [] : [printPlatform(entry.platform)],
  );
  const offered = platforms.length === 0 ? "lists none" : `has ${printable([...new Set(platforms)].join(", "), 300)}`;
  const what = `The image has no ${printPlatform(platform)} variant`;
  return fail("platform-missing", `${what}: its index ${offered}; choose another os and arch, or another tag.`);
}

function goosFor(word: string): string | null {
  const lower = word.toLowerCase();
  return GOOS_OF.get(lower) ?? (OPERATING_SYSTEMS.has(lower) ? lower : null);
}

/** The GOARCH that is meant by another word for a processor, or by a Nix system such as aarch64-linux; null for none. */
export function goarchFor(word: string): string | null {
  const lower = word.toLowerCase().replace(/-(?:linux|darwin)$/, "");
  return GOARCH_OF.get(lower) ?? (ARCHITECTURES.has(lower) ? lower : null);
}

function unknownWord(attribute: string, word: string, meant: string | null, example: string) {
  const shown = printable(word, 60);
  const system = attribute === "os" ? "an operating system (GOOS)" : "a processor (GOARCH)";
  const advice = meant === null ? `write a word such as "${example}"` : `write "${meant}"`;
  return fail("unknown-platform", `${attribute} "${shown}" is not a registry's word for ${system}; ${advice}.`);
}
