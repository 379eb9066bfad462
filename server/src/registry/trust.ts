import { createHash } from "node:crypto";
import * as tls from "node:tls";
import { hostOf } from "./address.ts";
import type { Certificates } from "./certificates.ts";
import type { HostCertificates } from "./certs-d.ts";
import { type Endpoint, isNamedOrigin, namedEndpoint } from "./endpoint.ts";
import type { HttpProxy } from "./proxy.ts";
import { isAmongHosts, mayReceiveCredentials } from "./realm.ts";

/** What a TLS connection trusts, and shows of its own. */
export interface Trust {
  /** Tells what is trusted and shown: equal for connections that may be shared. */
  readonly key: string;
  /** Node's default where there is nothing to add to it. */
  readonly context: tls.SecureContext | undefined;
}

/** Of connections without TLS, and where there is nothing beside what Node trusts by itself. */
const noTrust: Trust = { key: "", context: undefined };

/** The trust of TLS connections, read when first needed. */
export interface TrustStore {
  /** For a proxy, if there is one. */
  ofProxy(proxy: HttpProxy | null): Promise<Trust>;
  /**
   * For a URL that is asked for on behalf of an endpoint. The client's certificate is that of the URL's own host; its
   * authorities too, and beside them those of the endpoint's registry when both belong to the same owner, because one
   * private authority mostly vouches for a registry, its token service and its storage. Rejects with `certificate-unreadable`.
   */
  of(url: URL, endpoint: Endpoint): Promise<Trust>;
  /** Has everything read again, after a certificate was refused. */
  forget(): void;
}

/** `authorities` are PEM and trusted everywhere, as are those that `certificates` say are shared. */
export function createTrustStore(authorities: readonly string[], certificates: Certificates | null): TrustStore {
  const known = new Map<string, Promise<Trust>>();
  const join = (key: string, read: () => Promise<Trust>): Promise<Trust> => {
    const reading = known.get(key) ?? read();
    known.set(key, reading);
    reading.catch(() => known.delete(key));
    return reading;
  };
  const everywhere = async () => [...authorities, ...((await certificates?.shared()) ?? [])];
  const shared = () => join("", async () => trustIn(await everywhere(), null));
  return {
    ofProxy: async (proxy) => (proxy?.url.protocol === "https:" ? shared() : noTrust),
    async of(url, endpoint) {
      if (url.protocol !== "https:") return noTrust;
      if (certificates === null) return shared();
      const holders = holdersFor(url, endpoint);
      const key = JSON.stringify([endpoint.tlsVerify, holders]);
      return join(key, async () => {
        const [own, ...others] = await Promise.all(holders.map((holder) => certificates.of(...holder)));
        const client = own?.client ?? null;
        // Who verifies nothing needs no authorities, of which a system has hundreds to read.
        if (!endpoint.tlsVerify) return trustIn([], client);
        const special = [own, ...others].flatMap((each) => each?.authorities ?? []);
        if (special.length === 0 && client === null) return shared();
        return trustIn([...special, ...(await everywhere())], client);
      });
    },
    forget: () => known.clear(),
  };
}

/** Whose certificates hold for a URL, as users name the hosts, and the registry that each answers for; its own first. */
function holdersFor(url: URL, endpoint: Endpoint): [host: string, registry: string][] {
  const named = namedEndpoint(endpoint);
  const registry: [string, string] = [named.credentialHost, named.registry];
  if (isNamedOrigin(url, endpoint)) return [registry];
  const own: [string, string] = [url.host, url.host];
  const belongs =
    isAmongHosts(url, named.trustedAuthRealms) || mayReceiveCredentials(hostOf(url), [hostOf(named.base)]);
  return belongs ? [own, registry] : [own];
}

function trustIn(authorities: readonly string[], client: HostCertificates["client"]): Trust {
  if (authorities.length === 0 && client === null) return noTrust;
  const all = [...defaultAuthorities(), ...authorities];
  // A list replaces Node's own; the same authority often comes from several sides.
  const ca = [...new Map(all.map((pem) => [pem.replace(/\s+/g, ""), pem])).values()];
  const key = createHash("sha256")
    .update(JSON.stringify([ca, client]))
    .digest("hex");
  // An intermediate authority may be trusted by itself, as in Go.
  return { key, context: tls.createSecureContext({ ca, allowPartialTrustChain: true, ...client }) };
}

/** What this Node trusts by itself, as it was started. */
function defaultAuthorities(): readonly string[] {
  const { getCACertificates } = tls as { readonly getCACertificates?: (type: "default") => readonly string[] };
  return getCACertificates?.("default") ?? tls.rootCertificates;
}
