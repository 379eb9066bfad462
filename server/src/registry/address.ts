import { isIP } from "node:net";

/** True for `localhost` and loopback addresses, as a URL writes host names. */
export function isLoopback(hostname: string): boolean {
  const host = withoutBrackets(hostname);
  return host === "localhost" || host.endsWith(".localhost") || /^127\./.test(ipv4(host)) || host === "::1";
}

/**
 * True for addresses that mean this machine or its link: what a registry elsewhere has no reason to send anyone to,
 * cloud metadata services included.
 */
export function isLocalOnly(hostname: string): boolean {
  const host = withoutBrackets(hostname);
  return (
    isLoopback(hostname) || /^(?:0\.|169\.254\.)/.test(ipv4(host)) || host === "::" || /^fe[89ab]/i.test(ipv6(host))
  );
}

export function isAddress(hostname: string): boolean {
  return isIP(withoutBrackets(hostname)) !== 0;
}

function ipv4(host: string): string {
  return isIP(host) === 4 ? host : mappedIpv4(host);
}

function ipv6(host: string): string {
  return isIP(host) === 6 ? host : "";
}

/** URLs write IPv4-mapped addresses as `::ffff:7f00:1`. */
function mappedIpv4(host: string): string {
  const [, high, low] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i.exec(host) ?? [];
  if (high === undefined || low === undefined) return "";
  const words = [high, low].map((word) => Number.parseInt(word, 16));
  return words.flatMap((word) => [word >> 8, word & 255]).join(".");
}

function withoutBrackets(hostname: string): string {
  return hostname.replace(/^\[|\]$/g, "");
}
