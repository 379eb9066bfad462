import { Agent, type Dispatcher, request } from "undici";
import type { Digest } from "../../server/src/oci/digest.ts";
import type { RegistryContent, RepositoryContent, StoredManifest } from "./registry/content.ts";

export interface PushOptions {
  readonly credentials?: { readonly username: string; readonly password: string };
  /** A Bearer token instead. */
  readonly token?: string;
  /** PEM of the certificate to trust; the registry is spoken to by https when given. */
  readonly ca?: string;
}

/** Uploads everything that `content` holds by the HTTP API: blobs first, then manifests, then what lists them. */
export async function pushContent(host: string, content: RegistryContent, options: PushOptions = {}): Promise<void> {
  const dispatcher = new Agent(options.ca === undefined ? {} : { connect: { ca: options.ca } });
  const origin = `${options.ca === undefined ? "http" : "https"}://${host}`;
  const authorization = authorizationOf(options);
  const upload: Upload = async (method, url, mediaType, body) => {
    const headers = { "content-type": mediaType, ...(authorization && { authorization }) };
    const response = await request(new URL(url, origin), { method, headers, body, dispatcher });
    const text = await response.body.text();
    if (response.statusCode >= 300) throw new Error(`${method} ${url}: ${response.statusCode} ${text}`);
    return String(response.headers["location"] ?? "");
  };
  try {
    for (const [path, repository] of content) await pushRepository(upload, path, repository);
  } finally {
    await dispatcher.close();
  }
}

function authorizationOf({ credentials, token }: PushOptions): string | undefined {
  if (token !== undefined) return `Bearer ${token}`;
  return credentials && `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString("base64")}`;
}

type Upload = (method: Dispatcher.HttpMethod, url: string, mediaType: string, body: Uint8Array) => Promise<string>;

async function pushRepository(upload: Upload, path: string, repository: RepositoryContent): Promise<void> {
  for (const [digest, bytes] of repository.blobs) {
    const session = await upload("POST", `/v2/${path}/blobs/uploads/`, "application/octet-stream", new Uint8Array());
    const separator = session.includes("?") ? "&" : "?";
    await upload("PUT", `${session}${separator}digest=${digest}`, "application/octet-stream", bytes);
  }
  const manifests = [...repository.manifests].sort(([, a], [, b]) => Number(isIndex(a)) - Number(isIndex(b)));
  for (const [digest, manifest] of manifests) await pushManifest(upload, path, digest, manifest);
  for (const [tag, digest] of repository.tags) {
    const manifest = repository.manifests.get(digest);
    if (manifest === undefined) throw new Error(`${path}:${tag} points to ${digest}, which is not in the content`);
    await pushManifest(upload, path, tag, manifest);
  }
}

async function pushManifest(upload: Upload, path: string, reference: Digest | string, manifest: StoredManifest) {
  await upload("PUT", `/v2/${path}/manifests/${reference}`, manifest.mediaType, manifest.bytes);
}

function isIndex(manifest: StoredManifest): boolean {
  return manifest.mediaType.includes("index") || manifest.mediaType.includes("manifest.list");
}
