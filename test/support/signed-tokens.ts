import { randomUUID, sign } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { createCertificate } from "./certificate.ts";
import type { TrustedTokenService } from "./docker-registry.ts";

export interface SignedTokenServiceOptions {
  /** Who gets tokens; anyone when absent. */
  readonly account?: { readonly username: string; readonly password: string };
  /** May be exchanged for tokens by the OAuth2 refresh grant. */
  readonly identityToken?: string;
}

/** A token service as a real registry trusts it. */
export interface SignedTokenService {
  /** For the configuration of `docker-registry`. */
  readonly trust: TrustedTokenService;
  /** Method and query of each request, in the order of arrival. */
  readonly requests: readonly { readonly method: string; readonly query: URLSearchParams }[];
  /** A token for these scopes: `repository:PATH:ACTION,ACTION`. */
  issue(scopes: readonly string[]): string;
  close(): Promise<void>;
}

const SERVICE = "docker-registry";
const ISSUER = "token service of the tests";
const LIFETIME_SECONDS = 300;

/**
 * Starts a token service with a key of its own on a free loopback port: JSON Web Tokens signed by ES256, the certificate in
 * `x5c` (docker token specification, "jwt").
 */
export async function startSignedTokenService(options: SignedTokenServiceOptions = {}): Promise<SignedTokenService> {
  const { key, cert } = createCertificate({ hosts: ["token.example"] });
  const requests: { method: string; query: URLSearchParams }[] = [];
  const issue = (scopes: readonly string[]) => signToken(scopes, { key, cert });

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const { method = "GET" } = request;
    const query = new URL(request.url ?? "/", "http://token.example").searchParams;
    const form = new URLSearchParams(await text(request));
    requests.push({ method, query });
    const isKnown =
      method === "POST"
        ? options.identityToken !== undefined && form.get("refresh_token") === options.identityToken
        : options.account === undefined || request.headers.authorization === basicHeader(options.account);
    response.setHeader("Content-Type", "application/json");
    if (!isKnown) {
      response.writeHead(401).end(JSON.stringify({ errors: [{ code: "UNAUTHORIZED", message: "wrong account" }] }));
      return;
    }
    const scopes = method === "POST" ? (form.get("scope") ?? "").split(" ") : query.getAll("scope");
    const token = issue(scopes);
    response.end(JSON.stringify({ token, access_token: token, expires_in: LIFETIME_SECONDS }));
  };

  const server = createServer((request, response) => {
    answer(request, response).catch(() => request.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    trust: { realm: `http://127.0.0.1:${port}/token`, service: SERVICE, issuer: ISSUER, certificates: cert },
    requests,
    issue,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function signToken(scopes: readonly string[], { key, cert }: { readonly key: string; readonly cert: string }): string {
  const access = scopes.flatMap((scope) => {
    const [, type, name, actions = ""] = /^([^:]+):(.+):([^:]*)$/.exec(scope) ?? [];
    return type === undefined ? [] : [{ type, name, actions: actions.split(",") }];
  });
  const now = Math.floor(Date.now() / 1000);
  const header = { typ: "JWT", alg: "ES256", x5c: [cert.replace(/-----[A-Z ]+-----|\s/g, "")] };
  const claims = {
    iss: ISSUER,
    sub: "",
    aud: SERVICE,
    exp: now + LIFETIME_SECONDS,
    nbf: now - 10,
    iat: now - 10,
    jti: randomUUID(),
    access,
  };
  const signed = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
  const signature = sign("sha256", Buffer.from(signed), { key, dsaEncoding: "ieee-p1363" });
  return `${signed}.${signature.toString("base64url")}`;
}

function basicHeader({ username, password }: { readonly username: string; readonly password: string }): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}
