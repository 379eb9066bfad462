import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import { parsed } from "../../cli/harness.ts";
import { type Answer, answerFrom, errorAnswer, plainAnswer, withHeaders } from "../../support/registry/answers.ts";
import { createTokenService } from "../../support/registry/authorization.ts";
import type { RegistryContent } from "../../support/registry/content.ts";
import { isMissing } from "../../support/tools.ts";
import { type UserMachine, userPlace } from "./both.ts";
import { type Site, startInternet } from "./internet.ts";
import { authOf, movedImage, SIGNATURE } from "./journey.ts";

/** How a registry of the world is put together, as its documentation and its answers tell. */
interface Vendor {
  readonly name: string;
  /** As the user writes it, without a tag. */
  readonly images: readonly string[];
  /** The host of its API. */
  readonly api: string;
  /** In the API. */
  readonly path: string;
  /** Where tokens come from; Basic when absent. */
  readonly realm?: string;
  readonly challenge: string | readonly string[];
  /** Real requests get their 401 without a challenge; only the ping has it. */
  readonly challengesPingOnly?: true;
  /** Another host, which wants no authorization, has the blobs. */
  readonly blobsAt?: string;
  /** That host is one below the registry's, where skopeo sends the authorization as well. */
  readonly blobsTakeAuthorization?: true;
  /** Another host, for everyone, has all that is not the ping. */
  readonly everythingAt?: string;
  readonly account?: { readonly username: string; readonly password: string };
  readonly identityToken?: string;
  /** How the user is signed in. */
  readonly machines: readonly (UserMachine | "signed out")[];
}

const ACCOUNT = { username: "user@example.com", password: "canary-password-of-the-account" };
const ROBOT = { username: "robot$team+ci", password: "canary-password-of-the-robot" };
const IDENTITY_TOKEN = "canary-identity-token";
const NOBODY = "00000000-0000-0000-0000-000000000000";
const ECR = "123456789012.dkr.ecr.eu-central-1.amazonaws.com";
const ECR_ACCOUNT = { username: "AWS", password: "canary-password-of-twelve-hours" };
const SCOPE = (path: string) => `scope="repository:${path}:pull"`;

const signedIn = (key: string, account: { readonly username: string; readonly password: string }): UserMachine => ({
  files: { ".docker/config.json": JSON.stringify({ auths: { [key]: { auth: authOf(account) } } }) },
});

const VENDORS: readonly Vendor[] = [
  {
    name: "Docker Hub",
    images: ["team/app", "docker.io/team/app", "index.docker.io/team/app"],
    api: "registry-1.docker.io",
    path: "team/app",
    realm: "https://auth.docker.io/token",
    challenge: `Bearer realm="https://auth.docker.io/token",service="registry.docker.io",${SCOPE("team/app")}`,
    blobsAt: "production.cloudflare.docker.com",
    account: ACCOUNT,
    machines: ["https://index.docker.io/v1/", "docker.io", "index.docker.io", "docker.io/team"].map((key) =>
      signedIn(key, ACCOUNT),
    ),
  },
  {
    name: "Docker Hub, official images for everyone",
    images: ["app", "library/app", "docker.io/app", "docker.io/library/app"],
    api: "registry-1.docker.io",
    path: "library/app",
    realm: "https://auth.docker.io/token",
    challenge: `Bearer realm="https://auth.docker.io/token",service="registry.docker.io",${SCOPE("library/app")}`,
    blobsAt: "production.cloudflare.docker.com",
    machines: ["signed out"],
  },
  {
    name: "GitHub",
    images: ["ghcr.io/team/app"],
    api: "ghcr.io",
    path: "team/app",
    realm: "https://ghcr.io/token",
    challenge: `Bearer realm="https://ghcr.io/token",service="ghcr.io",${SCOPE("team/app")}`,
    blobsAt: "pkg-containers.githubusercontent.com",
    account: ACCOUNT,
    machines: [signedIn("ghcr.io", ACCOUNT)],
  },
  {
    name: "Quay",
    images: ["quay.io/team/app"],
    api: "quay.io",
    path: "team/app",
    realm: "https://quay.io/v2/auth",
    challenge: `Bearer realm="https://quay.io/v2/auth",service="quay.io",${SCOPE("team/app")}`,
    blobsAt: "cdn01.quay.io",
    blobsTakeAuthorization: true,
    account: ROBOT,
    machines: [signedIn("quay.io/team", ROBOT)],
  },
  {
    name: "GitLab.com",
    images: ["registry.gitlab.com/team/app/web"],
    api: "registry.gitlab.com",
    path: "team/app/web",
    realm: "https://gitlab.com/jwt/auth",
    challenge: 'Bearer realm="https://gitlab.com/jwt/auth",service="container_registry"',
    blobsAt: "storage.googleapis.com",
    account: ACCOUNT,
    machines: [signedIn("registry.gitlab.com", ACCOUNT)],
  },
  {
    name: "a GitLab of one's own",
    images: ["registry.corp.example/team/app"],
    api: "registry.corp.example",
    path: "team/app",
    realm: "https://gitlab.corp.example/jwt/auth",
    challenge: 'Bearer realm="https://gitlab.corp.example/jwt/auth",service="container_registry"',
    account: ACCOUNT,
    machines: [signedIn("registry.corp.example", ACCOUNT)],
  },
  {
    name: "Amazon ECR",
    images: [`${ECR}/team/app`],
    api: ECR,
    path: "team/app",
    challenge: `Basic realm="https://${ECR}/",service="ecr.amazonaws.com"`,
    blobsAt: "prod-eu-central-1-starport-layer-bucket.s3.eu-central-1.amazonaws.com",
    account: ECR_ACCOUNT,
    machines: [
      {
        files: { ".docker/config.json": JSON.stringify({ credHelpers: { [ECR]: "ecr-login" } }) },
        programs: {
          "docker-credential-ecr-login": `#!/bin/sh\nread -r server\necho '${JSON.stringify({ ServerURL: `https://${ECR}`, Username: ECR_ACCOUNT.username, Secret: ECR_ACCOUNT.password })}'\n`,
        },
      },
    ],
  },
  {
    name: "Amazon ECR Public",
    images: ["public.ecr.aws/team/app"],
    api: "public.ecr.aws",
    path: "team/app",
    realm: "https://public.ecr.aws/token/",
    challenge: 'Bearer realm="https://public.ecr.aws/token/",service="public.ecr.aws",scope="aws"',
    blobsAt: "d5l0dvt14r5h8.cloudfront.net",
    machines: ["signed out"],
  },
  {
    name: "Artifact Registry",
    images: ["europe-docker.pkg.dev/project/team/app"],
    api: "europe-docker.pkg.dev",
    path: "project/team/app",
    realm: "https://europe-docker.pkg.dev/v2/token",
    challenge: 'Bearer realm="https://europe-docker.pkg.dev/v2/token",service="europe-docker.pkg.dev"',
    challengesPingOnly: true,
    account: { username: "oauth2accesstoken", password: "canary-access-token" },
    machines: [
      signedIn("europe-docker.pkg.dev", { username: "oauth2accesstoken", password: "canary-access-token" }),
      signedIn("europe-docker.pkg.dev/project", { username: "oauth2accesstoken", password: "canary-access-token" }),
    ],
  },
  {
    name: "Azure",
    images: ["example.azurecr.io/team/app"],
    api: "example.azurecr.io",
    path: "team/app",
    realm: "https://example.azurecr.io/oauth2/token",
    challenge: `Bearer realm="https://example.azurecr.io/oauth2/token",service="example.azurecr.io",${SCOPE("team/app")}`,
    blobsAt: "weumanaged.blob.core.windows.net",
    account: ACCOUNT,
    identityToken: IDENTITY_TOKEN,
    machines: [
      {
        files: {
          ".docker/config.json": JSON.stringify({
            auths: {
              "example.azurecr.io": {
                auth: authOf({ username: NOBODY, password: "" }),
                identitytoken: IDENTITY_TOKEN,
              },
            },
          }),
        },
      },
    ],
  },
  {
    name: "Harbor",
    images: ["harbor.corp.example/hub-proxy/library/app"],
    api: "harbor.corp.example",
    path: "hub-proxy/library/app",
    realm: "https://harbor.corp.example/service/token",
    challenge: `Bearer realm="https://harbor.corp.example/service/token",service="harbor-registry",${SCOPE("hub-proxy/library/app")}`,
    account: ROBOT,
    machines: [signedIn("harbor.corp.example", ROBOT)],
  },
  {
    name: "Artifactory",
    images: ["corp.jfrog.io/docker-remote/library/app"],
    api: "corp.jfrog.io",
    path: "docker-remote/library/app",
    challenge: 'Basic realm="Artifactory Realm"',
    account: ACCOUNT,
    machines: [signedIn("https://corp.jfrog.io", ACCOUNT)],
  },
  {
    name: "Nexus",
    images: ["nexus.corp.example/team/app"],
    api: "nexus.corp.example",
    path: "team/app",
    challenge: 'BASIC realm="Sonatype Nexus Repository Manager"',
    account: ACCOUNT,
    machines: [signedIn("nexus.corp.example", ACCOUNT)],
  },
  {
    name: "Codeberg",
    images: ["codeberg.org/team/app"],
    api: "codeberg.org",
    path: "team/app",
    realm: "https://codeberg.org/v2/token",
    challenge:
      'Bearer realm="https://codeberg.org/v2/token",service="container_registry",scope="*",Basic realm="Gitea Container Registry"',
    account: ACCOUNT,
    machines: [signedIn("codeberg.org", ACCOUNT)],
  },
  {
    name: "registry.k8s.io, which sends everything elsewhere",
    images: ["registry.k8s.io/team/app"],
    api: "registry.k8s.io",
    path: "team/app",
    challenge: [],
    everythingAt: "europe-west8-docker.pkg.dev",
    machines: ["signed out"],
  },
];

/** The sites of a vendor: its API, its token service, and where its bytes are. */
function sitesOf(vendor: Vendor, content: RegistryContent): Readonly<Record<string, Site>> {
  const { api, account, identityToken, realm, blobsAt, everythingAt } = vendor;
  const tokens = createTokenService({
    ...(account && { account }),
    ...(identityToken !== undefined && { identityToken }),
  });
  const isLetIn = (authorization = ""): boolean => {
    if (vendor.challenge.length === 0) return true;
    if (realm !== undefined) return tokens.isValid(authorization.replace(/^Bearer /, ""), "");
    return account !== undefined && authorization === `Basic ${authOf(account)}`;
  };
  const answerApi: Site = (question, body) => {
    const { pathname } = question.url;
    if (realm === `https://${api}${pathname}`) return tokens.answer(question, body);
    const isPing = pathname === "/v2/";
    if (!isLetIn(question.headers.authorization)) {
      const refusal = errorAnswer(401, "UNAUTHORIZED", "authentication required");
      const isSilent = vendor.challengesPingOnly === true && !isPing;
      return isSilent ? refusal : withHeaders(refusal, { "WWW-Authenticate": vendor.challenge });
    }
    if (everythingAt !== undefined && !isPing) return redirectTo(`https://${everythingAt}${pathname}`);
    const isBlob = pathname.includes("/blobs/");
    if (blobsAt !== undefined && isBlob) return redirectTo(`https://${blobsAt}${pathname}?X-Signature=${SIGNATURE}`);
    return answerFrom(content, question);
  };
  const answerElsewhere: Site = (question) => {
    const mayHave = vendor.blobsTakeAuthorization === true;
    if (!mayHave && question.headers.authorization !== undefined)
      return plainAnswer(400, {}, "Only one auth mechanism allowed");
    const isSigned = blobsAt === undefined || question.url.searchParams.get("X-Signature") === SIGNATURE;
    return isSigned ? answerFrom(content, question) : plainAnswer(403, {}, "");
  };
  const elsewhere = blobsAt ?? everythingAt;
  return {
    ...(realm !== undefined && { [new URL(realm).host]: tokens.answer }),
    ...(elsewhere !== undefined && { [elsewhere]: answerElsewhere }),
    [api]: answerApi,
  };
}

function redirectTo(location: string): Answer {
  return { status: 307, headers: { Location: location }, body: Buffer.alloc(0) };
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return `sha256-${hash.digest("base64")}`;
}

const ROWS = VENDORS.flatMap((vendor) =>
  vendor.images.flatMap((image) =>
    vendor.machines.map(
      (machine, position) => [`${vendor.name}: ${image}, account ${position + 1}`, { vendor, image, machine }] as const,
    ),
  ),
);

describe.skipIf(isMissing("skopeo"))("skopeo and dockpin compute the same hash from", () => {
  test.for(ROWS)("%s", async ([, { vendor, image, machine }]) => {
    const { content, current } = movedImage(vendor.path);
    const internet = await startInternet(sitesOf(vendor, content));
    onTestFinished(() => internet.close());
    const user = machine === "signed out" ? {} : machine;
    const place = await userPlace({
      ...user,
      files: { ...user.files, "authority.pem": internet.authority },
      env: { HTTPS_PROXY: internet.proxy, SSL_CERT_FILE: "~/authority.pem" },
    });

    const platform = ["--override-os", "linux", "--override-arch", "arm64"];
    const archive = "docker-archive:image.tar:team/app:1.0";
    const bySkopeo = await place.skopeo("--insecure-policy", ...platform, "copy", `docker://${image}:1.0`, archive);
    expect(bySkopeo.stderr + bySkopeo.code).toMatch(/0$/);
    const from = internet.requests.length;

    const options = ["--json", "--quiet", "--os", "linux", "--arch", "arm64", "--final-image-name", "team/app"];
    const byDockpin = await place.dockpin("prefetch", ...options, image, "1.0");
    expect(byDockpin).toMatchObject({ code: 0, stderr: "" });
    const hash = await sha256Of(join(place.folder, "image.tar"));
    expect(parsed(byDockpin)).toMatchObject({ imageName: image, imageDigest: current, hash });

    // Nothing that opens the registry went anywhere else.
    const trusted = [vendor.api, ...(vendor.realm === undefined ? [] : [new URL(vendor.realm).host])];
    const leaks = internet.requests
      .slice(from)
      .filter((request) => request.authorization !== null && !trusted.includes(request.host));
    expect(leaks).toEqual([]);
  });
});
