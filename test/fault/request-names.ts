import type { Digest } from "../../server/src/oci/digest.ts";
import type { RegistryContent } from "../support/registry/content.ts";
import type { RecordedRequest } from "../support/registry/server.ts";
import type { Row } from "./rows/row.ts";
import { PATH, TAG } from "./sample.ts";

/** Short names for requests, so that rows can be read. */
export interface RequestNames {
  /** By name, the path of what has one. */
  readonly paths: ReadonlyMap<string, string>;
  nameOf(request: Pick<RecordedRequest, "method" | "path"> & Partial<RecordedRequest>): string;
  describe(requests: readonly RecordedRequest[], sorted: boolean): string;
}

/** Names for what the repository holds: its tagged image, or the first of its tagged index. */
export function createNames(content: RegistryContent, row: Row): RequestNames {
  const paths = new Map(pathsOf(content));
  // The first name of equal paths counts.
  const byPath = new Map([...paths].reverse().map(([name, path]) => [path, name]));
  const nameOf: RequestNames["nameOf"] = ({ method, path, headers }) => {
    const url = new URL(path, "http://listener.invalid");
    const known = byPath.get(url.pathname);
    const range = headers?.range?.replace(/^bytes=/, "[").replace(/\d+/g, "…");
    const name = `${known ?? url.pathname}${queryOf(url, row)}${range === undefined ? "" : `${range}]`}`;
    const isFresh = headers?.["cache-control"] === "no-cache";
    return `${method === "GET" ? "" : `${method} `}${isFresh ? "fresh " : ""}${name}`;
  };
  return {
    paths,
    nameOf,
    describe(requests, sorted) {
      const lines = requests.map((request) => `${nameOf(request)} ${request.status ?? "-"}`);
      return (sorted ? lines.sort() : lines).join(", ");
    },
  };
}

function* pathsOf(content: RegistryContent): Generator<[string, string]> {
  yield ["ping", "/v2/"];
  yield ["token", "/token"];
  yield ["manifest", `/v2/${PATH}/manifests/${TAG}`];
  yield ["tags", `/v2/${PATH}/tags/list`];
  const repository = content.get(PATH);
  const digest = repository?.tags.get(TAG);
  if (repository === undefined || digest === undefined) return;
  yield ["manifest@", `/v2/${PATH}/manifests/${digest}`];
  const tagged = readManifest(repository.manifests.get(digest)?.bytes);
  for (const [index, child] of (tagged.manifests ?? []).entries()) {
    yield [`manifest@${index + 1}`, `/v2/${PATH}/manifests/${child.digest}`];
  }
  const first = tagged.manifests?.[0];
  const described = first === undefined ? tagged : readManifest(repository.manifests.get(first.digest)?.bytes);
  if (described.config) yield ["config", `/v2/${PATH}/blobs/${described.config.digest}`];
  for (const [index, layer] of (described.layers ?? []).entries()) {
    yield [index === 0 ? "layer" : `layer${index + 1}`, `/v2/${PATH}/blobs/${layer.digest}`];
  }
}

interface Described {
  readonly manifests?: { readonly digest: Digest }[];
  readonly config?: { readonly digest: Digest };
  readonly layers?: { readonly digest: Digest }[];
}

/** Of a manifest that rows made unreadable, nothing has a name. */
function readManifest(bytes: Uint8Array = new Uint8Array()): Described {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(bytes).toString());
    return typeof parsed === "object" && parsed !== null ? parsed : {};
  } catch {
    return {};
  }
}

function queryOf(url: URL, row: Row): string {
  if (url.pathname.endsWith("/token")) {
    const scopes = url.searchParams
      .getAll("scope")
      .map((scope) => (scope === `repository:${PATH}:pull` ? "pull" : scope));
    return scopes.length > 0 ? `(${scopes.join(" ")})` : "";
  }
  if (row.does === "tags") return url.search;
  return url.search === "" ? "" : "?…";
}
