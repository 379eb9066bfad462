import { CodedError } from "../base/errors.ts";
import { printable } from "../base/printable.ts";
import { isLoopback } from "./address.ts";
import type { RegistryTarget } from "./client.ts";

/** Where the API of a registry is reached. */
export interface Endpoint {
  /** As the user names it: `docker.io`, or the host of an endpoint that stands in for it. */
  readonly registry: string;
  /** What credentials are looked up for: never those of `registry` when another host stands in for it. */
  readonly credentialHost: string;
  /** Ends with `/`; `v2/` follows. */
  readonly base: URL;
  readonly tlsVerify: boolean;
}

/** User-visible registry to the URL that answers for it, such as a pull-through cache. */
export type EndpointMap = ReadonlyMap<string, URL>;

/**
 * The endpoint of a target by https, or as the user mapped it: `http:` only because the user wrote so, path prefix kept.
 * Docker Hub's API is at `registry-1.docker.io` (containers/image `docker_client.go`).
 * Throws `malformed-reference` for a host that no URL can have.
 */
export function endpointOf(target: RegistryTarget, endpoints: EndpointMap): Endpoint {
  const { tlsVerify } = target;
  const { registry } = target.repository;
  const mapped = endpoints.get(registry);
  if (mapped !== undefined) return { registry, credentialHost: mapped.host, base: folder(mapped), tlsVerify };
  const host = registry === "docker.io" ? "registry-1.docker.io" : registry;
  const url = `https://${host}/`;
  if (!URL.canParse(url)) {
    // Names allow more than URLs do: ports above 65535, addresses such as 1.2.3.999.
    const message = `"${printable(registry, 100)}" is not a host that can be reached; check the image's name.`;
    throw new CodedError("malformed-reference", message);
  }
  return { registry, credentialHost: registry, base: new URL(url), tlsVerify };
}

/** The same endpoint by plain http, which skopeo falls back to when TLS verification is off. */
export function plainEndpoint(endpoint: Endpoint): Endpoint {
  const base = new URL(endpoint.base);
  base.protocol = "http:";
  return { ...endpoint, base };
}

/** Credentials cross the network in the clear only to this machine. */
export function maySendCredentials(url: URL): boolean {
  return url.protocol === "https:" || isLoopback(url.hostname);
}

function folder(url: URL): URL {
  const base = new URL(url);
  if (!base.pathname.endsWith("/")) base.pathname += "/";
  base.search = "";
  base.hash = "";
  return base;
}
