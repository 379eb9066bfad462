import { basicValue } from "../../server/src/registry/credentials.ts";
import type { RecordedRequest } from "../support/registry/server.ts";

/** Secrets say so themselves, so that they are recognised wherever they turn up. */
export const ACCOUNT = { username: "robot$reader", password: "canary-password" };
export const OLD_ACCOUNT = { username: "robot$reader", password: "canary-outdated" };
export const IDENTITY_TOKEN = "canary-identity";
export const TOKEN_NAME = "canary-token";
/** Of the signed URLs that lead to `cdn`. */
export const SIGNATURE = "canary-signature";
export const PROXY_ACCOUNT = { username: "proxy-user", password: "canary-proxy" };

export type Secret = "account" | "identity" | "token" | "signature" | "proxy";

/** What each secret may look like. */
const FORMS: Readonly<Record<Secret, readonly string[]>> = {
  account: [ACCOUNT, OLD_ACCOUNT].flatMap((account) => [account.password, basicValue(account)]),
  identity: withBase64(IDENTITY_TOKEN),
  token: [TOKEN_NAME],
  signature: withBase64(SIGNATURE),
  proxy: [PROXY_ACCOUNT.password, basicValue(PROXY_ACCOUNT)],
};

/** The secrets that a text gives away. */
export function secretsIn(text: string): Secret[] {
  return (Object.keys(FORMS) as Secret[]).filter((secret) => FORMS[secret].some((form) => text.includes(form)));
}

/** The secrets that a request carries, in whatever part of it. */
export function secretsOfRequests(requests: readonly RecordedRequest[]): Secret[] {
  return secretsIn(JSON.stringify(requests));
}

function withBase64(secret: string): string[] {
  return [secret, Buffer.from(secret).toString("base64")];
}
