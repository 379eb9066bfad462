import { BlockList, isIP } from "node:net";

/** How near an address is: this machine and its link, a network that strangers cannot reach, or the internet. */
export type Reach = "local" | "private" | "public";

/** From the nearest. */
const REACHES: readonly Reach[] = ["local", "private", "public"];

/** IANA's special-purpose registries; cloud metadata services are at link-local addresses. */
const LOCAL = blockList(["0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16"], ["::/96", "fe80::/10"]);
const LOOPBACK = blockList(["127.0.0.0/8"], ["::1/128"]);
/** Private, shared by a carrier's customers, for benchmarks, multicast and reserved. */
const PRIVATE = blockList(
  ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "192.0.0.0/24", "198.18.0.0/15", "224.0.0.0/3"],
  ["fc00::/7", "fec0::/10", "ff00::/8"],
);

/** The host of a URL, IPv6 addresses without their brackets. */
export function hostOf(url: URL): string {
  return withoutBrackets(url.hostname);
}

/** True for `localhost` and loopback addresses, as a URL writes host names. */
export function isLoopback(hostname: string): boolean {
  const host = withoutBrackets(hostname);
  return host === "localhost" || host.endsWith(".localhost") || isIn(LOOPBACK, host);
}

/**
 * True for addresses that mean this machine or its link: what a registry elsewhere has no reason to send anyone to,
 * cloud metadata services included.
 */
export function isLocalOnly(hostname: string): boolean {
  return isLoopback(hostname) || isIn(LOCAL, withoutBrackets(hostname));
}

export function isAddress(hostname: string): boolean {
  return isIP(withoutBrackets(hostname)) !== 0;
}

/** Of an address; IPv6 addresses that stand for IPv4 ones count as these. */
export function reachOf(address: string): Reach {
  if (isLocalOnly(address)) return "local";
  return isIn(PRIVATE, withoutBrackets(address)) ? "private" : "public";
}

/** Whether something `near` may not be named by who is only `asFarAs`. */
export function isNearer(near: Reach, asFarAs: Reach): boolean {
  return REACHES.indexOf(near) < REACHES.indexOf(asFarAs);
}

function blockList(ipv4: readonly string[], ipv6: readonly string[]): BlockList {
  const list = new BlockList();
  for (const [network, length] of ipv4.map(split)) {
    // Mapped addresses (::ffff:0:0/96) are checked as IPv4 by BlockList itself, those behind a NAT64 (RFC 6052) are not.
    list.addSubnet(network, length, "ipv4");
    list.addSubnet(`64:ff9b::${network}`, 96 + length, "ipv6");
  }
  for (const [network, length] of ipv6.map(split)) list.addSubnet(network, length, "ipv6");
  return list;
}

function split(network: string): [address: string, length: number] {
  const [address = "", length = ""] = network.split("/");
  return [address, Number(length)];
}

function isIn(list: BlockList, host: string): boolean {
  const version = isIP(host);
  return version !== 0 && list.check(host, version === 4 ? "ipv4" : "ipv6");
}

function withoutBrackets(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, "");
}
