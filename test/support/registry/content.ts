import { type Digest, digestOf } from "../../../server/src/oci/digest.ts";

export interface StoredManifest {
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

/** What one repository of a registry holds. */
export interface RepositoryContent {
  readonly blobs: Map<Digest, Uint8Array>;
  readonly manifests: Map<Digest, StoredManifest>;
  readonly tags: Map<string, Digest>;
}

/** What a registry holds, by repository path (`library/alpine`). */
export type RegistryContent = Map<string, RepositoryContent>;

export function repositoryOf(content: RegistryContent, path: string): RepositoryContent {
  let repository = content.get(path);
  if (repository === undefined) {
    repository = { blobs: new Map(), manifests: new Map(), tags: new Map() };
    content.set(path, repository);
  }
  return repository;
}

export function addBlob(repository: RepositoryContent, bytes: Uint8Array): Digest {
  const digest = digestOf(bytes);
  repository.blobs.set(digest, bytes);
  return digest;
}

export function addManifest(repository: RepositoryContent, manifest: StoredManifest, ...tags: string[]): Digest {
  const digest = digestOf(manifest.bytes);
  repository.manifests.set(digest, manifest);
  for (const tag of tags) repository.tags.set(tag, digest);
  return digest;
}

/** The digests of the layers of the image that a tag points to; it must be one of a single platform. */
export function layersOf(content: RegistryContent, path: string, tag: string): Digest[] {
  const repository = content.get(path);
  const digest = repository?.tags.get(tag);
  const manifest = digest === undefined ? undefined : repository?.manifests.get(digest);
  if (manifest === undefined) throw new Error(`${path} has no tag ${tag}`);
  const { layers } = JSON.parse(Buffer.from(manifest.bytes).toString()) as { layers: { digest: Digest }[] };
  return layers.map((layer) => layer.digest);
}
