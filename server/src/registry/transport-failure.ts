import { CodedError } from "../base/errors.ts";
import { printable } from "../base/printable.ts";
import { TransientFailure } from "./retry.ts";

const TIMEOUT_CODES = ["UND_ERR_CONNECT_TIMEOUT", "UND_ERR_HEADERS_TIMEOUT", "UND_ERR_BODY_TIMEOUT", "ETIMEDOUT"];

/** Words for the codes of OpenSSL's certificate checks, as Node names them. */
const CERTIFICATE_PROBLEMS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "has expired",
  CERT_NOT_YET_VALID: "is not valid yet",
  DEPTH_ZERO_SELF_SIGNED_CERT: "is self-signed",
  SELF_SIGNED_CERT_IN_CHAIN: "is signed by an unknown authority",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "is signed by an unknown authority",
  UNABLE_TO_GET_ISSUER_CERT: "is signed by an unknown authority",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "is signed by an unknown authority",
  CERT_UNTRUSTED: "is signed by an unknown authority",
  CERT_REVOKED: "is revoked",
  ERR_TLS_CERT_ALTNAME_INVALID: "is for another host name",
};

/** Words for the codes of failing connections. */
const CONNECTION_PROBLEMS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "the connection was refused",
  ECONNRESET: "the connection was reset",
  ENOTFOUND: "there is no such host",
  EAI_AGAIN: "its name could not be resolved",
  ENETUNREACH: "there is no network to it",
  EHOSTUNREACH: "there is no route to it",
  EPIPE: "the connection ended",
  UND_ERR_SOCKET: "the connection ended",
};

/**
 * What a failed connection, request or body means: `registry-timeout` and `registry-unreachable` are worth another try
 * (a `TransientFailure`), `registry-tls` and `registry-failed` are not.
 */
export function transportFailure(cause: unknown, url: URL): CodedError | TransientFailure {
  const host = url.host;
  const code = codeOf(cause);
  if (code in CERTIFICATE_PROBLEMS || isTlsCode(code)) return tlsFailure(cause, code, host);
  if (TIMEOUT_CODES.includes(code)) {
    const message = `${host} did not answer in time; check the network or try again later.`;
    return new TransientFailure(new CodedError("registry-timeout", message, { cause }), `${host} does not answer`);
  }
  if (isParserError(cause) || code === "UND_ERR_HEADERS_OVERFLOW") {
    return new CodedError(
      "registry-failed",
      `${host} answered with malformed HTTP; check the registry's name and port.`,
      {
        cause,
      },
    );
  }
  const why = CONNECTION_PROBLEMS[code] ?? printable(cause instanceof Error ? cause.message : String(cause));
  const message = `${host} could not be reached: ${why}; check the registry's name and the network.`;
  const error = new CodedError("registry-unreachable", message, { cause });
  return code === "ENOTFOUND" ? error : new TransientFailure(error, `${host} could not be reached`);
}

function tlsFailure(cause: unknown, code: string, host: string): CodedError {
  const problem = CERTIFICATE_PROBLEMS[code];
  const message =
    problem === undefined
      ? `${host} does not speak TLS as it should (${code}); if it only speaks http, set tlsVerify = false.`
      : `The certificate of ${host} ${problem}; correct it, trust its authority, or set tlsVerify = false.`;
  return new CodedError("registry-tls", message, { cause });
}

function isTlsCode(code: string): boolean {
  return code.startsWith("ERR_SSL_") || code.startsWith("ERR_TLS_") || code.startsWith("CERT_") || code === "EPROTO";
}

function codeOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  if (!(error instanceof Error)) return "";
  if ("code" in error && typeof error.code === "string") return error.code;
  return error.cause === undefined ? "" : codeOf(error.cause);
}

/** Not all of undici's have a code. */
function isParserError(error: unknown): boolean {
  return error instanceof Error && error.name === "HTTPParserError";
}
