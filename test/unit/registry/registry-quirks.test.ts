import { describe, expect, test } from "vitest";
import type { ErrorCode } from "../../../server/src/base/error-codes.ts";
import type { Descriptor } from "../../../server/src/oci/manifest.ts";
import type { Tag } from "../../../server/src/oci/reference.ts";
import type { Credentials } from "../../../server/src/registry/credentials.ts";
import { createTokenService } from "../../support/registry/authorization.ts";
import {
  type Harness,
  LAYER,
  requestLines,
  rulesFor,
  sampleContent,
  withClient,
} from "../../support/registry/client-harness.ts";
import type { Fault, FaultRow } from "../../support/registry/faults.ts";
import { type RegistryOptions, startRegistry } from "../../support/registry/server.ts";

const TAG = "1.0" as Tag;
const { layerDigest, manifestDigest } = sampleContent();
const LAYER_DESCRIPTOR: Descriptor = {
  mediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
  digest: layerDigest,
  size: LAYER.length,
  urls: [],
  annotations: {},
};
const PASSWORD = "canary-password";

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}

/** Resolves a tag, fetches what it points to and a layer, and lists the tags: all that an update and an editor do. */
async function pull({ client, target }: Pick<Harness, "client" | "target">) {
  const { digest } = await client.resolve(target, TAG);
  const manifest = await client.manifest(target, digest);
  const layer = await collect(client.blob(target, LAYER_DESCRIPTOR));
  const tags: string[] = [];
  for await (const page of client.tags(target, 1000)) tags.push(...page);
  return { digest: manifest.digest, layer: layer.equals(LAYER), tags };
}

const PULLED = { digest: manifestDigest, layer: true, tags: [TAG] };
const on = (path: RegExp, fault: Fault, more: Partial<FaultRow> = {}): FaultRow => ({ path, fault, ...more });
const json = (body: unknown, status = 200, headers: Record<string, string> = {}): Fault => ({
  do: "answer",
  status,
  headers: { "Content-Type": "application/json", ...headers },
  body: JSON.stringify(body),
});
const errors = (code: string, message: string, status: number) => json({ errors: [{ code, message }] }, status);

describe("images are pulled from registries as they are", () => {
  const account = (username: string) => ({ username, password: PASSWORD });
  const signedIn = (username: string): Credentials => ({ kind: "password", ...account(username) });
  const bearer = (challenges?: readonly string[]) =>
    ({ scheme: "bearer", tokens: createTokenService(), ...(challenges && { challenges }) }) as const;

  test.each<[registry: string, RegistryOptions, credentials?: Credentials]>([
    ["Docker Hub, GHCR, Quay: a Bearer token for everybody", { authorization: bearer() }],
    [
      "Gitea: two challenges in one line, and any scope",
      {
        authorization: bearer([
          'Bearer realm="/token",service="container_registry",scope="*",Basic realm="/token",service="container_registry",scope="*"',
        ]),
      },
    ],
    [
      "ECR: Basic, whose realm is a URL",
      {
        authorization: {
          scheme: "basic",
          account: account("AWS"),
          challenges: ['Basic realm="https://1234.dkr.ecr.eu-west-1.amazonaws.com/",service="ecr.amazonaws.com"'],
        },
      },
      signedIn("AWS"),
    ],
    [
      "Artifactory: Basic with a name for its realm",
      {
        authorization: {
          scheme: "basic",
          account: account("me@example.com"),
          challenges: ['Basic realm="Artifactory Realm"'],
        },
      },
      signedIn("me@example.com"),
    ],
    [
      "Harbor: a robot with $ and + in its name",
      { authorization: { scheme: "bearer", tokens: createTokenService({ account: account("robot$team+ci") }) } },
      signedIn("robot$team+ci"),
    ],
    [
      "Artifact Registry: a JSON key for a password",
      { authorization: { scheme: "bearer", tokens: createTokenService({ account: account("_json_key") }) } },
      signedIn("_json_key"),
    ],
    [
      "ACR: an identity token that is exchanged",
      { authorization: { scheme: "bearer", tokens: createTokenService({ identityToken: "canary-identity" }) } },
      { kind: "identity-token", token: "canary-identity" },
    ],
    [
      "gcr.io: 401 without a challenge to a token that has expired",
      { authorization: bearer(), faults: [on(/manifests/, { do: "answer", status: 401 }, { times: 1 })] },
    ],
    ["Nexus: nulls for tags", { faults: [on(/tags/, json({ name: "team/app", tags: [null, TAG, null] }))] }],
    [
      "Artifactory: digests for tags, and a link that lacks its prefix",
      {
        faults: [
          on(
            /tags\/list\?n=1000$/,
            json({ tags: [`sha256:${"a".repeat(64)}`] }, 200, {
              Link: '</v2/app/tags/list?last=0&n=1000>; rel="next"',
            }),
          ),
        ],
      },
    ],
    ["a proxy that has no /v2/ but serves images", { faults: [on(/^\/v2\/$/, { do: "answer", status: 404 })] }],
    [
      "a registry that answers HEAD with neither digest nor length",
      {
        faults: [
          on(
            /manifests/,
            {
              do: "headers",
              headers: { "Docker-Content-Digest": null, "Content-Length": null, "Transfer-Encoding": "chunked" },
            },
            { method: "HEAD" },
          ),
        ],
      },
    ],
    ["a registry that has no HEAD", { faults: [on(/manifests/, { do: "answer", status: 501 }, { method: "HEAD" })] }],
    [
      "a HEAD of another length than the manifest",
      { faults: [on(/manifests/, { do: "headers", headers: { "Content-Length": "7" } }, { method: "HEAD" })] },
    ],
  ])("%s", async (_name, registry, credentials) => {
    await withClient({ registry, ...(credentials && { credentials }) }, async (harness) => {
      expect(await pull(harness)).toEqual(PULLED);
    });
  });

  test("Artifactory and Harbor's proxies: below a path", async () => {
    const registry = await startRegistry(sampleContent().content, {
      pathPrefix: "/artifactory/api/docker/remote",
      authorization: { scheme: "bearer", tokens: createTokenService(), realm: "/artifactory/api/docker/remote/token" },
    });
    try {
      const rules = rulesFor({ "r.example": { endpoint: registry.origin } });
      await withClient({ client: { rules } }, async ({ client }) => {
        const target = { repository: { registry: "r.example", path: "team/app" }, tlsVerify: true };
        expect(await pull({ client, target })).toEqual(PULLED);
      });
      expect(requestLines(registry)[0]).toBe("GET /artifactory/api/docker/remote/v2/ 401");
    } finally {
      await registry.close();
    }
  });

  test("registry.k8s.io: a front door that sends elsewhere for everything, where a token is needed", async () => {
    const tokens = createTokenService();
    const behind = await startRegistry(sampleContent().content, { authorization: { scheme: "bearer", tokens } });
    const at = (path: string) =>
      on(new RegExp(`/${path}`), { do: "redirect", location: `${behind.origin}/v2/team/app/${path}` });
    const faults = [`manifests/${TAG}`, `manifests/${manifestDigest}`, `blobs/${layerDigest}`, "tags/list"].map(at);
    try {
      await withClient({ registry: { faults } }, async (harness) => {
        expect(await pull(harness)).toEqual(PULLED);
      });
    } finally {
      await behind.close();
    }
  });

  test("S3, which wants no Authorization beside a signature", async () => {
    const store = await startRegistry(sampleContent().content);
    const location = `${store.origin}/v2/team/app/blobs/${layerDigest}?X-Amz-Signature=canary`;
    const faults = [on(/blobs/, { do: "redirect", location })];
    const authorization = { scheme: "basic", account: account("AWS") } as const;
    try {
      await withClient({ registry: { faults, authorization }, credentials: signedIn("AWS") }, async (harness) => {
        expect(await pull(harness)).toEqual(PULLED);
        expect(harness.logged.join("\n")).not.toContain("canary");
      });
      expect(store.requests.map(({ headers }) => headers.authorization)).toEqual([undefined]);
    } finally {
      await store.close();
    }
  });
});

describe("what registries answer of images that they do not give", () => {
  const documentation: Fault = {
    do: "answer",
    status: 200,
    headers: { "Content-Type": "text/html; charset=utf-8" },
    body: "<html><script>alert(1)</script>",
  };
  test.each<[registry: string, FaultRow[], ErrorCode, message: RegExp]>([
    [
      "GHCR: 403 DENIED of what is private or missing",
      [on(/manifests/, errors("DENIED", "requested access to the resource is denied", 403))],
      "registry-denied",
      /answered 403 \(DENIED: requested access to the resource is denied\): access to .*\/team\/app is denied; check the name, ask for access, or sign in with "docker login /,
    ],
    [
      "Docker Hub: 429",
      [on(/manifests/, errors("TOOMANYREQUESTS", "You have reached your unauthenticated pull rate limit.", 429))],
      "registry-rate-limited",
      /answered 429 \(TOOMANYREQUESTS: You have reached your unauthenticated pull rate limit\.\); wait, or sign in for a higher limit\.$/,
    ],
    [
      "Harbor: UNKNOWN for what is not found",
      [on(/manifests/, errors("UNKNOWN", "artifact team/app:1.0 not found", 404))],
      "tag-not-found",
      /answered 404 \(UNKNOWN: artifact team\/app:1\.0 not found\): .*\/team\/app has no tag "1\.0"; check the name and the tag\.$/,
    ],
    [
      "Red Hat: 404 in words of its own",
      [on(/manifests/, { do: "answer", status: 404, body: "Not Found", headers: { "Content-Type": "text/plain" } })],
      "registry-not-found",
      /answered 404 \(Not Found\): .*\/team\/app was not found; check the registry and the name\.$/,
    ],
    [
      "Artifact Registry: a page of its documentation where it is not enabled",
      [on(/manifests/, documentation)],
      "registry-failed",
      /answered with a web page instead of a manifest of .*\/team\/app; check the registry's name and the network\.$/,
    ],
    [
      "Quay and ECR: details beside the errors",
      [on(/manifests/, json({ details: "the repository is archived" }, 400))],
      "registry-failed",
      /answered 400 \(the repository is archived\)/,
    ],
    [
      "a proxy: a login page instead of an error",
      [on(/manifests/, { ...documentation, status: 403 })],
      "registry-denied",
      /answered 403 \(Forbidden\): /,
    ],
  ])("%s", async (_name, faults, code, message) => {
    await withClient({ registry: { faults } }, async ({ client, target }) => {
      const error: unknown = await client.manifest(target, TAG).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
      expect(String(error)).not.toContain("script");
      await expect(client.resolve(target, TAG)).rejects.toMatchObject({ code });
    });
  });
});
