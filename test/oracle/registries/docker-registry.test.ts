import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { createCertificate } from "../../support/certificate.ts";
import { type DockerRegistryOptions, REGISTRY_ACCOUNT, startDockerRegistry } from "../../support/docker-registry.ts";
import { startNginx } from "../../support/nginx.ts";
import { pushContent } from "../../support/push.ts";
import { type SignedTokenServiceOptions, startSignedTokenService } from "../../support/signed-tokens.ts";
import { isMissing } from "../../support/tools.ts";
import { authOf, type Expected, hashBySkopeo, movedImage, type Route, SIGNATURE, travel } from "./journey.ts";

const INSECURE = "tlsVerify = false;";
const server = createCertificate({ hosts: ["127.0.0.1"] });
const client = createCertificate({ hosts: ["client.example"] });
const AUTH = authOf(REGISTRY_ACCOUNT);

let storage: string;
let expected: Expected;

/** Another registry over the same images. */
async function registry(options: DockerRegistryOptions = {}): Promise<string> {
  const started = await startDockerRegistry({ ...options, storage });
  onTestFinished(() => started.close());
  return started.host;
}

async function tokenService(options: SignedTokenServiceOptions = {}) {
  const service = await startSignedTokenService(options);
  onTestFinished(() => service.close());
  return service;
}

const inDockerConfig = (host: string, entry: object) => ({
  env: { REGISTRY_AUTH_FILE: "" },
  files: { "../home/.docker/config.json": JSON.stringify({ auths: { [host]: entry } }) },
});

beforeAll(async () => {
  storage = await mkdtemp(join(tmpdir(), "dockpin-storage-"));
  const image = movedImage();
  const plain = await startDockerRegistry({ storage });
  try {
    await pushContent(plain.host, image.content);
    const [oldHash, currentHash] = [
      await hashBySkopeo(plain.host, image.old),
      await hashBySkopeo(plain.host, image.current),
    ];
    expected = { ...image, oldHash, currentHash };
  } finally {
    await plain.close();
  }
});
afterAll(() => rm(storage, { recursive: true, force: true }));

const ROUTES: readonly (readonly [title: string, start: () => Promise<Route>])[] = [
  [
    "plain http, where the pin says tlsVerify = false",
    async () => ({ registry: await registry(), attributes: INSECURE }),
  ],
  [
    "plain http, where an endpoint says so",
    async () => ({
      registry: "registry.example",
      options: ["--endpoint", `registry.example=http://${await registry()}`],
    }),
  ],
  [
    "a pull-through cache",
    async () => {
      const cache = await startDockerRegistry({ cacheOf: `http://${await registry()}` });
      onTestFinished(() => cache.close());
      return { registry: "docker.io", options: ["--endpoint", `docker.io=http://${cache.host}`] };
    },
  ],
  [
    "a pull-through cache that needs a password, as an endpoint of a registry that needs another",
    async () => {
      const cache = await registry({ htpasswd: REGISTRY_ACCOUNT.htpasswd });
      const auths = {
        "https://index.docker.io/v1/": { auth: authOf({ username: "hub", password: "hub" }) },
        [cache]: { auth: AUTH },
      };
      return {
        registry: "docker.io",
        options: ["--endpoint", `docker.io=http://${cache}`],
        env: { REGISTRY_AUTH_FILE: "" },
        files: { "../home/.docker/config.json": JSON.stringify({ auths }) },
      };
    },
  ],
  [
    "htpasswd, the password in Docker's config.json",
    async () => {
      const host = await registry({ htpasswd: REGISTRY_ACCOUNT.htpasswd });
      return { registry: host, attributes: INSECURE, ...inDockerConfig(host, { auth: AUTH }) };
    },
  ],
  [
    "htpasswd, the password in a file of --authfile",
    async () => {
      const host = await registry({ htpasswd: REGISTRY_ACCOUNT.htpasswd });
      const files = { "auth.json": JSON.stringify({ auths: { [host]: { auth: AUTH } } }) };
      return { registry: host, attributes: INSECURE, options: ["--authfile", "auth.json"], files };
    },
  ],
  [
    "a token service that lets everyone in",
    async () => {
      const { trust } = await tokenService();
      return { registry: await registry({ token: trust }), attributes: INSECURE };
    },
  ],
  [
    "a token service with accounts",
    async () => {
      const { trust } = await tokenService({ account: REGISTRY_ACCOUNT });
      const host = await registry({ token: trust });
      return { registry: host, attributes: INSECURE, ...inDockerConfig(host, { auth: AUTH }) };
    },
  ],
  [
    "a token service that exchanges identity tokens",
    async () => {
      const identitytoken = "identity-token-of-the-test";
      const { trust } = await tokenService({ account: REGISTRY_ACCOUNT, identityToken: identitytoken });
      const host = await registry({ token: trust });
      const entry = { auth: authOf({ username: "00000000-0000-0000-0000-000000000000", password: "" }), identitytoken };
      return { registry: host, attributes: INSECURE, ...inDockerConfig(host, entry) };
    },
  ],
  [
    "a certificate that is not verified",
    async () => ({ registry: await registry({ tls: server }), attributes: INSECURE }),
  ],
  ...["SSL_CERT_FILE", "NIX_SSL_CERT_FILE"].map(
    (variable) =>
      [
        `an authority of ${variable}`,
        async () => ({
          registry: await registry({ tls: server }),
          env: { [variable]: "authority.pem" },
          files: { "authority.pem": server.cert },
        }),
      ] as const,
  ),
  [
    "an authority in certs.d, and htpasswd",
    async () => {
      const host = await registry({ tls: server, htpasswd: REGISTRY_ACCOUNT.htpasswd });
      const { env, files } = inDockerConfig(host, { auth: AUTH });
      const authority = { [`../home/.config/containers/certs.d/${host}/authority.crt`]: server.cert };
      return { registry: host, env, files: { ...files, ...authority } };
    },
  ],
  [
    "a certificate of the client in certs.d",
    async () => {
      const host = await registry({ tls: server, clientAuthorities: client.cert });
      const folder = `../home/.config/containers/certs.d/${host}`;
      const files = {
        [`${folder}/authority.crt`]: server.cert,
        [`${folder}/client.cert`]: client.cert,
        [`${folder}/client.key`]: client.key,
      };
      return { registry: host, files };
    },
  ],
];

describe.skipIf(isMissing("docker-registry", "skopeo"))("all that a user does with docker-registry behind", () => {
  test.each(ROUTES)("%s", async (_title, start) => {
    await travel(await start(), expected);
  });
});

/** `Authorization` as the log of nginx has it in the end of a line. */
const SIGNED_IN = / Basic \S+$/;

describe.skipIf(isMissing("docker-registry", "skopeo", "nginx"))(
  "all that a user does with docker-registry behind nginx",
  () => {
    test("under a path", async () => {
      const backend = await registry();
      const nginx = await startNginx(
        1,
        ([port]) => `server { listen 127.0.0.1:${port}; location /mirror/v2/ { proxy_pass http://${backend}/v2/; } }`,
      );
      onTestFinished(() => nginx.close());
      const endpoint = `docker.io=http://127.0.0.1:${nginx.ports[0]}/mirror`;
      await travel({ registry: "docker.io", options: ["--endpoint", endpoint] }, expected);
    });

    test.each([
      ["by http", false],
      ["by https", true],
    ])("that wants a password and sends blobs to another host, which wants none, %s", async (_title, secure) => {
      const backend = await registry();
      const ssl = secure ? "ssl" : "";
      const scheme = secure ? "https" : "http";
      const nginx = await startNginx(
        2,
        ([front, storageHost], folder) => `
  ssl_certificate ${folder}/certificate.pem;
  ssl_certificate_key ${folder}/key.pem;
  server {
    listen 127.0.0.1:${front} ${ssl};
    location /mirror/v2/ {
      auth_basic "mirror";
      auth_basic_user_file ${folder}/htpasswd;
      location ~ ^/mirror/v2/(.+)/blobs/(sha256:[0-9a-f]+)$ {
        return 307 ${scheme}://127.0.0.1:${storageHost}/$1/$2?Signature=${SIGNATURE};
      }
      proxy_set_header Authorization "";
      proxy_pass http://${backend}/v2/;
    }
  }
  server {
    listen 127.0.0.1:${storageHost} ${ssl};
    location ~ ^/(.+)/(sha256:[0-9a-f]+)$ {
      if ($http_authorization) { return 400 "Only one auth mechanism allowed"; }
      if ($arg_signature != "${SIGNATURE}") { return 403; }
      proxy_pass http://${backend}/v2/$1/blobs/$2;
    }
  }`,
        { htpasswd: REGISTRY_ACCOUNT.htpasswd, "certificate.pem": server.cert, "key.pem": server.key },
      );
      onTestFinished(() => nginx.close());
      const [front, storageHost] = nginx.ports;
      const { env, files } = inDockerConfig(`127.0.0.1:${front}`, { auth: AUTH });
      await travel(
        {
          registry: "registry.example",
          options: ["--endpoint", `registry.example=${scheme}://127.0.0.1:${front}/mirror`],
          env: { ...env, SSL_CERT_FILE: "../authority.pem" },
          files: { ...files, "../authority.pem": server.cert },
        },
        expected,
      );
      const seen = await nginx.requests();
      const atFront = seen.filter((line) => line.startsWith(`127.0.0.1:${front} `) && !line.includes(" 401 "));
      const atStorage = seen.filter((line) => line.startsWith(`127.0.0.1:${storageHost} `));
      expect(atFront.filter((line) => !SIGNED_IN.test(line))).toEqual([]);
      expect(atStorage.length).toBeGreaterThan(0);
      expect(atStorage.filter((line) => !/ 20[06] -$/.test(line))).toEqual([]);
    });
  },
);
