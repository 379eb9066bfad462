import { answer, at, redirect, START } from "./faults.ts";
import type { Row } from "./row.ts";

const RIGHT = { outcome: "right", requests: { registry: `${START}, layer 200` } } as const;
const BEARER = 'Bearer realm="{cdn}/token",service="s"';
const once = (path: string, fault: ReturnType<typeof at>["fault"]) => ({ registry: [at(path, fault, 1)] });

/** Names, connections, TLS, broken HTTP, and users who have had enough. */
export const networkRows: readonly Row[] = [
  {
    id: "N01-name",
    what: "there is no such host",
    host: "nowhere.test",
    outcome: "registry-unreachable",
    says: /^nowhere\.test could not be reached: there is no such host/,
    requests: {},
  },
  {
    id: "N01-refused",
    what: "the connection is refused",
    host: "registry.test:1",
    outcome: "registry-unreachable",
    says: /refused/,
    requests: {},
    waits: [500, 1000, 2000, 4000],
  },
  ...(
    [
      ["expired", /has expired/],
      ["of an unknown authority", /self-signed|unknown authority/],
      ["for another host", /for another host name/],
    ] as const
  ).map<Row>(([certificate, says]) => ({
    id: `N01-${certificate.replaceAll(" ", "-")}`,
    what: `the certificate is ${certificate}`,
    certificate,
    authorization: "basic",
    credentials: "password",
    outcome: "registry-tls",
    says,
    requests: {},
  })),
  {
    id: "N01-insecure",
    what: "the certificate is of an unknown authority, and TLS verification is off",
    certificate: "of an unknown authority",
    tlsVerify: false,
    ...RIGHT,
  },
  {
    id: "N01-http",
    what: "the registry speaks http",
    speaksHttp: true,
    outcome: "registry-tls",
    says: /only speaks http, set tlsVerify = false/,
    requests: {},
  },
  {
    id: "N02",
    what: "the registry speaks http, and TLS verification is off",
    speaksHttp: true,
    tlsVerify: false,
    ...RIGHT,
  },
  {
    id: "N02-reset",
    what: "the same, and its first answer is a reset",
    speaksHttp: true,
    tlsVerify: false,
    faults: once("/v2/", { do: "reset" }),
    outcome: "right",
    requests: { registry: `ping -, ${START}, layer 200` },
    waits: [500],
  },
  {
    id: "N02-password",
    what: "the same with a password, which is not sent in the clear",
    speaksHttp: true,
    tlsVerify: false,
    authorization: "basic",
    credentials: "password",
    outcome: "registry-unauthorized",
    says: /not sent over unencrypted http/,
    requests: { registry: "ping 401" },
  },
  {
    id: "N02-local",
    what: "a registry on this machine speaks http, and gets its password",
    isPlain: true,
    authorization: "basic",
    credentials: "password",
    outcome: "right",
    requests: { registry: "ping 401, manifest 200, config 200, layer 200" },
  },
  {
    id: "N02-ping",
    what: "the ping leads to another host, whose challenge is not this registry's",
    credentials: "password",
    faults: {
      registry: [at("/v2/", redirect("{cdn}/v2/"))],
      cdn: [at("/v2/", answer(401, { "WWW-Authenticate": BEARER }))],
    },
    outcome: "right",
    requests: { registry: "ping 307, manifest 200, config 200, layer 200", cdn: "ping 401" },
  },
  ...(["ping", "manifest", "config", "layer", "wait"] as const).map<Row>((cancelledAt) => ({
    id: `N04-${cancelledAt}`,
    what: `the user cancels at the ${cancelledAt}`,
    cancelledAt,
    faults: { registry: [at("{layer}", cancelledAt === "wait" ? answer(503) : { do: "stall", afterBytes: 50_000 })] },
    outcome: "cancelled",
    requests: { registry: /^ping 200(?:, manifest 200(?:, config 200(?:, layer (?:200|503))?)?)?$/ },
  })),
  {
    id: "N06",
    what: "every connection is closed after its answer",
    faults: { registry: [at(/./, { do: "headers", headers: { Connection: "close" } })] },
    ...RIGHT,
  },
  {
    id: "N06-reset",
    what: "the connection is reset before the manifest's headers once",
    faults: once("{manifest}", { do: "reset" }),
    outcome: "right",
    requests: { registry: "ping 200, manifest -, manifest 200, config 200, layer 200" },
    waits: [500],
  },
  {
    id: "N06-ended",
    what: "the connection ends without an answer for the config once",
    faults: once("{config}", { do: "raw", bytes: "" }),
    anyOrder: true,
    outcome: "right",
    requests: { registry: "config -, config 200, layer 200, manifest 200, ping 200" },
    waits: [500],
  },
  {
    id: "N06-never",
    what: "the connection is always reset",
    faults: { registry: [at("{manifest}", { do: "reset" })] },
    outcome: "registry-unreachable",
    says: /the connection was reset|the connection ended/,
    requests: { registry: "ping 200, manifest -, manifest -, manifest -, manifest -, manifest -" },
    waits: [500, 1000, 2000, 4000],
  },
  {
    id: "N07",
    what: "a header of 32 KiB",
    faults: { registry: [at("{manifest}", { do: "headers", headers: { "X-Much": "x".repeat(32 * 1024) } })] },
    outcome: "registry-failed",
    says: /malformed HTTP/,
    requests: { registry: "ping 200, manifest 200" },
  },
  ...(
    [
      ["length", "two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"],
      [
        "both",
        "a length and chunks",
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      ],
      ["ssh", "another protocol", "SSH-2.0-OpenSSH_9.2\r\n"],
      ["control", "control characters in a header", "HTTP/1.1 200 OK\r\nX-\u0001: a\r\nContent-Length: 0\r\n\r\n"],
    ] as const
  ).map<Row>(([id, what, bytes]) => ({
    id: `N07-${id}`,
    what,
    faults: { registry: [at("{manifest}", { do: "raw", bytes })] },
    outcome: "registry-failed",
    says: /malformed HTTP/,
    requests: { registry: "ping 200, manifest -" },
  })),
  {
    id: "F53",
    what: "the manifest's headers take 3 s",
    passes: { manifest: 3000 },
    ...RIGHT,
  },
];
