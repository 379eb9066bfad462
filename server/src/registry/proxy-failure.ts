import { CodedError } from "../base/errors.ts";
import type { HttpProxy } from "./proxy.ts";
import { TransientFailure } from "./retry.ts";
import { explainFailure } from "./transport-failure.ts";

/** What it means that a proxy could not be connected to, or ended the connection without an answer. */
export function proxyUnreachable(proxy: HttpProxy, cause: unknown): CodedError | TransientFailure {
  if (cause instanceof CodedError || cause instanceof TransientFailure) return cause;
  const { kind, why, mayPass } = explainFailure(cause);
  const advice = "check its address, or name the registry in NO_PROXY to do without it";
  const message = `${named(proxy)} could not be reached: ${kind === "certificate" ? `its certificate ${why}` : why}; ${advice}.`;
  const problem = new CodedError("proxy-unreachable", message, { cause });
  return mayPass ? new TransientFailure(problem, `the proxy ${proxy.url.host} could not be reached`) : problem;
}

/** What it means that a proxy answered with another status than it should. */
export function proxyRefusal(proxy: HttpProxy, status: number, target: string): CodedError | TransientFailure {
  // tinyproxy answers 401 to a wrong password.
  if (status === 407 || status === 401) return unauthorized(proxy, status);
  const message = `${named(proxy)} does not connect to ${target} (${status}); ask its operator, or name the host in NO_PROXY.`;
  const problem = new CodedError("proxy-refused", message);
  return status >= 500 ? new TransientFailure(problem, `the proxy ${proxy.url.host} answered ${status}`) : problem;
}

function unauthorized(proxy: HttpProxy, status: number): CodedError {
  const said = proxy.authorization === null ? "wants a user name and password" : "refused its user name and password";
  const advice = `write them into its URL, as ${proxy.url.protocol}//USER:PASSWORD@${proxy.url.host}`;
  return new CodedError("proxy-unauthorized", `${named(proxy)} ${said} (${status}); ${advice}.`);
}

function named({ url, source }: HttpProxy): string {
  return `The proxy ${url.origin} of ${source}`;
}
