import { describe, expect, onTestFinished, test } from "vitest";
import { REGISTRY_ACCOUNT } from "../../support/docker-registry.ts";
import { plainAnswer } from "../../support/registry/answers.ts";
import { isMissing } from "../../support/tools.ts";
import { type Agreement, expectAgreement, fetchWithBoth } from "./both.ts";
import { type ChallengeFrontOptions, startChallengeFront } from "./challenge-front.ts";
import { authOf, movedImage, PATH } from "./journey.ts";

const { content } = movedImage();
const AUTH = authOf(REGISTRY_ACCOUNT);

interface Row extends Omit<ChallengeFrontOptions, "account"> {
  readonly name: string;
  readonly outcome: Agreement;
  /** No account is kept for the registry. */
  readonly signedOut?: true;
}

const bearer = (origin: string, more = "") => `Bearer realm="${origin}/token",service="registry"${more}`;
const SCOPE = `,scope="repository:${PATH}:pull"`;
const LENIENT = "there is one way to read it, and registries write it";

const ROWS: readonly Row[] = [
  // Basic
  { name: "Basic", challenges: () => ['Basic realm="registry"'], outcome: "in" },
  {
    name: "Basic, and nobody is signed in",
    challenges: () => ['Basic realm="registry"'],
    outcome: "out",
    signedOut: true,
  },
  { name: "basic in lower case", challenges: () => ['basic realm="registry"'], outcome: "in" },
  { name: "Basic without a realm", challenges: () => ["Basic"], outcome: "in" },
  { name: "Basic with a charset", challenges: () => ['Basic realm="registry", charset="UTF-8"'], outcome: "in" },
  {
    name: "Basic with a URL for a realm, as ECR has it",
    challenges: (origin) => [`Basic realm="${origin}/",service="ecr.amazonaws.com"`],
    outcome: "in",
  },
  {
    name: "Basic with a comma and a quote in its realm",
    challenges: () => ['Basic realm="ours, \\"not\\" yours"'],
    outcome: "in",
  },
  // Bearer
  { name: "Bearer", challenges: (origin) => [bearer(origin, SCOPE)], outcome: "in" },
  {
    name: "Bearer, and nobody is signed in",
    challenges: (origin) => [bearer(origin, SCOPE)],
    outcome: "out",
    signedOut: true,
  },
  {
    name: "Bearer that all get",
    challenges: (origin) => [bearer(origin, SCOPE)],
    outcome: "in",
    tokens: { anyone: true },
    signedOut: true,
  },
  {
    name: "bearer in lower case",
    challenges: (origin) => [bearer(origin, SCOPE).replace("Bearer", "bearer")],
    outcome: "in",
  },
  {
    name: "BEARER in upper case",
    challenges: (origin) => [bearer(origin, SCOPE).replace("Bearer", "BEARER")],
    outcome: "in",
  },
  {
    name: "names of parameters in upper case",
    challenges: (origin) => [`Bearer REALM="${origin}/token",SERVICE="registry"`],
    outcome: "in",
  },
  { name: "no scope", challenges: (origin) => [bearer(origin)], outcome: "in" },
  {
    name: "a scope of everything, as Gitea has it",
    challenges: (origin) => [bearer(origin, ',scope="*"')],
    outcome: "in",
  },
  { name: "no service", challenges: (origin) => [`Bearer realm="${origin}/token"`], outcome: "in" },
  {
    name: "more parameters",
    challenges: (origin) => [bearer(origin, `${SCOPE},error="invalid_token",error_description="none, yet",x="1"`)],
    outcome: "in",
  },
  { name: "an empty parameter", challenges: (origin) => [bearer(origin, ',scope=""')], outcome: "in" },
  { name: "spaces after commas", challenges: (origin) => [bearer(origin, SCOPE).replaceAll(",", ", ")], outcome: "in" },
  {
    name: "spaces before commas",
    challenges: (origin) => [bearer(origin, SCOPE).replaceAll(",", " ,")],
    outcome: "in",
  },
  {
    name: "several spaces after the scheme",
    challenges: (origin) => [bearer(origin, SCOPE).replace(" ", "   ")],
    outcome: "in",
  },
  {
    name: "a comma and a quote in the service",
    challenges: (origin) => [`Bearer realm="${origin}/token",service="a, \\"b\\" c"`],
    outcome: "in",
  },
  {
    name: "a service without quotes",
    challenges: (origin) => [`Bearer realm="${origin}/token",service=registry`],
    outcome: "in",
  },
  {
    name: "a realm that has a query already",
    challenges: (origin) => [`Bearer realm="${origin}/token?tenant=1",service="registry"`],
    outcome: "in",
  },
  {
    name: "the token as access_token",
    challenges: (origin) => [bearer(origin)],
    outcome: "in",
    tokens: { field: "access_token" },
  },
  {
    name: "a token that lives for a second",
    challenges: (origin) => [bearer(origin)],
    outcome: "in",
    tokens: { expiresIn: 1 },
  },
  {
    name: "a realm without quotes",
    challenges: (origin) => [`Bearer realm=${origin}/token,service=registry`],
    outcome: { skopeo: "out", dockpin: "in", because: LENIENT },
  },
  {
    name: "spaces around equal signs",
    challenges: (origin) => [bearer(origin).replaceAll('="', ' = "')],
    outcome: { skopeo: "out", dockpin: "in", because: LENIENT },
  },
  {
    name: "a realm that is a path",
    challenges: () => ['Bearer realm="/token",service="registry"'],
    outcome: { skopeo: "out", dockpin: "in", because: "it can only be the registry's own" },
  },
  { name: "no realm", challenges: () => ['Bearer service="registry"'], outcome: "out" },
  { name: "an empty realm", challenges: () => ['Bearer realm="",service="registry"'], outcome: "out" },
  { name: "a realm that is no URL", challenges: () => ['Bearer realm="http://[",service="registry"'], outcome: "out" },
  {
    name: "a realm in a file",
    challenges: () => ['Bearer realm="file:///etc/passwd",service="registry"'],
    outcome: "out",
  },
  // The realm is elsewhere
  {
    name: "a realm on another host, for those who are signed in",
    challenges: (_, other) => [bearer(other)],
    outcome: { skopeo: "in", dockpin: "out", because: "a registry must not send its users' passwords to others" },
  },
  {
    name: "a realm on another host, where everyone gets a token",
    challenges: (_, other) => [bearer(other)],
    outcome: "in",
    tokens: { anyone: true },
  },
  // Several
  {
    name: "Bearer and Basic in one line",
    challenges: (origin) => [`${bearer(origin, SCOPE)},Basic realm="registry"`],
    outcome: "in",
  },
  {
    name: "Bearer and Basic in one line, spaces between",
    challenges: (origin) => [`${bearer(origin, SCOPE)}, Basic realm="registry"`],
    outcome: "in",
  },
  {
    name: "Bearer and Basic in two lines",
    challenges: (origin) => [bearer(origin), 'Basic realm="registry"'],
    outcome: "in",
  },
  {
    name: "Basic and Bearer in two lines",
    challenges: (origin) => ['Basic realm="registry"', bearer(origin)],
    outcome: "in",
  },
  {
    name: "Basic and Bearer in one line",
    challenges: (origin) => [`Basic realm="registry", ${bearer(origin)}`],
    outcome: "in",
  },
  {
    name: "Basic and Bearer in one line, and only Bearer opens",
    challenges: (origin) => [`Basic realm="registry", ${bearer(origin)}`],
    accepts: "Bearer",
    outcome: { skopeo: "out", dockpin: "in", because: "skopeo reads the first challenge of a line" },
  },
  {
    name: "Basic and Bearer in two lines, and only Bearer opens",
    challenges: (origin) => ['Basic realm="registry"', bearer(origin)],
    accepts: "Bearer",
    outcome: { skopeo: "out", dockpin: "in", because: "skopeo takes the first, dockpin the safer one" },
  },
  {
    name: "an unknown scheme, Basic and Bearer in three lines",
    challenges: (origin) => ["Negotiate", 'Basic realm="registry"', bearer(origin)],
    outcome: "in",
  },
  {
    name: "an unknown scheme and Basic in one line",
    challenges: () => ['Negotiate, Basic realm="registry"'],
    outcome: { skopeo: "out", dockpin: "in", because: "skopeo reads the first challenge of a line" },
  },
  {
    name: "an unknown scheme with a token68, and Basic in one line",
    challenges: () => ['Negotiate YWJj==, Basic realm="registry"'],
    outcome: { skopeo: "out", dockpin: "in", because: "skopeo reads the first challenge of a line" },
  },
  { name: "an empty line and Basic", challenges: () => ["", 'Basic realm="registry"'], outcome: "in" },
  { name: "only an unknown scheme", challenges: () => ["Negotiate"], outcome: "out" },
  { name: "nothing", challenges: () => [], outcome: "out" },
  { name: "what is no challenge", challenges: () => ['="'], outcome: "out" },
  // The token service answers something else
  {
    name: "a token service that answers HTML",
    challenges: (origin) => [bearer(origin)],
    tokenAnswer: plainAnswer(200, { "Content-Type": "text/html" }, "<html>Sign in</html>"),
    outcome: "out",
  },
  {
    name: "a token service that gives no token",
    challenges: (origin) => [bearer(origin)],
    tokenAnswer: plainAnswer(200, {}, "{}"),
    outcome: "out",
  },
  {
    name: "a token service that forbids",
    challenges: (origin) => [bearer(origin)],
    tokenAnswer: plainAnswer(403, {}, ""),
    outcome: "out",
  },
  {
    name: "a token service that is not there",
    challenges: (origin) => [bearer(origin)],
    tokenAnswer: plainAnswer(404, {}, ""),
    outcome: "out",
  },
  {
    name: "a token that opens nothing",
    challenges: (origin) => [bearer(origin)],
    tokenAnswer: plainAnswer(200, {}, '{"token":"stale"}'),
    outcome: "out",
  },
];

describe.skipIf(isMissing("skopeo"))("skopeo and dockpin meet the same challenge", () => {
  test.for(ROWS)("$name", async ({ name: _, outcome, signedOut = false, ...options }) => {
    const front = await startChallengeFront(content, { ...options, account: REGISTRY_ACCOUNT });
    onTestFinished(() => front.close());
    const auths = signedOut ? {} : { [front.host]: { auth: AUTH } };
    const files = { ".docker/config.json": JSON.stringify({ auths }) };
    const tries = await fetchWithBoth(
      { name: `${front.host}/${PATH}`, reference: "1.0" },
      { files },
      () => front.requests.length,
    );
    expectAgreement(tries, outcome);
    // The password goes nowhere else.
    const elsewhere = front.requests.slice(tries.between).filter(({ host }) => host !== front.host);
    expect(elsewhere.filter(({ authorization }) => authorization !== null)).toEqual([]);
  });
});
