import { fail, type Result } from "../base/errors.ts";
import type { Pin } from "../nix/pin.ts";
import { parseRepository, parseTag, type Repository } from "../oci/reference.ts";
import {
  type Assessment,
  computed,
  incomplete,
  knownValue,
  type PinSettings,
  unchecked,
  unreadable,
} from "./assessment.ts";
import { readManifestFile } from "./manifest-file.ts";
import { platformOfPin } from "./platform.ts";

/** What nix2container's releases and Docker call Docker Hub. */
const DOCKER_HUB_HOSTS: readonly string[] = ["registry-1.docker.io", "registry.hub.docker.com", "index.docker.io"];

/**
 * Says what is missing, malformed or computed in a pin of `pullImageFromManifest`: the manifest in its file is the pin, and
 * `imageName` is below `registryUrl`, which is Docker Hub unless given.
 */
export function assessManifestPin(pin: Pin, settings: PinSettings): Assessment {
  const unread =
    unreadable("imageName", pin.imageName) ??
    unreadable("registryUrl", pin.registryUrl) ??
    (pin.platformDirective === null ? (unreadable("os", pin.os) ?? unreadable("arch", pin.arch)) : null) ??
    pin.problems[0];
  if (unread !== undefined) return computed(pin, unread, null);
  if (pin.manifestFile === null) {
    const message = "The pin names no manifest file that can be read; give imageManifest a path.";
    return computed(pin, { code: "pin-computed", message }, null);
  }
  const repository = repositoryOf(pin);
  const tag = parseTag(pin.followedTag.tag);
  const platform = platformOfPin(pin, settings.platform);
  for (const result of [repository, tag, platform]) {
    if (!result.ok) return incomplete(pin, result.problem, null, result.problem);
  }
  if (!repository.ok || !tag.ok || !platform.ok) throw new TypeError("a problem was returned above");
  const manifest = readManifestFile(pin.manifestFile.text);
  const image = {
    target: {
      repository: repository.value,
      tlsVerify: settings.tlsVerify && knownValue(pin.tlsVerify) !== "false",
    },
    tag: tag.value,
    digest: manifest.ok ? manifest.value.digest : null,
    hash: manifest.ok ? manifest.value.digest : null,
    format: "manifest",
    manifest: manifest.ok ? manifest.value : null,
    platform: platform.value.platform,
    platformStated: platform.value.stated,
    archStated: platform.value.archStated,
    finalImageName: knownValue(pin.imageName) ?? "",
    finalImageTag: tag.value,
  } as const;
  return manifest.ok ? unchecked(pin, image) : incomplete(pin, manifest.problem, image, null);
}

function repositoryOf(pin: Pin): Result<Repository> {
  const name = knownValue(pin.imageName);
  if (name === null || name === "") {
    return fail("malformed-reference", "imageName is missing; name the repository that the image comes from.");
  }
  const host = knownValue(pin.registryUrl) ?? "docker.io";
  return parseRepository(`${DOCKER_HUB_HOSTS.includes(host) ? "docker.io" : host}/${name}`);
}
