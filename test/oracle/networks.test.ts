import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import type { LookupFunction } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { systemClock } from "../../server/src/base/clock.ts";
import type { Log } from "../../server/src/base/log.ts";
import { createMachine } from "../../server/src/files/machine.ts";
import type { Tag } from "../../server/src/oci/reference.ts";
import type { RegistryClient, RegistryTarget } from "../../server/src/registry/client.ts";
import { connectRegistries, type NetworkSettings } from "../../server/src/registry/connect.ts";
import type { RegistriesSettings } from "../../server/src/registry/registries-settings.ts";
import { createCertificate } from "../support/certificate.ts";
import { type DockerRegistryOptions, startDockerRegistry } from "../support/docker-registry.ts";
import { type ForwardProxy, startForwardProxy } from "../support/forward-proxy.ts";
import { pushContent } from "../support/push.ts";
import { IMAGE_MANIFEST, LAYER } from "../support/registry/client-harness.ts";
import { addBlob, addManifest, type RegistryContent, repositoryOf } from "../support/registry/content.ts";
import { startTinyproxy, type Tinyproxy, type TinyproxyOptions } from "../support/tinyproxy.ts";
import { isMissing } from "../support/tools.ts";
import { hashBySkopeo, movedImage, travel } from "./registries/journey.ts";

/** Only the proxy knows it. */
const NAME = "registry.dockpin.test";
const TAG = "1.0" as Tag;
const ACCOUNT = { username: "proxy-user", password: "canary-proxy" };
const server = createCertificate({ hosts: [NAME] });
const client = createCertificate({ hosts: ["client.example"] });
const stranger = createCertificate({ hosts: ["client.example"] });
const OWN_AUTHORITY = { [`.config/containers/certs.d/${NAME}/ca.crt`]: server.cert };
const OWN_CERTIFICATE = {
  [`.config/containers/certs.d/${NAME}/client.cert`]: client.cert,
  [`.config/containers/certs.d/${NAME}/client.key`]: client.key,
};

const content: RegistryContent = new Map();
const repository = repositoryOf(content, "team/small");
const layer = addBlob(repository, LAYER);
const config = addBlob(repository, Buffer.from("{}"));
const BYTES = Buffer.from(
  JSON.stringify({
    schemaVersion: 2,
    mediaType: IMAGE_MANIFEST.mediaType,
    config: { mediaType: "application/vnd.oci.image.config.v1+json", digest: config, size: 2 },
    layers: [{ mediaType: "application/vnd.oci.image.layer.v1.tar", digest: layer, size: LAYER.length }],
  }),
);
const digest = addManifest(repository, { mediaType: IMAGE_MANIFEST.mediaType, bytes: BYTES }, "1.0");
const TARGET: RegistryTarget = { repository: { registry: NAME, path: "team/small" }, tlsVerify: true };

let storage: string;
beforeAll(async () => {
  storage = await mkdtemp(join(tmpdir(), "dockpin-storage-"));
  if (isMissing("docker-registry")) return;
  const open = await startDockerRegistry({ storage });
  try {
    await pushContent(open.host, content);
  } finally {
    await open.close();
  }
});
afterAll(() => rm(storage, { recursive: true, force: true }));

async function imageOfTwoReleases() {
  const registry = await startDockerRegistry({ storage });
  onTestFinished(() => registry.close());
  const image = movedImage();
  await pushContent(registry.host, image.content);
  return { image, host: registry.host };
}

/** A registry over the images, and a proxy that knows it by its name. */
async function registryBehindProxy(options: DockerRegistryOptions): Promise<ForwardProxy & { readonly host: string }> {
  const registry = await startDockerRegistry({ ...options, storage });
  onTestFinished(() => registry.close());
  const port = Number(registry.host.replace("127.0.0.1:", ""));
  const proxy = await startForwardProxy({ hosts: { [`${NAME}:443`]: port, [`${NAME}:80`]: port } });
  onTestFinished(() => proxy.close());
  return { ...proxy, host: registry.host };
}

async function tinyproxy(options: TinyproxyOptions): Promise<Tinyproxy> {
  const proxy = await startTinyproxy(options);
  onTestFinished(() => proxy.close());
  return proxy;
}

interface Connection {
  readonly environment?: Readonly<Record<string, string>>;
  readonly network?: NetworkSettings;
  readonly settings?: RegistriesSettings;
  /** Text by path in the home folder. */
  readonly files?: Readonly<Record<string, string>>;
  readonly lookup?: LookupFunction;
}

/** A client as the command line and the editor put it together; what it logs must hold no secret. */
async function connect(connection: Connection): Promise<RegistryClient> {
  const homeFolder = await mkdtemp(join(tmpdir(), "dockpin-home-"));
  for (const [path, text] of Object.entries(connection.files ?? {})) {
    await mkdir(dirname(join(homeFolder, path)), { recursive: true });
    await writeFile(join(homeFolder, path), text);
  }
  const logged: string[] = [];
  const note = (message: string) => void logged.push(message);
  const log: Log = { debug: note, info: note, warn: note };
  const { environment = {}, network, settings = {} } = connection;
  const machine = createMachine({ environment, homeFolder, log });
  const registries = connectRegistries(machine, settings, {
    version: "test",
    clock: systemClock,
    ...(network && { network }),
    ...(connection.lookup && { lookup: connection.lookup }),
  });
  onTestFinished(async () => {
    await registries.close();
    await rm(homeFolder, { recursive: true, force: true });
    expect(logged.join("\n")).not.toContain(ACCOUNT.password);
  });
  return registries;
}

async function expectImage(registries: RegistryClient, target = TARGET): Promise<void> {
  expect((await registries.resolve(target, TAG)).digest).toBe(digest);
  expect(Buffer.from((await registries.manifest(target, TAG)).bytes).equals(BYTES)).toBe(true);
  const chunks: Uint8Array[] = [];
  const descriptor = { mediaType: "", digest: layer, size: LAYER.length, urls: [], annotations: {} };
  for await (const chunk of registries.blob(target, descriptor)) chunks.push(chunk);
  expect(Buffer.concat(chunks).equals(LAYER)).toBe(true);
}

describe.skipIf(isMissing("tinyproxy", "docker-registry", "skopeo"))("docker-registry behind tinyproxy", () => {
  test("by https, with an authority of its own", async () => {
    const behind = await registryBehindProxy({ tls: server });
    const { host } = await tinyproxy({ upstream: behind.port });
    await expectImage(await connect({ environment: { HTTPS_PROXY: host }, files: OWN_AUTHORITY }));
    expect(new Set(behind.requests)).toEqual(new Set([`CONNECT ${NAME}:443`]));
  });

  test("by https, the editor's settings before the environment", async () => {
    const behind = await registryBehindProxy({ tls: server });
    const { host } = await tinyproxy({ upstream: behind.port });
    const environment = { HTTPS_PROXY: "http://proxy.invalid:3128", NO_PROXY: "*" };
    const network = { proxy: `http://${host}`, noProxy: ["other.example"] };
    await expectImage(await connect({ environment, network, files: OWN_AUTHORITY }));
  });

  test("by http", async () => {
    const behind = await registryBehindProxy({});
    const { host } = await tinyproxy({ upstream: behind.port });
    const settings = { [NAME]: { endpoint: `http://${NAME}` } };
    await expectImage(await connect({ environment: { HTTP_PROXY: host }, settings }));
    expect(behind.requests[0]).toBe(`GET http://${NAME}:80/v2/`);
  });

  test("by http after https failed, where tlsVerify is off", async () => {
    const behind = await registryBehindProxy({});
    const { host } = await tinyproxy({ upstream: behind.port });
    const registries = await connect({ environment: { HTTPS_PROXY: host, HTTP_PROXY: host } });
    await expectImage(registries, { ...TARGET, tlsVerify: false });
  });

  test("with a user name and password of the proxy", async () => {
    const behind = await registryBehindProxy({ tls: server });
    const { host } = await tinyproxy({ upstream: behind.port, account: ACCOUNT });
    const HTTPS_PROXY = `http://${ACCOUNT.username}:${ACCOUNT.password}@${host}`;
    await expectImage(await connect({ environment: { HTTPS_PROXY }, files: OWN_AUTHORITY }));
  });

  test.each<[string, account: string, RegExp]>([
    ["none", "", /^The proxy http:\/\/127\.0\.0\.1:\d+ of HTTPS_PROXY wants a user name and password \(407\)/],
    ["another", "proxy-user:canary-wrong@", /refused its user name and password/],
  ])("%s is an error", async (_name, account, message) => {
    const behind = await registryBehindProxy({ tls: server });
    const { host } = await tinyproxy({ upstream: behind.port, account: ACCOUNT });
    const registries = await connect({
      environment: { HTTPS_PROXY: `http://${account}${host}` },
      files: OWN_AUTHORITY,
    });
    const error: unknown = await registries.resolve(TARGET, TAG).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "proxy-unauthorized", message: expect.stringMatching(message) });
    expect(String(error)).not.toContain("canary");
    expect(behind.requests).toEqual([]);
  });

  test("a port that the proxy does not connect to is an error", async () => {
    const behind = await registryBehindProxy({ tls: server });
    const { host } = await tinyproxy({ upstream: behind.port, connectPort: 563 });
    const registries = await connect({ environment: { HTTPS_PROXY: host }, files: OWN_AUTHORITY });
    await expect(registries.resolve(TARGET, TAG)).rejects.toMatchObject({
      code: "proxy-refused",
      message: expect.stringMatching(/does not connect to registry\.dockpin\.test:443 \(403\)/),
    });
    expect(behind.requests).toEqual([]);
  });

  test("for a user's whole day", async () => {
    const { image, host: open } = await imageOfTwoReleases();
    const [oldHash, currentHash] = [await hashBySkopeo(open, image.old), await hashBySkopeo(open, image.current)];
    const behind = await registryBehindProxy({ tls: server, clientAuthorities: client.cert });
    const { host } = await tinyproxy({ upstream: behind.port, account: ACCOUNT });
    const files = Object.entries({ ...OWN_AUTHORITY, ...OWN_CERTIFICATE }).map(([path, text]) => [
      `../home/${path}`,
      text,
    ]);
    const route = {
      registry: NAME,
      env: { HTTPS_PROXY: `http://${ACCOUNT.username}:${ACCOUNT.password}@${host}` },
      files: Object.fromEntries(files),
    };
    await travel(route, { ...image, oldHash, currentHash });
    expect(new Set(behind.requests)).toEqual(new Set([`CONNECT ${NAME}:443`]));
  });

  test("NO_PROXY leads past it", async () => {
    const behind = await registryBehindProxy({ tls: server });
    const { host } = await tinyproxy({ upstream: behind.port });
    const registry = `${NAME}:${behind.host.replace("127.0.0.1:", "")}`;
    const registries = await connect({
      environment: { HTTPS_PROXY: host, NO_PROXY: `other.example, .dockpin.test` },
      settings: { [registry]: { certificateAuthority: "~/ca.pem" } },
      files: { "ca.pem": server.cert },
      lookup: (_name, _options, callback) => callback(null, [{ address: "127.0.0.1", family: 4 }], 4),
    });
    await expectImage(registries, { ...TARGET, repository: { ...TARGET.repository, registry } });
    expect(behind.requests).toEqual([]);
  });
});

describe.skipIf(isMissing("docker-registry"))("docker-registry that lets in who has a certificate", () => {
  const connectTo = async (files: Readonly<Record<string, string>>, settings: RegistriesSettings = {}) => {
    const behind = await registryBehindProxy({ tls: server, clientAuthorities: client.cert });
    return connect({ environment: { HTTPS_PROXY: behind.url }, files, settings });
  };

  test("with one in certs.d", async () => {
    await expectImage(await connectTo({ ...OWN_AUTHORITY, ...OWN_CERTIFICATE }));
  });

  test("with one in certs.d and the authority in the setting", async () => {
    const settings = { [NAME]: { certificateAuthority: "~/ca.pem" } };
    await expectImage(await connectTo({ "ca.pem": server.cert, ...OWN_CERTIFICATE }, settings));
  });

  test.each<[string, files: Record<string, string>]>([
    ["without one", OWN_AUTHORITY],
    [
      "with one that was issued by someone else",
      {
        ...OWN_AUTHORITY,
        [`.config/containers/certs.d/${NAME}/client.cert`]: stranger.cert,
        [`.config/containers/certs.d/${NAME}/client.key`]: stranger.key,
      },
    ],
    [
      "with one that is for another port",
      {
        ...OWN_AUTHORITY,
        [`.config/containers/certs.d/${NAME}:443/client.cert`]: client.cert,
        [`.config/containers/certs.d/${NAME}:443/client.key`]: client.key,
      },
    ],
  ])("%s is an error", async (_name, files) => {
    const registries = await connectTo(files);
    await expect(registries.resolve(TARGET, TAG)).rejects.toMatchObject({
      code: "registry-tls",
      message: expect.stringMatching(/wants a certificate of yours/),
    });
  });

  test("whose own certificate is not trusted is an error that says how to", async () => {
    const registries = await connectTo(OWN_CERTIFICATE);
    await expect(registries.resolve(TARGET, TAG)).rejects.toMatchObject({
      code: "registry-tls",
      message: `The certificate of ${NAME} is self-signed; put its authority into the file of SSL_CERT_FILE, into certs.d/${NAME}/ca.crt or into the editor's setting certificateAuthority, or set tlsVerify = false.`,
    });
  });
});
