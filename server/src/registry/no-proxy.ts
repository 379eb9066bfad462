import { BlockList, isIP } from "node:net";
import { domainToASCII } from "node:url";
import { hostOf, isAddress, isLoopback } from "./address.ts";

/** Whether a URL is reached without a proxy. */
export type NoProxy = (url: URL) => boolean;

interface Target {
  readonly host: string;
  readonly port: string;
}

type Rule = (target: Target) => boolean;

/**
 * Reads the entries of `NO_PROXY` as Go does, which skopeo obeys (golang.org/x/net/http/httpproxy): `*`; an address, a
 * network as `10.0.0.0/8`; `example.com` with its sub-domains, `.example.com` or `*.example.com` for those only; each but
 * networks with `:port` if it is for that port only. This machine is always reached without a proxy.
 */
export function readNoProxy(entries: readonly string[]): NoProxy {
  const rules = entries.flatMap((entry) => readEntry(entry.trim().toLowerCase()) ?? []);
  return (url) => {
    const host = hostOf(url);
    if (host === "localhost" || (isAddress(host) && isLoopback(host))) return true;
    const target = { host, port: url.port || (url.protocol === "https:" ? "443" : "80") };
    return rules.some((rule) => rule(target));
  };
}

function readEntry(entry: string): Rule | null {
  if (entry === "") return null;
  if (entry === "*") return () => true;
  const network = readNetwork(entry);
  if (network !== null) return ({ host }) => contains(network, host);
  const [, bracketed, plain, port = ""] = /^(?:\[([^[\]]*)\]|([^:[\]]*)):([^:]*)$/.exec(entry) ?? [];
  const name = bracketed ?? plain ?? entry;
  if (name === "") return null;
  const matchesPort = (target: Target) => port === "" || port === target.port;
  const address = readNetwork(`${name}/${isIP(name) === 4 ? 32 : 128}`);
  if (address !== null) return (target) => contains(address, target.host) && matchesPort(target);
  return domainRule(name, matchesPort);
}

function domainRule(name: string, matchesPort: Rule): Rule {
  const isForSubdomainsOnly = name.startsWith(".") || name.startsWith("*.");
  const written = name.replace(/^\*?\./, "");
  const domain = domainToASCII(written) || written;
  return (target) =>
    (target.host.endsWith(`.${domain}`) || (!isForSubdomainsOnly && target.host === domain)) && matchesPort(target);
}

function readNetwork(text: string): BlockList | null {
  const [, address = "", length = ""] = /^([^/]*)\/(\d{1,3})$/.exec(text) ?? [];
  const version = isIP(address);
  if (version === 0 || Number(length) > (version === 4 ? 32 : 128)) return null;
  const network = new BlockList();
  network.addSubnet(address, Number(length), version === 4 ? "ipv4" : "ipv6");
  return network;
}

function contains(network: BlockList, host: string): boolean {
  const version = isIP(host);
  return version !== 0 && network.check(host, version === 4 ? "ipv4" : "ipv6");
}
