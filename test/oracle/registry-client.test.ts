import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { silentLog } from "../../server/src/base/log.ts";
import { digestOf } from "../../server/src/oci/digest.ts";
import type { Tag } from "../../server/src/oci/reference.ts";
import type { RegistryClient, RegistryTarget } from "../../server/src/registry/client.ts";
import { createRegistryClient } from "../../server/src/registry/create-client.ts";
import { createCredentialLookup } from "../../server/src/registry/credential-lookup.ts";
import { createCertificate } from "../support/certificate.ts";
import { type DockerRegistry, REGISTRY_ACCOUNT, startDockerRegistry } from "../support/docker-registry.ts";
import { pushContent } from "../support/push.ts";
import { addBlob, addManifest, type RegistryContent, repositoryOf } from "../support/registry/content.ts";
import { describedMachine } from "../support/registry/machine.ts";
import { isMissing } from "../support/tools.ts";

const content: RegistryContent = new Map();
const repository = repositoryOf(content, "team/app");
const LAYER = Buffer.from("the bytes of a layer ".repeat(50_000));
const layer = addBlob(repository, LAYER);
const config = addBlob(repository, Buffer.from("{}"));
const MEDIA_TYPE = "application/vnd.oci.image.manifest.v1+json";
const BYTES = Buffer.from(
  JSON.stringify({
    schemaVersion: 2,
    mediaType: MEDIA_TYPE,
    config: { mediaType: "application/vnd.oci.image.config.v1+json", digest: config, size: 2 },
    layers: [{ mediaType: "application/vnd.oci.image.layer.v1.tar", digest: layer, size: LAYER.length }],
  }),
);
const digest = addManifest(repository, { mediaType: MEDIA_TYPE, bytes: BYTES }, "1.0");
const TAG = "1.0" as Tag;
const tls = createCertificate({ hosts: ["127.0.0.1"] });

const AUTH = Buffer.from(`${REGISTRY_ACCOUNT.username}:${REGISTRY_ACCOUNT.password}`).toString("base64");

/** Signed in by an auth.json of Podman's with `auth` for `host`. */
function signedIn(host: string, auth: string) {
  const files = { "/auth.json": JSON.stringify({ auths: { [host]: { auth } } }) };
  return createCredentialLookup(describedMachine({ environment: { REGISTRY_AUTH_FILE: "/auth.json" }, files }));
}

async function download(client: RegistryClient, target: RegistryTarget): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  const descriptor = { mediaType: "", digest: layer, size: LAYER.length, urls: [], annotations: {} };
  for await (const chunk of client.blob(target, descriptor)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe.skipIf(isMissing("docker-registry")).each([
  ["by http", {}, false],
  ["by https", { tls }, true],
  ["by https without verification", { tls }, false],
  ["by https with htpasswd", { tls, htpasswd: REGISTRY_ACCOUNT.htpasswd }, true],
  ["by http with htpasswd", { htpasswd: REGISTRY_ACCOUNT.htpasswd }, false],
] as const)("the client pulls from docker-registry %s", (_name, options, tlsVerify) => {
  let registry: DockerRegistry;
  let client: RegistryClient;
  let target: RegistryTarget;
  beforeAll(async () => {
    registry = await startDockerRegistry(options);
    const isClosed = "htpasswd" in options;
    await pushContent(registry.host, content, {
      ...("tls" in options && { ca: tls.cert }),
      ...(isClosed && { credentials: REGISTRY_ACCOUNT }),
    });
    client = createRegistryClient({
      log: silentLog,
      ...(tlsVerify && { certificateAuthorities: [tls.cert] }),
      ...(isClosed && { credentials: signedIn(registry.host, AUTH) }),
    });
    target = { repository: { registry: registry.host, path: "team/app" }, tlsVerify };
  });
  afterAll(async () => {
    await client?.close();
    await registry?.close();
  });

  test("a tag is resolved", async () => {
    expect(await client.resolve(target, TAG)).toEqual({ digest, contentType: MEDIA_TYPE, size: BYTES.length });
  });
  test("a manifest is fetched by tag and by digest", async () => {
    for (const reference of [TAG, digest]) {
      expect(Buffer.from((await client.manifest(target, reference)).bytes).equals(BYTES)).toBe(true);
    }
  });
  test("a blob is downloaded", async () => {
    expect((await download(client, target)).equals(LAYER)).toBe(true);
  });
  test("what is missing is told", async () => {
    const missing = digestOf(Buffer.from("not there"));
    await expect(client.resolve(target, "9.9" as Tag)).rejects.toMatchObject({ code: "tag-not-found" });
    await expect(client.resolve(target, missing)).rejects.toMatchObject({ code: "digest-gone" });
    const elsewhere = { ...target, repository: { ...target.repository, path: "team/none" } };
    await expect(download(client, elsewhere)).rejects.toMatchObject({ code: "blob-missing" });
  });
});

describe.skipIf(isMissing("docker-registry"))("docker-registry lets nobody in", () => {
  let registry: DockerRegistry;
  beforeAll(async () => {
    registry = await startDockerRegistry({ tls, htpasswd: REGISTRY_ACCOUNT.htpasswd });
  });
  afterAll(async () => {
    await registry?.close();
  });

  test.each([
    ["without credentials", "other.example", AUTH, "registry-unauthorized"],
    ["with a wrong password", "", Buffer.from("dockpin:wrong").toString("base64"), "registry-unauthorized"],
  ])("%s", async (_name, host, auth, code) => {
    const credentials = signedIn(host || registry.host, auth);
    const client = createRegistryClient({ log: silentLog, certificateAuthorities: [tls.cert], credentials });
    try {
      const target = { repository: { registry: registry.host, path: "team/app" }, tlsVerify: true };
      await expect(client.resolve(target, TAG)).rejects.toMatchObject({
        code,
        message: expect.stringContaining(`docker login ${registry.host}`),
      });
    } finally {
      await client.close();
    }
  });

  test("whose certificate is not trusted", async () => {
    const client = createRegistryClient({ log: silentLog });
    try {
      const target = { repository: { registry: registry.host, path: "team/app" }, tlsVerify: true };
      await expect(client.resolve(target, TAG)).rejects.toMatchObject({ code: "registry-tls" });
    } finally {
      await client.close();
    }
  });
});
