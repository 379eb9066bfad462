import { CodedError } from "../base/errors.ts";
import { printable } from "../base/printable.ts";
import { isLoopback } from "./address.ts";

/** Where the API of a registry is reached. */
export interface Endpoint {
  /** As the user names it: `docker.io`, or the host of an endpoint that stands in for it. */
  readonly registry: string;
  /** What credentials are looked up for: never those of `registry` when another host stands in for it. */
  readonly credentialHost: string;
  /** Ends with `/`; `v2/` follows. */
  readonly base: URL;
  readonly tlsVerify: boolean;
  /** Hosts of token services that may have the credentials because the user says so. */
  readonly trustedAuthRealms: readonly string[];
  /** The registry whose answer led here; absent for what the user named. */
  readonly sentFrom?: Endpoint;
}

/** What the user says of an endpoint. */
export interface EndpointWishes {
  /** Answers for the registry instead: its path comes before `/v2/`; `http:` only because the user wrote so. */
  readonly url?: URL;
  readonly tlsVerify: boolean;
  readonly trustedAuthRealms?: readonly string[];
}

/**
 * The endpoint of a registry, by https, or as the user wishes.
 * Docker Hub's API is at `registry-1.docker.io` (containers/image `docker_client.go`).
 * Throws `malformed-reference` for a host that no URL can have.
 */
export function endpointOf(registry: string, wishes: EndpointWishes): Endpoint {
  const { url: mapped, tlsVerify, trustedAuthRealms = [] } = wishes;
  const trust = { tlsVerify, trustedAuthRealms };
  if (mapped !== undefined) return { registry, credentialHost: mapped.host, base: folder(mapped), ...trust };
  const host = registry === "docker.io" ? "registry-1.docker.io" : registry;
  const url = `https://${host}/`;
  if (!URL.canParse(url)) {
    // Names allow more than URLs do: ports above 65535, addresses such as 1.2.3.999.
    const message = `"${printable(registry, 100)}" is not a host that can be reached; check the image's name.`;
    throw new CodedError("malformed-reference", message);
  }
  return { registry, credentialHost: registry, base: new URL(url), ...trust };
}

/** The same endpoint by plain http, which skopeo falls back to when TLS verification is off. */
export function plainEndpoint(endpoint: Endpoint): Endpoint {
  const base = new URL(endpoint.base);
  base.protocol = "http:";
  return { ...endpoint, base };
}

/** Whether a URL is of the very origin that the user named, and not one that an answer led to. */
export function isNamedOrigin(url: URL, endpoint: Endpoint): boolean {
  return url.origin === namedEndpoint(endpoint).base.origin;
}

/** The endpoint that the user named, whose answers led to this one. */
export function namedEndpoint(endpoint: Endpoint): Endpoint {
  return endpoint.sentFrom === undefined ? endpoint : namedEndpoint(endpoint.sentFrom);
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
