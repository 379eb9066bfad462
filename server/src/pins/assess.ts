import { fail, type Problem, type Result, succeed } from "../base/errors.ts";
import { isPlaceholderHash, parseHash } from "../nix/hash-encoding.ts";
import type { Pin } from "../nix/pin.ts";
import { type Digest, parseDigest } from "../oci/digest.ts";
import { parseReference, parseRepository, parseTag, type Repository } from "../oci/reference.ts";
import { assessManifestPin } from "./assess-manifest.ts";
import {
  type Assessment,
  computed,
  incomplete,
  knownValue,
  type PinnedImage,
  type PinSettings,
  unchecked,
  unreadable,
} from "./assessment.ts";
import { platformOfPin } from "./platform.ts";
import { combineAssessments } from "./variants.ts";

export type { Assessment, PinnedImage, PinSettings } from "./assessment.ts";

/** Problems that make a pin meaningless to Nix: there is no digest to compare. */
const BROKEN = new Set<Problem["code"]>(["syntax-error", "duplicate-attribute", "hash-attribute-conflict"]);

/** Problems that an update mends by writing the value anew. */
const MENDED_BY_UPDATE = new Set<Problem["code"]>([
  "malformed-digest",
  "malformed-hash",
  "unsupported-digest-algorithm",
]);

/**
 * Says what is missing, malformed or computed in a pin.
 * Defaults are those of nixpkgs' `pullImage`: the final name is the image name, the final tag is "latest".
 */
export function assessPin(pin: Pin, settings: PinSettings): Assessment {
  if (pin.ignored) {
    const problem = { code: "pin-ignored", message: 'A "dockpin: ignore" comment leaves this pin alone.' } as const;
    return { pin, status: "ignored", problem, image: null, obstacle: problem, variants: [] };
  }
  if (pin.variants.length > 0) {
    return combineAssessments(
      pin,
      pin.variants.map((variant) => assessPin(variant, settings)),
    );
  }
  const broken = pin.problems.find((problem) => BROKEN.has(problem.code));
  if (broken !== undefined) return computed(pin, broken, null);
  if (pin.callee === "nix2container.pullImageFromManifest") return assessManifestPin(pin, settings);

  const unread = findUnreadable(pin);
  if (unread !== null) return computed(pin, unread, null);
  const described = describe(pin, settings);
  if (!described.ok) return incomplete(pin, described.problem, null, described.problem);
  const { image, missing } = described.value;
  const obstacle = pin.problems.find(({ code }) => !MENDED_BY_UPDATE.has(code)) ?? findUnreadableForHash(pin);
  if (obstacle !== null) return computed(pin, obstacle, image);
  if (missing !== null) return incomplete(pin, missing, image, null);
  return unchecked(pin, image);
}

/** The first value without which the digest and the tag can't be compared. */
function findUnreadable(pin: Pin): Problem | null {
  return (
    unreadable("imageName", pin.imageName) ??
    unreadable("imageDigest", pin.imageDigest) ??
    // Comparing with "latest" would be a guess when the pin does name a tag.
    (pin.followedTag.from === "default" ? unreadable("finalImageTag", pin.finalImageTag) : null)
  );
}

/** The first value without which the hash can't be compared or computed. */
function findUnreadableForHash(pin: Pin): Problem | null {
  return (
    unreadable(pin.hashAttribute ?? "hash", pin.hash) ??
    unreadable("finalImageName", pin.finalImageName) ??
    unreadable("finalImageTag", pin.finalImageTag) ??
    (pin.platformDirective === null ? (unreadable("os", pin.os) ?? unreadable("arch", pin.arch)) : null)
  );
}

/** The image, and the first thing that an update would fill in. Problems: what only the user can mend. */
function describe(pin: Pin, settings: PinSettings): Result<{ image: PinnedImage; missing: Problem | null }> {
  const repository = readImageName(pin);
  if (!repository.ok) return repository;
  const tag = parseTag(pin.followedTag.tag);
  if (!tag.ok) return tag;
  const platform = platformOfPin(pin, settings.platform);
  if (!platform.ok) return platform;
  const digest = readDigest(pin);
  const hash = readHash(pin);
  return succeed({
    image: {
      target: {
        repository: repository.value,
        tlsVerify: settings.tlsVerify && knownValue(pin.tlsVerify) !== "false",
      },
      tag: tag.value,
      digest: digest.ok ? digest.value : null,
      hash: hash.ok ? hash.value : null,
      format: pin.callee === "nix2container.pullImage" ? "nix2container" : "docker-archive",
      manifest: null,
      platform: platform.value.platform,
      platformStated: platform.value.stated,
      archStated: platform.value.archStated,
      finalImageName: knownValue(pin.finalImageName) ?? knownValue(pin.imageName) ?? "",
      finalImageTag: knownValue(pin.finalImageTag) ?? "latest",
    },
    missing: digest.ok ? (hash.ok ? null : hash.problem) : digest.problem,
  });
}

function readImageName(pin: Pin): Result<Repository> {
  const text = knownValue(pin.imageName);
  if (text === null || text === "") {
    return fail("malformed-reference", "imageName is missing; name the repository that the image comes from.");
  }
  const repository = parseRepository(text);
  if (repository.ok) return repository;
  const reference = parseReference(text);
  if (!reference.ok || (reference.value.tag === null && reference.value.digest === null)) return repository;
  const { tag } = reference.value;
  const advice =
    tag === null
      ? "move the digest to imageDigest"
      : `move the tag to finalImageTag, or to a comment "# dockpin: tag=${tag}"`;
  return fail("malformed-reference", `imageName has a ${tag === null ? "digest" : "tag"} in it; ${advice}.`);
}

function readDigest(pin: Pin): Result<Digest> {
  const text = knownValue(pin.imageDigest);
  if (text === null || text === "") return fail("missing-digest", 'imageDigest is missing; "dockpin update" adds it.');
  return parseDigest(text);
}

function readHash(pin: Pin): Result<Digest | null> {
  if (pin.hash.state === "unknown") return succeed(null);
  const text = knownValue(pin.hash);
  if (text === null) return fail("missing-hash", 'The hash is missing; "dockpin update" adds it.');
  if (isPlaceholderHash(text))
    return fail("placeholder-hash", 'The hash is a placeholder; "dockpin update" fills it in.');
  const parsed = parseHash(text, pin.hashAttribute ?? "hash");
  return parsed.ok ? succeed(parsed.value.digest) : parsed;
}
