import { isLocalOnly } from "./address.ts";

/**
 * Why a URL that a server sent must not be asked for, as the end of a sentence about it; null when it may be. Only http(s),
 * plain http only where `sender`, the URL whose answer named it, is plain itself, and nothing on this machine or its link
 * unless the `registry` is there as well. The addresses that host names turn out to have are checked when they are connected
 * to (`connections.ts`).
 */
export function objectionTo(url: URL, sender: URL, registry: URL): string | null {
  if (url.protocol !== "https:" && url.protocol !== "http:") return `is a ${url.protocol} URL`;
  if (url.protocol === "http:" && sender.protocol === "https:") return "is not encrypted";
  if (url.username !== "" || url.password !== "") return "has a user name";
  if (isLocalOnly(url.hostname) && !isLocalOnly(registry.hostname)) return "is an address of this machine";
  return null;
}
