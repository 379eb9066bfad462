import { X509Certificate } from "node:crypto";
import { CodedError } from "../base/errors.ts";

/** The certificates in PEM text, each again as PEM; null when one cannot be read or there are none. */
export function readCertificates(text: string): readonly string[] | null {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  try {
    return blocks.length === 0 ? null : blocks.map((block) => new X509Certificate(block).toString());
  } catch {
    // OpenSSL's reasons help nobody: the caller names the file.
    return null;
  }
}

/** Those in a file's text. Throws `certificate-unreadable` when there are none or one cannot be read. */
export function requireCertificates(path: string, text: string): readonly string[] {
  const found = readCertificates(text);
  if (found === null) throw unreadableCertificate(path, "holds no certificates in PEM that can be read");
  return found;
}

export function unreadableCertificate(path: string, why: string, cause?: unknown): CodedError {
  return new CodedError("certificate-unreadable", `${path} ${why}; correct or remove it.`, { cause });
}
