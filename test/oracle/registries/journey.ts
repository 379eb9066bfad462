import { expect } from "vitest";
import { type Digest, digestOf } from "../../../server/src/oci/digest.ts";
import { parsed, type Workplace, workplace } from "../../cli/harness.ts";
import { addImage, addIndex, configFor, gzipLayer, plainLayer } from "../../support/images/image.ts";
import { type RegistryContent, type RepositoryContent, repositoryOf } from "../../support/registry/content.ts";
import { copyWithSkopeo } from "../../support/skopeo.ts";

export const PATH = "team/app";
const TAG = "1.0";
const ARM64 = { os: "linux", arch: "arm64" };

/** An index that the tag moved from, and the one that it points to now, each of two platforms. */
export interface MovedImage {
  readonly content: RegistryContent;
  readonly old: Digest;
  readonly current: Digest;
}

export function movedImage(path = PATH): MovedImage {
  const content: RegistryContent = new Map();
  const repository = repositoryOf(content, path);
  const old = addRelease(repository, "first");
  return { content, old, current: addRelease(repository, "second", TAG) };
}

function addRelease(repository: RepositoryContent, release: string, ...tags: string[]): Digest {
  const entries = ["linux/amd64", "linux/arm64"].map((platform) => {
    const layers = [`${release} for ${platform}\n`.repeat(2000), `the same in all releases for ${platform}\n`];
    const [first = "", second = ""] = layers;
    const image = { format: "oci", layers: [gzipLayer(first), plainLayer(second)] } as const;
    return { manifest: addImage(repository, { ...image, config: configFor(platform, layers) }), platform };
  });
  return addIndex(repository, { format: "oci", entries }, ...tags);
}

/** The SRI hash of the archive that skopeo makes of an image in a registry that is open and speaks http. */
export async function hashBySkopeo(plainHost: string, digest: Digest): Promise<string> {
  const source = `${plainHost}/${PATH}@${digest}`;
  const outcome = await copyWithSkopeo({ source, finalReference: `${PATH}:${TAG}`, platform: "linux/arm64" });
  if ("refusal" in outcome) throw new Error(outcome.refusal);
  return `sha256-${Buffer.from(outcome.archive.digest.slice("sha256:".length), "hex").toString("base64")}`;
}

/** How a user reaches a registry. */
export interface Route {
  /** In the image's name. */
  readonly registry: string;
  readonly options?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Beside the Nix file; `../home/` is the home folder. */
  readonly files?: Readonly<Record<string, string>>;
  /** More attributes of the pin, as Nix code. */
  readonly attributes?: string;
}

export interface Expected extends MovedImage {
  readonly oldHash: string;
  readonly currentHash: string;
}

/** A user's day: what is pinned, has it moved, take the new one, is it right; and the same for a new pin. */
export async function travel(route: Route, expected: Expected): Promise<void> {
  const { env, files, options = [] } = route;
  const place = await workplace(
    { "image.nix": pinOf(route, expected.old, expected.oldHash), ...files },
    { ...(env && { env }) },
  );
  const { dockpin } = place;

  const listed = await dockpin("list", "--json", "image.nix");
  expect(parsed(listed)).toMatchObject([
    { imageDigest: expected.old, hash: expected.oldHash, followedTag: TAG, ...ARM64 },
  ]);

  const stale = await dockpin("check", "--json", "image.nix", ...options);
  expect(stale).toMatchObject({ code: 1, stderr: "" });
  expect(parsed(stale)).toMatchObject({ pins: [{ status: "stale", newImageDigest: expected.current }] });

  expect(await dockpin("update", "--quiet", "image.nix", ...options)).toMatchObject({ code: 0, stderr: "" });
  expect(await place.read("image.nix")).toBe(pinOf(route, expected.current, expected.currentHash));

  const fresh = await dockpin("check", "--json", "image.nix", ...options);
  expect(parsed(fresh)).toMatchObject({ pins: [{ status: "fresh" }] });
  expect(fresh.code).toBe(0);

  const verified = await dockpin("verify", "--json", "image.nix", ...options);
  expect(parsed(verified)).toMatchObject({ pins: [{ status: "verified" }] });
  expect(verified.code).toBe(0);

  await prefetchAnew(place, route, expected);
}

async function prefetchAnew({ dockpin }: Workplace, route: Route, expected: Expected): Promise<void> {
  const image = [`${route.registry}/${PATH}`, TAG, "--final-image-name", PATH, "--os", ARM64.os, "--arch", ARM64.arch];
  const insecure = route.attributes?.includes("tlsVerify = false") ? ["--tls-verify=false"] : [];
  const prefetched = await dockpin("prefetch", "--json", "--quiet", ...image, ...insecure, ...(route.options ?? []));
  expect(prefetched).toMatchObject({ code: 0, stderr: "" });
  expect(parsed(prefetched)).toMatchObject({ imageDigest: expected.current, hash: expected.currentHash });
}

function pinOf({ registry, attributes = "" }: Route, digest: Digest, hash: string): string {
  return `{ dockerTools }:
dockerTools.pullImage {
  imageName = "${registry}/${PATH}";
  imageDigest = "${digest}";
  hash = "${hash}";
  finalImageName = "${PATH}";
  finalImageTag = "${TAG}";
  os = "${ARM64.os}";
  arch = "${ARM64.arch}";
  ${attributes}
}
`;
}

export function authOf({ username, password }: { readonly username: string; readonly password: string }): string {
  return Buffer.from(`${username}:${password}`).toString("base64");
}

/** A canary that stands in signed URLs. */
export const SIGNATURE = digestOf(Buffer.from("signature")).slice(-32);
