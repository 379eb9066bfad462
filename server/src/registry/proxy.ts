import { CodedError } from "../base/errors.ts";
import { printable } from "../base/printable.ts";
import { basicValue } from "./credentials.ts";
import { readNoProxy } from "./no-proxy.ts";

/** What an editor knows of the network, in the words of VS Code's `http.*` settings; it goes before the environment. */
export interface NetworkSettings {
  /** The proxy's URL; empty as if absent. */
  readonly proxy?: string;
  /** Hosts that are reached without it, as in `NO_PROXY`; empty as if absent. */
  readonly noProxy?: readonly string[];
  /** Whether the proxy's own certificate is verified; true when absent. */
  readonly proxyStrictSSL?: boolean;
  /** The value of `Proxy-Authorization`; empty as if absent. */
  readonly proxyAuthorization?: string;
}

export interface HttpProxy {
  /** By http or https, without credentials. */
  readonly url: URL;
  /** The value of `Proxy-Authorization`; null for none. */
  readonly authorization: string | null;
  /** What of `authorization` must not be shown. */
  readonly secrets: readonly string[];
  /** Whether its own certificate is verified. */
  readonly tlsVerify: boolean;
  /** Where the user named it. */
  readonly source: string;
}

/** The proxy that a URL is reached through; null without one. Throws `proxy-unsupported`. */
export type ProxySelection = (url: URL) => HttpProxy | null;

/**
 * Chooses proxies as Go does, which skopeo obeys (golang.org/x/net/http/httpproxy): `HTTPS_PROXY` for https and `HTTP_PROXY`
 * for http, upper case first, `NO_PROXY` as `readNoProxy` says; no `ALL_PROXY`. `HTTP_PROXY` is not obeyed in a CGI program,
 * where anyone sets it by a header. Settings go before the environment.
 */
export function selectProxies(
  environment: Readonly<Record<string, string | undefined>>,
  settings: NetworkSettings = {},
): ProxySelection {
  const variable = (name: string) => environment[name] || environment[name.toLowerCase()] || "";
  const isDirect = readNoProxy(settings.noProxy?.length ? settings.noProxy : variable("NO_PROXY").split(","));
  const named = (name: string): NamedProxy | null =>
    variable(name) === "" ? null : { text: variable(name), source: name };
  const set = settings.proxy ? { text: settings.proxy, source: "the setting http.proxy" } : null;
  const proxies: Readonly<Record<string, NamedProxy | null>> = {
    "https:": set ?? named("HTTPS_PROXY"),
    "http:": set ?? (environment["REQUEST_METHOD"] ? null : named("HTTP_PROXY")),
  };
  return (url) => {
    const proxy = proxies[url.protocol];
    return proxy == null || isDirect(url) ? null : readProxy(proxy, settings);
  };
}

interface NamedProxy {
  readonly text: string;
  readonly source: string;
}

function readProxy({ text, source }: NamedProxy, settings: NetworkSettings): HttpProxy {
  const trimmed = text.trim();
  const written = /^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed) ? trimmed : `http://${trimmed}`;
  const url = URL.canParse(written) ? new URL(written) : null;
  if (url === null || url.hostname === "") {
    throw unsupported(source, "what is named there is not the URL of a proxy");
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw unsupported(source, `proxies that speak ${printable(url.protocol.replace(":", ""), 20)} are not supported`);
  }
  const credentials = { username: decode(url.username), password: decode(url.password) };
  const basic = url.username === "" && url.password === "" ? null : basicValue(credentials);
  return {
    url: new URL(url.origin),
    authorization: settings.proxyAuthorization || (basic && `Basic ${basic}`),
    secrets: [credentials.password, url.password, basic ?? "", settings.proxyAuthorization ?? ""],
    tlsVerify: settings.proxyStrictSSL ?? true,
    source,
  };
}

/** Passwords are often written as they are, with `%` too. */
function decode(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (encoded) => Buffer.from(encoded.replaceAll("%", ""), "hex").toString());
}

function unsupported(source: string, why: string): CodedError {
  const message = `The proxy of ${source} cannot be used: ${why}; name one as http://HOST:PORT or https://HOST:PORT.`;
  return new CodedError("proxy-unsupported", message);
}
