import { describe, expect, onTestFinished, test } from "vitest";
import { type Answer, answerFrom, errorAnswer, plainAnswer, withHeaders } from "../../support/registry/answers.ts";
import { createTokenService } from "../../support/registry/authorization.ts";
import { isMissing } from "../../support/tools.ts";
import { type UserPlace, userPlace } from "./both.ts";
import { type Site, startInternet } from "./internet.ts";
import { authOf, movedImage, PATH } from "./journey.ts";

const { content } = movedImage();
const ACCOUNT = { username: "user", password: "canary-password-of-the-user" };
const SECRETS = [ACCOUNT.password, authOf(ACCOUNT), "issued-token"];

/** A registry that the user is signed in to has fallen into the hands of someone, who has another host as well. */
interface Scene {
  /** The registry's host; `registry.corp.example` when absent. */
  readonly registry?: string;
  /** The attacker's. */
  readonly host: string;
  readonly challenge?: string;
  /** What the registry answers to a request that it lets in, null for the truth. */
  readonly answer?: (path: string) => Answer | null;
}

interface Attack extends Scene {
  readonly name: string;
  /** Whether skopeo 1.9.3 gives the attacker something that opens the registry. */
  readonly skopeoLeaks: boolean;
  /** What dockpin says. */
  readonly code: string;
}

const BASIC = 'Basic realm="registry"';
const bearer = (realm: string) => `Bearer realm="${realm}",service="registry"`;
const redirect = (location: string): Answer => ({
  status: 307,
  headers: { Location: location },
  body: Buffer.alloc(0),
});
const onBlobs = (answer: (path: string) => Answer) => (path: string) =>
  path.includes("/blobs/") ? answer(path) : null;
const onManifests = (answer: (path: string) => Answer) => (path: string) =>
  path.includes("/manifests/") ? answer(path) : null;

const ATTACKS: readonly Attack[] = [
  {
    name: "tokens are to be had from the attacker",
    host: "token.evil.example",
    challenge: bearer("https://token.evil.example/token"),
    skopeoLeaks: true,
    code: "registry-unauthorized",
  },
  {
    name: "tokens are to be had from a host with a similar name",
    host: "registry.corp.example.evil.test",
    challenge: bearer("https://registry.corp.example.evil.test/token"),
    skopeoLeaks: true,
    code: "registry-unauthorized",
  },
  {
    name: "tokens are to be had from a host whose name ends alike",
    host: "notcorp.example",
    challenge: bearer("https://notcorp.example/token"),
    skopeoLeaks: true,
    code: "registry-unauthorized",
  },
  {
    name: "tokens are to be had from another customer's registry",
    registry: "ours.azurecr.io",
    host: "theirs.azurecr.io",
    challenge: bearer("https://theirs.azurecr.io/oauth2/token"),
    skopeoLeaks: true,
    code: "registry-unauthorized",
  },
  {
    name: "blobs are to be had from the attacker, who wants a password",
    host: "cdn.evil.example",
    answer: onBlobs((path) => redirect(`https://cdn.evil.example${path}`)),
    skopeoLeaks: false,
    code: "registry-unauthorized",
  },
  {
    name: "manifests are to be had from the attacker, who wants a password",
    host: "api.evil.example",
    answer: onManifests((path) => redirect(`https://api.evil.example${path}`)),
    skopeoLeaks: false,
    code: "registry-unauthorized",
  },
  {
    name: "manifests are to be had from a host below the registry's, which is someone else's",
    host: "old.registry.corp.example",
    answer: onManifests((path) => redirect(`https://old.registry.corp.example${path}`)),
    skopeoLeaks: true,
    code: "registry-unauthorized",
  },
  {
    name: "blobs are to be had from the attacker, by a URL with a user name",
    host: "cdn.evil.example",
    answer: onBlobs((path) => redirect(`https://someone:something@cdn.evil.example${path}`)),
    skopeoLeaks: false,
    code: "redirect-refused",
  },
  {
    name: "blobs are to be had by http",
    host: "cdn.evil.example",
    answer: onBlobs((path) => redirect(`http://cdn.evil.example${path}`)),
    skopeoLeaks: false,
    code: "redirect-refused",
  },
  {
    name: "blobs are to be had from this machine",
    host: "cdn.evil.example",
    answer: onBlobs(() => redirect("https://127.0.0.1:1/latest/meta-data")),
    skopeoLeaks: false,
    code: "redirect-refused",
  },
];

/** Wants a password, and takes every one. */
const greedy: Site = ({ headers, url }) => {
  if (headers.authorization !== undefined) return plainAnswer(200, {}, JSON.stringify({ token: "of the attacker" }));
  const refusal = errorAnswer(401, "UNAUTHORIZED", `sign in at ${url.host}`);
  return withHeaders(refusal, { "WWW-Authenticate": BASIC });
};

function fallenRegistry({ challenge = BASIC, answer }: Scene): Site {
  const tokens = createTokenService({ account: ACCOUNT });
  return (question, body) => {
    const { authorization = "" } = question.headers;
    if (question.url.pathname === "/token") return tokens.answer(question, body);
    if (authorization !== `Basic ${authOf(ACCOUNT)}`) {
      return withHeaders(errorAnswer(401, "UNAUTHORIZED", "authentication required"), {
        "WWW-Authenticate": challenge,
      });
    }
    return answer?.(question.url.pathname) ?? answerFrom(content, question);
  };
}

async function attacked(scene: Scene) {
  const { registry = "registry.corp.example", host } = scene;
  const internet = await startInternet({ [registry]: fallenRegistry(scene), [host]: greedy });
  onTestFinished(() => internet.close());
  const place = await userPlace({
    files: {
      ".docker/config.json": JSON.stringify({ auths: { [registry]: { auth: authOf(ACCOUNT) } } }),
      "authority.pem": internet.authority,
    },
    env: { HTTPS_PROXY: internet.proxy, HTTP_PROXY: internet.proxy, SSL_CERT_FILE: "~/authority.pem" },
  });
  /** Runs a program, and gives its outcome and what the attacker has learned that opens the registry. */
  const during = async (run: (place: UserPlace, image: string) => ReturnType<UserPlace["dockpin"]>) => {
    const from = internet.requests.length;
    const outcome = await run(place, `${registry}/${PATH}`);
    const learned = internet.requests
      .slice(from)
      .filter((request) => request.host !== registry)
      .flatMap(({ authorization, path }) => [authorization ?? "", path])
      .filter((text) => SECRETS.some((secret) => text.includes(secret)));
    return { ...outcome, learned };
  };
  return during;
}

describe.skipIf(isMissing("skopeo"))("the password for a registry in wrong hands goes nowhere else", () => {
  test.for(ATTACKS.map((attack) => [attack.name, attack] as const))("%s", async ([, attack]) => {
    const during = await attacked(attack);

    const archive = "docker-archive:image.tar";
    const bySkopeo = await during(({ skopeo }, image) =>
      skopeo("--insecure-policy", "--override-os", "linux", "copy", `docker://${image}:1.0`, archive),
    );
    expect(bySkopeo.learned.length > 0).toBe(attack.skopeoLeaks);

    const byDockpin = await during(({ dockpin }, image) => dockpin("prefetch", image, "1.0"));
    expect(byDockpin.learned).toEqual([]);
    expect(byDockpin).toMatchObject({ code: 2, stderr: expect.stringContaining(`[${attack.code}]`) });
    const printed = byDockpin.stdout + byDockpin.stderr;
    expect(SECRETS.filter((secret) => printed.includes(secret))).toEqual([]);
  });

  test("the next page of tags is to be had from the attacker", async () => {
    const link = `<https://evil.example/v2/${PATH}/tags/list?last=1.0>; rel="next"`;
    const during = await attacked({
      host: "evil.example",
      answer: (path) =>
        path.endsWith("/tags/list")
          ? plainAnswer(200, { Link: link }, JSON.stringify({ name: PATH, tags: ["1.0"] }))
          : null,
    });
    const byDockpin = await during(({ dockpin }, image) => dockpin("tags", image));
    expect(byDockpin).toMatchObject({ learned: [], code: 2, stderr: expect.stringContaining("[redirect-refused]") });
  });

  test.each([
    ["is not sent by http", true],
    ["is not needed by http", false],
  ])("a password %s", async (_title, isClosed) => {
    const host = "nas.corp.example:5000";
    const site: Site = ({ headers, ...question }) =>
      isClosed && headers.authorization !== `Basic ${authOf(ACCOUNT)}`
        ? withHeaders(errorAnswer(401, "UNAUTHORIZED", "authentication required"), { "WWW-Authenticate": BASIC })
        : answerFrom(content, { ...question, headers });
    const internet = await startInternet({ [`http://${host}`]: site });
    onTestFinished(() => internet.close());
    const place = await userPlace({
      files: { ".docker/config.json": JSON.stringify({ auths: { [host]: { auth: authOf(ACCOUNT) } } }) },
      env: { HTTPS_PROXY: internet.proxy, HTTP_PROXY: internet.proxy },
    });
    const passwords = () => internet.requests.filter(({ authorization }) => authorization !== null).length;

    const bySkopeo = await place.skopeo("inspect", "--raw", "--tls-verify=false", `docker://${host}/${PATH}:1.0`);
    expect(bySkopeo.code).toBe(0);
    const sentBySkopeo = passwords();
    expect(sentBySkopeo > 0).toBe(isClosed);

    const byDockpin = await place.dockpin("prefetch", "--quiet", "--tls-verify=false", `${host}/${PATH}`, "1.0");
    expect(byDockpin.code).toBe(isClosed ? 2 : 0);
    expect(byDockpin.stderr).toContain(isClosed ? "are not sent over unencrypted http" : "");
    expect(passwords()).toBe(sentBySkopeo);
  });
});
