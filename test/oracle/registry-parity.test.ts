import { request } from "undici";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { digestOf } from "../../server/src/oci/digest.ts";
import { type DockerRegistry, REGISTRY_ACCOUNT, startDockerRegistry } from "../support/docker-registry.ts";
import { pushContent } from "../support/push.ts";
import { addBlob, addManifest, type RegistryContent, repositoryOf } from "../support/registry/content.ts";
import { startRegistry, type TestRegistry } from "../support/registry/server.ts";
import { isMissing } from "../support/tools.ts";

const OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const OCI_INDEX = "application/vnd.oci.image.index.v1+json";
const DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json";
const DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json";
const ALL_TYPES = [OCI_MANIFEST, OCI_INDEX, DOCKER_MANIFEST, DOCKER_LIST].join(", ");

const content: RegistryContent = new Map();
const repository = repositoryOf(content, "team/app");
const layer = addBlob(repository, Buffer.from("layer bytes"));
const config = addBlob(repository, Buffer.from("{}"));
const missing = digestOf(Buffer.from("not there"));

function manifest(mediaType: string, configType: string, layerType: string) {
  const document = {
    schemaVersion: 2,
    mediaType,
    config: { mediaType: configType, digest: config, size: 2 },
    layers: [{ mediaType: layerType, digest: layer, size: 11 }],
  };
  return { mediaType, bytes: Buffer.from(JSON.stringify(document)) };
}

const docker = manifest(
  DOCKER_MANIFEST,
  "application/vnd.docker.container.image.v1+json",
  "application/vnd.docker.image.rootfs.diff.tar",
);
const oci = manifest(
  OCI_MANIFEST,
  "application/vnd.oci.image.config.v1+json",
  "application/vnd.oci.image.layer.v1.tar",
);
const dockerDigest = addManifest(repository, docker, "docker");
const ociDigest = addManifest(repository, oci, "oci");

function index(mediaType: string, memberType: string, member: { bytes: Uint8Array }) {
  const platform = { os: "linux", architecture: "amd64" };
  const entry = {
    mediaType: memberType,
    digest: digestOf(member.bytes),
    size: member.bytes.length,
    platform,
  };
  return { mediaType, bytes: Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests: [entry] })) };
}
addManifest(repository, index(OCI_INDEX, OCI_MANIFEST, oci), "index");
addManifest(repository, index(DOCKER_LIST, DOCKER_MANIFEST, docker), "list");

// Where the two may differ: the order of tags, and what no client reads.
const COMPARED_HEADERS = [
  "content-type",
  "content-length",
  "docker-content-digest",
  "docker-distribution-api-version",
  "www-authenticate",
  "etag",
  "accept-ranges",
  "content-range",
  "cache-control",
  "allow",
  "link",
] as const;

async function observe(host: string, method: "GET" | "HEAD" | "POST", path: string, headers: Record<string, string>) {
  const response = await request(`http://${host}${path}`, { method, headers });
  const body = await response.body.text();
  const compared = Object.fromEntries(COMPARED_HEADERS.map((name) => [name, response.headers[name]]));
  return { status: response.statusCode, headers: compared, body: comparable(body) };
}

function comparable(body: string): unknown {
  if (!body.includes('"tags"')) return body;
  const list = JSON.parse(body) as { name: string; tags: string[] };
  return { ...list, tags: list.tags.sort() };
}

describe.skipIf(isMissing("docker-registry"))("the in-process registry answers as docker-registry does", () => {
  let real: DockerRegistry;
  let ours: TestRegistry;
  beforeAll(async () => {
    real = await startDockerRegistry();
    await pushContent(real.host, content);
    ours = await startRegistry(content);
  });
  afterAll(async () => {
    await ours?.close();
    await real?.close();
  });

  const accept = { accept: ALL_TYPES };
  const blob = `/v2/team/app/blobs/${layer}`;
  test.each<[string, "GET" | "HEAD" | "POST", string, Record<string, string>]>([
    ["the API version", "GET", "/v2/", {}],
    ["a path outside the API", "GET", "/elsewhere", {}],
    ["a path that is no route", "GET", "/v2/team/app/nothing", {}],
    ["a schema2 manifest by tag", "GET", "/v2/team/app/manifests/docker", accept],
    ["a schema2 manifest by digest", "GET", `/v2/team/app/manifests/${dockerDigest}`, accept],
    ["an OCI manifest by tag", "GET", "/v2/team/app/manifests/oci", accept],
    ["an OCI manifest by digest", "GET", `/v2/team/app/manifests/${ociDigest}`, accept],
    ["an OCI index", "GET", "/v2/team/app/manifests/index", accept],
    ["a manifest list", "GET", "/v2/team/app/manifests/list", accept],
    ["an OCI manifest that is not accepted", "GET", "/v2/team/app/manifests/oci", { accept: DOCKER_MANIFEST }],
    ["an OCI index that is not accepted", "GET", "/v2/team/app/manifests/index", { accept: OCI_MANIFEST }],
    ["an Accept with a quality", "GET", "/v2/team/app/manifests/oci", { accept: `text/plain, ${OCI_MANIFEST};q=0.5` }],
    ["HEAD of a manifest", "HEAD", "/v2/team/app/manifests/docker", accept],
    ["HEAD of a missing tag", "HEAD", "/v2/team/app/manifests/none", accept],
    ["a missing tag", "GET", "/v2/team/app/manifests/none", accept],
    ["a missing digest", "GET", `/v2/team/app/manifests/${missing}`, accept],
    ["a manifest of a missing repository", "GET", "/v2/team/none/manifests/1", accept],
    ["a method that manifests do not have", "POST", "/v2/team/app/manifests/docker", {}],
    ["a blob", "GET", blob, {}],
    ["HEAD of a blob", "HEAD", blob, {}],
    ["a blob from an offset", "GET", blob, { range: "bytes=6-" }],
    ["the end of a blob", "GET", blob, { range: "bytes=-4" }],
    ["more than the end of a blob", "GET", blob, { range: "bytes=-99" }],
    ["a part of a blob", "GET", blob, { range: "bytes=0-4" }],
    ["a part beyond the end", "GET", blob, { range: "bytes=6-99" }],
    ["a missing blob", "GET", `/v2/team/app/blobs/${missing}`, {}],
    ["HEAD of a missing blob", "HEAD", `/v2/team/app/blobs/${missing}`, {}],
    ["a blob of a missing repository", "GET", `/v2/team/none/blobs/${missing}`, {}],
    ["a blob that is no digest", "GET", "/v2/team/app/blobs/nonsense", {}],
    ["a method that blobs do not have", "POST", blob, {}],
    ["the tags", "GET", "/v2/team/app/tags/list", {}],
    ["the tags of a missing repository", "GET", "/v2/team/none/tags/list", {}],
  ])("%s", async (_name, method, path, headers) => {
    expect(await observe(ours.host, method, path, headers)).toEqual(await observe(real.host, method, path, headers));
  });

  // docker-registry announces the whole blob's length here and sends one byte, so only the headers can be compared.
  test("a range after the end", async () => {
    const [ourAnswer, realAnswer] = await Promise.all(
      [ours, real].map(({ host }) => observe(host, "HEAD", blob, { range: "bytes=11-" })),
    );
    const withoutLength = (headers: object) => ({ ...headers, "content-length": null });
    expect(ourAnswer?.status).toBe(416);
    expect(realAnswer?.status).toBe(416);
    expect(withoutLength(ourAnswer!.headers)).toEqual(withoutLength(realAnswer!.headers));
  });
});

describe.skipIf(isMissing("docker-registry"))(
  "with Basic authorization it answers as docker-registry with htpasswd does",
  () => {
    let real: DockerRegistry;
    let ours: TestRegistry;
    beforeAll(async () => {
      real = await startDockerRegistry({ htpasswd: REGISTRY_ACCOUNT.htpasswd });
      await pushContent(real.host, content, { credentials: REGISTRY_ACCOUNT });
      ours = await startRegistry(content, { authorization: { scheme: "basic", account: REGISTRY_ACCOUNT } });
    });
    afterAll(async () => {
      await ours?.close();
      await real?.close();
    });

    const basic = (password: string) => ({
      authorization: `Basic ${Buffer.from(`${REGISTRY_ACCOUNT.username}:${password}`).toString("base64")}`,
    });
    test.each<[string, "GET" | "HEAD", string, Record<string, string>]>([
      ["the API version without credentials", "GET", "/v2/", {}],
      ["the API version with credentials", "GET", "/v2/", basic(REGISTRY_ACCOUNT.password)],
      ["the API version with a wrong password", "GET", "/v2/", basic("wrong")],
      ["HEAD without credentials", "HEAD", "/v2/team/app/manifests/docker", {}],
      ["a manifest without credentials", "GET", "/v2/team/app/manifests/docker", {}],
      ["a missing blob without credentials", "GET", `/v2/team/app/blobs/${missing}`, {}],
      ["the tags without credentials", "GET", "/v2/team/app/tags/list", {}],
      ["a blob with credentials", "GET", `/v2/team/app/blobs/${layer}`, basic(REGISTRY_ACCOUNT.password)],
    ])("%s", async (_name, method, path, headers) => {
      expect(await observe(ours.host, method, path, headers)).toEqual(await observe(real.host, method, path, headers));
    });
  },
);
