import { CodedError } from "../base/errors.ts";
import { printable } from "../base/printable.ts";
import { TransientFailure } from "./retry.ts";

const TIMEOUT_CODES = ["UND_ERR_CONNECT_TIMEOUT", "UND_ERR_HEADERS_TIMEOUT", "UND_ERR_BODY_TIMEOUT", "ETIMEDOUT"];

/** Too many headers, or lengths that contradict each other. */
const MALFORMED_CODES = ["UND_ERR_HEADERS_OVERFLOW", "UND_ERR_RES_CONTENT_LENGTH_MISMATCH"];

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

/** What OpenSSL makes of a server's refusal of the client's certificate, or of none (RFC 8446, section 6.2). */
const CLIENT_CERTIFICATE_REFUSALS: Readonly<Record<string, string>> = {
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: "wants a certificate of yours",
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: "wants a certificate of yours, and refused the one that it got or none",
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: "wants a certificate of yours, and does not trust who issued the one that it got",
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: "wants a certificate of yours, and refused the one that it got",
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: "wants a certificate of yours, and the one that it got has expired",
};

/** Those that trusting another authority mends. */
const UNKNOWN_AUTHORITY = [
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "CERT_UNTRUSTED",
];

/** What connecting by IPv6 gives where there is only IPv4. */
const NO_WAY_TO = ["ENETUNREACH", "EHOSTUNREACH", "EADDRNOTAVAIL"];

/** Words for the codes of failing connections. */
const CONNECTION_PROBLEMS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "the connection was refused",
  ECONNRESET: "the connection was reset",
  ENOTFOUND: "there is no such host",
  EAI_AGAIN: "its name could not be resolved",
  ENETUNREACH: "there is no network to it",
  EHOSTUNREACH: "there is no route to it",
  EADDRNOTAVAIL: "there is no network to it",
  EPIPE: "the connection ended",
  UND_ERR_SOCKET: "the connection ended",
};

/**
 * What a failed connection, request or body means: `registry-timeout` and `registry-unreachable` are worth another try
 * (a `TransientFailure`), `registry-tls` and `registry-failed` are not. What is known already stays as it is.
 */
export function transportFailure(cause: unknown, url: URL): CodedError | TransientFailure {
  if (cause instanceof CodedError || cause instanceof TransientFailure) return cause;
  const { host } = url;
  const { kind, why, mayPass } = explainFailure(cause);
  if (kind === "timeout") {
    const message = `${host} did not answer in time; check the network or try again later.`;
    return new TransientFailure(new CodedError("registry-timeout", message, { cause }), `${host} does not answer`);
  }
  if (kind === "certificate") return tlsFailure(host, `The certificate of ${host} ${why}`, codeOf(cause), cause);
  if (kind === "client-certificate") {
    const message = `${host} ${why}; put it into certs.d/${host}/client.cert and its key into client.key beside it.`;
    return new CodedError("registry-tls", message, { cause });
  }
  if (kind === "tls") {
    const message = `${host} does not speak TLS as it should (${why}); if it only speaks http, set tlsVerify = false.`;
    return new CodedError("registry-tls", message, { cause });
  }
  if (kind === "protocol") {
    const message = `${host} answered with malformed HTTP; check the registry's name and port.`;
    return new CodedError("registry-failed", message, { cause });
  }
  const message = `${host} could not be reached: ${why}; check the registry's name and the network.`;
  const error = new CodedError("registry-unreachable", message, { cause });
  return mayPass ? new TransientFailure(error, `${host} could not be reached`) : error;
}

export interface FailureExplanation {
  readonly kind: "connection" | "timeout" | "certificate" | "client-certificate" | "tls" | "protocol";
  /** In words; what follows the certificate's name where it is about one. */
  readonly why: string;
  /** Whether another try may mend it. */
  readonly mayPass: boolean;
}

export function explainFailure(cause: unknown): FailureExplanation {
  const code = codeOf(cause);
  const certificateProblem = CERTIFICATE_PROBLEMS[code];
  if (certificateProblem !== undefined) return { kind: "certificate", why: certificateProblem, mayPass: false };
  const clientProblem = CLIENT_CERTIFICATE_REFUSALS[code];
  if (clientProblem !== undefined) return { kind: "client-certificate", why: clientProblem, mayPass: false };
  if (isTlsCode(code)) return { kind: "tls", why: code, mayPass: false };
  if (TIMEOUT_CODES.includes(code)) return { kind: "timeout", why: "it did not answer in time", mayPass: true };
  if (isParserError(cause) || MALFORMED_CODES.includes(code)) {
    return { kind: "protocol", why: "it answered with malformed HTTP", mayPass: false };
  }
  const why = CONNECTION_PROBLEMS[code] ?? printable(cause instanceof Error ? cause.message : String(cause));
  return { kind: "connection", why, mayPass: code !== "ENOTFOUND" };
}

/** Says how to trust a certificate that is in order but for its authority, as people mostly have it on their own networks. */
function tlsFailure(host: string, what: string, code: string, cause: unknown): CodedError {
  const advice = UNKNOWN_AUTHORITY.includes(code)
    ? `put its authority into the file of SSL_CERT_FILE, into certs.d/${host}/ca.crt or into the editor's setting certificateAuthority, or set tlsVerify = false`
    : "have it renewed, or set tlsVerify = false";
  return new CodedError("registry-tls", `${what}; ${advice}.`, { cause });
}

function isTlsCode(code: string): boolean {
  return code.startsWith("ERR_SSL_") || code.startsWith("ERR_TLS_") || code.startsWith("CERT_") || code === "EPROTO";
}

function codeOf(error: unknown): string {
  // Of all the addresses that were tried, one that the network leads to says more than one that it does not.
  if (error instanceof AggregateError && error.errors.length > 0) {
    const codes = error.errors.map(codeOf);
    return codes.find((code) => !NO_WAY_TO.includes(code)) ?? codes[0] ?? "";
  }
  if (!(error instanceof Error)) return "";
  if ("code" in error && typeof error.code === "string") return error.code;
  return error.cause === undefined ? "" : codeOf(error.cause);
}

/** Not all of undici's have a code. */
function isParserError(error: unknown): boolean {
  return error instanceof Error && error.name === "HTTPParserError";
}
