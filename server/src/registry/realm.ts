import { isAddress } from "./address.ts";

/** Token services that are known to belong to the registries under a domain. */
const KNOWN_REALMS: readonly { readonly registries: string; readonly realmHost: string }[] = [
  { registries: "pkg.dev", realmHost: "oauth2.googleapis.com" },
  { registries: "azurecr.io", realmHost: "login.microsoftonline.com" },
];

/** Domains under which different owners have registries: siblings there are strangers. */
const SHARED_DOMAINS = ["azurecr.io", "pkg.dev", "amazonaws.com", "on.aws", "run.app", "github.io", "fly.dev"];

/**
 * Whether the credentials of a registry may go to a realm: the same host, a sub-domain or parent domain, a sibling under
 * the same owner's domain, or a known pair. Other realms are asked anonymously (CVE-2026-48978 is what else happens).
 * There is no public-suffix list here: the owner's domain is taken to be the last two labels, or three where the last
 * two look like a public suffix (`co.uk`), and never a domain where strangers have registries.
 */
export function mayReceiveCredentials(realmHost: string, registryHosts: readonly string[]): boolean {
  return registryHosts.some((registryHost) => belongsTogether(realmHost, registryHost));
}

/** Whether a URL's host is among those that the user says belong to a registry, each with its port or for any port. */
export function isAmongHosts({ host, hostname }: URL, hosts: readonly string[]): boolean {
  return hosts.some((each) => [host, hostname].includes(each.toLowerCase()));
}

function belongsTogether(realmHost: string, registryHost: string): boolean {
  if (realmHost === registryHost) return true;
  if (isAddress(realmHost) || isAddress(registryHost)) return false;
  if (KNOWN_REALMS.some((known) => realmHost === known.realmHost && isUnder(registryHost, known.registries)))
    return true;
  const owner = ownerDomain(registryHost);
  return owner !== null && (realmHost === owner || isUnder(realmHost, owner));
}

function ownerDomain(host: string): string | null {
  const labels = host.split(".");
  const shared = SHARED_DOMAINS.find((domain) => host === domain || isUnder(host, domain));
  if (shared !== undefined) return host === shared ? null : host;
  const [second = "", top = ""] = labels.slice(-2);
  const size = top.length === 2 && second.length <= 3 && labels.length > 2 ? 3 : 2;
  return labels.length >= size && labels.length > 1 ? labels.slice(-size).join(".") : null;
}

function isUnder(host: string, domain: string): boolean {
  return host.endsWith(`.${domain}`);
}
