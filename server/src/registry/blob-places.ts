import { CodedError } from "../base/errors.ts";
import type { Descriptor } from "../oci/manifest.ts";
import type { Repository } from "../oci/reference.ts";
import type { BlobOptions, RequestOptions } from "./client.ts";
import { throwIfTransient } from "./failed-answer.ts";
import { objectionTo } from "./fetchable.ts";
import type { MirrorHealth } from "./mirrors.ts";
import { showUrl } from "./redact.ts";
import { sendFollowing } from "./redirect.ts";
import type { Source } from "./registry-rules.ts";
import type { Retries } from "./retry.ts";
import type { Session, SessionContext } from "./session.ts";
import type { HttpResponse } from "./transport.ts";

/** What gives a blob's bytes. */
export interface BlobServer {
  /** As messages name it. */
  readonly name: string;
  readonly origin: string;
  /** As the repository is named there. */
  readonly repository: Repository;
  readonly retries: Retries;
  /** Sends a request for the bytes, follows redirects, and gives the response of whatever status that another try can't mend. */
  get(headers: Readonly<Record<string, string>>, options: RequestOptions): Promise<HttpResponse>;
}

/** Where a blob may be had. */
export interface BlobPlace {
  /** Whether its failure is what counts when all places fail. */
  readonly isDecisive: boolean;
  open(options: RequestOptions): Promise<BlobServer>;
  /** Takes in a failure that another place may make up for, and gives it in a few words. */
  takeFailure(error: CodedError): string;
}

export type OpenSession = (source: Source, isMirror: boolean, options: RequestOptions) => Promise<Session>;

export interface BlobPlaces {
  readonly context: SessionContext;
  readonly mirrorContext: SessionContext;
  readonly openSession: OpenSession;
  readonly health: MirrorHealth;
}

/**
 * Where a blob of a repository may be had, best first: its mirrors, its registry, and for foreign layers the URLs of the
 * descriptor. Past all caches it is the registry's copy that is wanted, so mirrors are left out.
 */
export function blobPlaces(
  { primary, mirrors }: { readonly primary: Source; readonly mirrors: readonly Source[] },
  { digest, urls }: Descriptor,
  places: BlobPlaces,
  { fresh = false }: BlobOptions,
): BlobPlace[] {
  const { context, mirrorContext, openSession, health } = places;
  const cacheHeaders = fresh ? { "cache-control": "no-cache" } : {};
  const registryPlace = (source: Source, isMirror: boolean): BlobPlace => ({
    isDecisive: !isMirror,
    takeFailure: (error) => health.takeFailure(source, error),
    async open(options) {
      const session = await openSession(source, isMirror, options);
      const request = { method: "GET", repository: source.repository, resource: `blobs/${digest}` } as const;
      return {
        name: session.endpoint.registry,
        origin: session.endpoint.base.origin,
        repository: source.repository,
        retries: (isMirror ? mirrorContext : context).retries,
        get: (headers, requestOptions) =>
          session.send({ ...request, headers: { ...cacheHeaders, ...headers } }, requestOptions),
      };
    },
  });
  return [
    ...(fresh ? [] : health.usable(mirrors)).map((mirror) => registryPlace(mirror, true)),
    registryPlace(primary, false),
    ...urls.map((url) => urlPlace(url, primary, places)),
  ];
}

/** A URL that a manifest names for a foreign layer: asked without credentials, and only where a redirect might lead as well. */
function urlPlace(text: string, primary: Source, { context, openSession }: BlobPlaces): BlobPlace {
  return {
    isDecisive: false,
    takeFailure: ({ code }) => `${URL.canParse(text) ? new URL(text).host : "a URL"} (${code})`,
    async open(options) {
      const { endpoint } = await openSession(primary, false, options);
      const url = URL.canParse(text) ? new URL(text) : null;
      const objection = url === null ? "is not a URL" : objectionTo(url, endpoint.base, endpoint.base);
      if (url === null || objection !== null) {
        const shown = url === null ? "A URL" : showUrl(url);
        throw new CodedError(
          "redirect-refused",
          `${shown} that the manifest names for a layer ${objection}; push the image again.`,
        );
      }
      const elsewhere = {
        registry: url.host,
        credentialHost: url.host,
        base: new URL(url.origin),
        tlsVerify: endpoint.tlsVerify,
        trustedAuthRealms: [],
        sentFrom: endpoint,
      };
      return {
        name: url.host,
        origin: url.origin,
        repository: primary.repository,
        retries: context.retries,
        async get(headers, { signal }) {
          const request = { method: "GET", url, headers, endpoint: elsewhere } as const;
          const response = await sendFollowing(context.transport, request, signal);
          await throwIfTransient(response, url.host, context, signal);
          return response;
        },
      };
    },
  };
}
