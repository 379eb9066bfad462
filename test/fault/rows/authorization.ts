import { configFor, plainLayer } from "../../support/images/image.ts";
import { imageLike } from "../sample.ts";
import { answer, at, redirect, SIGNED_IN, specError } from "./faults.ts";
import type { Row } from "./row.ts";

const PASSWORD = { authorization: "bearer", credentials: "password" } as const;
const BY_TOKEN = { registry: `${SIGNED_IN}, layer 200`, auth: "token(pull) 200" } as const;
const PING_ONLY = { registry: "ping 401" } as const;
const BEARER = 'Bearer realm="{auth}/token",service="s"';
const SIX = Array.from({ length: 6 }, (_, index) => `layer ${index}`);
const HOUR = 3_600_000;
const JSON_TYPE = { "Content-Type": "application/json" };
const WIDER = "repository:team/app:pull,push";

const token = (fault: ReturnType<typeof answer>, times?: number) => ({ auth: [at(/^\/token/, fault, times)] });
const tokenAnswer = (text: string) => token(answer(200, JSON_TYPE, text));
const challengeOnce = (path: string, challenge: string) => ({
  registry: [at(path, answer(401, { "WWW-Authenticate": challenge }), 1)],
});

/** Challenges, tokens and who may have which credentials. */
export const authorizationRows: readonly Row[] = [
  { id: "A01", what: "tokens for everyone", authorization: "bearer for all", outcome: "right", requests: BY_TOKEN },
  { id: "A01-password", what: "tokens for a password", ...PASSWORD, outcome: "right", requests: BY_TOKEN },
  {
    id: "A01-identity",
    what: "tokens for an identity token",
    authorization: "bearer",
    credentials: "identity token",
    outcome: "right",
    requests: { registry: `${SIGNED_IN}, layer 200`, auth: "POST token 200" },
  },
  {
    id: "A01-nobody",
    what: "tokens only for an account, and nobody is signed in",
    authorization: "bearer",
    outcome: "registry-unauthorized",
    says: /sign in with "docker login/,
    requests: { ...PING_ONLY, auth: "token(pull) 401" },
  },
  {
    id: "A02",
    what: "tokens as access_token only",
    ...PASSWORD,
    tokenField: "access_token",
    outcome: "right",
    requests: BY_TOKEN,
  },
  {
    id: "A03",
    what: "Basic, signed in",
    authorization: "basic",
    credentials: "password",
    outcome: "right",
    requests: { registry: `${SIGNED_IN}, layer 200` },
  },
  {
    id: "A03-nobody",
    what: "Basic, and nobody is signed in: nothing is sent",
    authorization: "basic",
    outcome: "registry-unauthorized",
    says: /wants a user name and password; sign in/,
    requests: PING_ONLY,
  },
  {
    id: "A03-wrong",
    what: "Basic with an old password",
    authorization: "basic",
    credentials: "old password",
    outcome: "registry-unauthorized",
    says: /to the credentials from the test's file; sign in again/,
    requests: { registry: "ping 401, manifest 401" },
  },
  {
    id: "A03-ecr",
    what: "Basic with a realm that is a URL, as ECR has it",
    authorization: "basic",
    credentials: "password",
    challenges: ['Basic realm="https://other.example/",service="ecr.amazonaws.com"'],
    outcome: "right",
    requests: { registry: `${SIGNED_IN}, layer 200` },
  },
  ...(
    [
      ["A04", "Negotiate, Basic and Bearer in lines of their own", ["Negotiate", 'Basic realm="r"', BEARER]],
      ["A05", "Bearer and Basic in one line, a scope of *", [`${BEARER},scope="*",Basic realm="r"`]],
      ["A05-comma", "commas and quotes within quotes", [`Digest realm="a, \\"b\\"", qop="x,y", ${BEARER}`]],
      ["A06", "bearer in lower case, spaces after commas", ['bearer realm="{auth}/token", service="s"']],
      ["A07", "parameters without quotes", ["Bearer realm={auth}/token,service=s"]],
      ["A07-upper", "parameter names in upper case", ['BEARER REALM="{auth}/token" , SERVICE = "s"']],
      [
        "A07-many",
        "a hundred unknown schemes after it",
        [BEARER, ...Array.from({ length: 100 }, (_, index) => `X${index}`)],
      ],
    ] as const
  ).map<Row>(([id, what, challenges]) => ({ id, what, ...PASSWORD, challenges, outcome: "right", requests: BY_TOKEN })),
  ...(
    [
      ["A08", "Bearer without a realm", ['Bearer service="s"'], /there is no realm/],
      ["A08-ftp", "a realm that is no web address", ['Bearer realm="ftp://auth.registry.test/"'], /it is a ftp: URL/],
      ["A08-http", "a realm without encryption", ['Bearer realm="http://auth.registry.test/"'], /not encrypted/],
      ["A08-url", "a realm that is no URL", ['Bearer realm="https://["'], /not a URL/],
      ["A08-user", "a realm with a user name", ['Bearer realm="https://u:p@auth.registry.test/"'], /user name/],
      ["A08-local", "a realm on this machine", ['Bearer realm="https://127.0.0.1:1/"'], /address of this machine/],
      ["A08-metadata", "a realm on a metadata service", ['Bearer realm="https://169.254.169.254/"'], /this machine/],
      ["A10", "only Negotiate", ["Negotiate"], /wants negotiate authorization/],
      ["A10-garbage", "a challenge that cannot be read", ['="",,;'], /cannot be read/],
    ] as const
  ).map<Row>(([id, what, challenges, says]) => ({
    id,
    what,
    ...PASSWORD,
    challenges,
    outcome: "challenge-unsupported",
    says,
    requests: PING_ONLY,
  })),
  {
    id: "A08-relative",
    what: "a relative realm",
    ...PASSWORD,
    challenges: ['Bearer realm="/token",service="s"'],
    mayKnow: { registry: ["account"] },
    outcome: "right",
    requests: { registry: "ping 401, token(pull) 200, manifest 200, config 200, layer 200" },
  },
  {
    id: "A09",
    what: "401 without a challenge",
    ...PASSWORD,
    challenges: [],
    outcome: "registry-unauthorized",
    requests: { registry: "ping 401, manifest 401" },
  },
  {
    id: "A09-later",
    what: "401 without a challenge once, when the token is over: the ping's challenge counts",
    ...PASSWORD,
    faults: { registry: [{ ...at("{config}", answer(401), 1), beforeAuthorization: true }] },
    anyOrder: true,
    outcome: "right",
    requests: {
      registry: "config 200, config 401, layer 200, manifest 200, ping 401",
      auth: "token(pull) 200, token(pull) 200",
    },
  },
  {
    id: "A11",
    what: "the realm is a stranger's, who gives tokens to everyone: credentials are not sent",
    ...PASSWORD,
    alsoIssuesTokens: "other",
    challenges: ['Bearer realm="{other}/token",service="s"'],
    faults: { other: [at(/^\/token/, answer(200, JSON_TYPE, '{"token":"a-strangers"}'))] },
    outcome: "registry-unauthorized",
    says: /are not sent, because other\.example:\d+ does not belong to registry\.test/,
    requests: { registry: "ping 401, manifest 401, manifest 401", other: "token(pull) 200, token(pull) 200" },
  },
  {
    id: "A11-lookalike",
    what: "the realm is a host whose name ends alike",
    ...PASSWORD,
    challenges: ['Bearer realm="https://evilregistry.test/token"'],
    outcome: "registry-unreachable",
    requests: PING_ONLY,
  },
  {
    id: "A12",
    what: "the token service refuses an old password",
    authorization: "bearer",
    credentials: "old password",
    outcome: "registry-unauthorized",
    says: /auth\.registry\.test:\d+ answered 401.* the test's file; sign in again/,
    requests: { ...PING_ONLY, auth: "token(pull) 401" },
  },
  {
    id: "A12-403",
    what: "the token service forbids",
    ...PASSWORD,
    faults: token(specError(403, "DENIED", "not for you")),
    outcome: "registry-denied",
    says: /not for you/,
    requests: { ...PING_ONLY, auth: "token(pull) 403" },
  },
  {
    id: "A12-identity",
    what: "the token service refuses an identity token",
    authorization: "bearer",
    credentials: "identity token",
    faults: token(answer(400, JSON_TYPE, '{"error":"invalid_grant"}')),
    outcome: "token-failed",
    says: /invalid_grant/,
    requests: { ...PING_ONLY, auth: "POST token 400" },
  },
  {
    id: "A13",
    what: "500 of the token service once",
    ...PASSWORD,
    faults: token(answer(500), 1),
    outcome: "right",
    requests: { ...BY_TOKEN, auth: "token(pull) 500, token(pull) 200" },
    waits: [500],
  },
  {
    id: "A13-429",
    what: "429 of the token service once, with a wait of 3 s",
    ...PASSWORD,
    faults: token(answer(429, { "Retry-After": "3" }), 1),
    outcome: "right",
    requests: { ...BY_TOKEN, auth: "token(pull) 429, token(pull) 200" },
    waits: [3000],
  },
  ...(
    [
      [
        "A14",
        "a login page instead of a token",
        token(answer(200, { "Content-Type": "text/html" }, "<html>canary-page")),
        /answered with HTML/,
      ],
      ["A14-empty", "an empty object instead of a token", tokenAnswer("{}"), /without a token/],
      ["A14-nothing", "nothing instead of a token", tokenAnswer(""), /without a token/],
      ["A14-null", "null instead of a token", tokenAnswer('{"token":null}'), /without a token/],
      ["A14-number", "a number instead of a token", tokenAnswer('{"token":1}'), /without a token/],
      ["A14-injection", "a token with a line break", tokenAnswer('{"token":"a\\r\\nX-Evil: 1"}'), /without a token/],
      ["A14-huge", "a token of 2 MiB", tokenAnswer(`{"token":"${"x".repeat(2 * 1024 * 1024)}"}`), /without a token/],
    ] as const
  ).map<Row>(([id, what, faults, says]) => ({
    id,
    what,
    ...PASSWORD,
    faults,
    outcome: "token-failed",
    says,
    requests: { ...PING_ONLY, auth: "token(pull) 200" },
  })),
  {
    id: "A14-cut",
    what: "the token breaks off once",
    ...PASSWORD,
    faults: token({ do: "cut", afterBytes: 5 }, 1),
    outcome: "right",
    requests: { ...BY_TOKEN, auth: "token(pull) 200, token(pull) 200" },
    waits: [500],
  },
  {
    id: "A14-redirect",
    what: "the token service sends to a stranger, who is not shown the password",
    ...PASSWORD,
    faults: { ...token(redirect("{other}/token")), other: [at(/^\/token/, answer(401))] },
    outcome: "registry-unauthorized",
    requests: { ...PING_ONLY, auth: "token(pull) 307", other: "token 401" },
  },
  {
    id: "A14-redirect-post",
    what: "the token service sends an identity token to a stranger",
    authorization: "bearer",
    credentials: "identity token",
    faults: token(redirect("{other}/token")),
    outcome: "redirect-refused",
    says: /would send credentials to other\.example/,
    requests: { ...PING_ONLY, auth: "POST token 307" },
  },
  {
    id: "A14-redirect-http",
    what: "the token service sends to where nothing is encrypted",
    ...PASSWORD,
    faults: token(redirect("http://auth.registry.test/token")),
    outcome: "redirect-refused",
    requests: { ...PING_ONLY, auth: "token(pull) 307" },
  },
  {
    id: "A15",
    what: "tokens live for a second, and requests take two",
    ...PASSWORD,
    tokenLifetime: 1,
    passes: { config: 2000, layer: 2000 },
    anyOrder: true,
    outcome: "right",
    requests: {
      registry: "config 200, config 401, layer 200, layer 401, manifest 200, ping 401",
      auth: "token(pull) 200, token(pull) 200",
    },
  },
  {
    id: "A15-refresh",
    what: "tokens live for 100 s, and a token of 90 s is replaced before it is refused",
    ...PASSWORD,
    tokenLifetime: 100,
    passes: { manifest: 90_000 },
    outcome: "right",
    requests: { registry: `${SIGNED_IN}, layer 200`, auth: "token(pull) 200, token(pull) 200" },
  },
  ...["0", "-1", '"soon"', "null", "1e400"].map<Row>((lifetime) => ({
    id: `A15-${lifetime.replaceAll('"', "")}`,
    what: `tokens live for ${lifetime}`,
    ...PASSWORD,
    faults: {
      auth: [
        at(/^\/token/, {
          do: "body",
          body: (truth) => Buffer.from(Buffer.from(truth).toString().replace("}", `,"expires_in":${lifetime}}`)),
        }),
      ],
    },
    outcome: "right",
    requests: BY_TOKEN,
  })),
  {
    id: "A16",
    what: "the token is over when the layer breaks off",
    ...PASSWORD,
    tokenLifetime: 300,
    faults: { registry: [at("{layer}", { do: "cut", afterBytes: 60_000 }, 1)] },
    breakTakes: HOUR,
    outcome: "right",
    requests: { registry: `${SIGNED_IN}, layer 200, layer[…-] 206`, auth: "token(pull) 200, token(pull) 200" },
    waits: [500],
  },
  {
    id: "A16-early",
    what: "the registry takes the token no more when the layer breaks off, though it should live",
    ...PASSWORD,
    faults: {
      registry: [
        at("{layer}", { do: "cut", afterBytes: 60_000 }, 1),
        at("{layer}", answer(401, { "WWW-Authenticate": BEARER }), 1),
      ],
    },
    outcome: "right",
    requests: {
      registry: `${SIGNED_IN}, layer 200, layer[…-] 401, layer[…-] 206`,
      auth: "token(pull) 200, token(pull) 200",
    },
    waits: [500],
  },
  {
    id: "A17",
    what: "the scope is insufficient once, a wider one is named",
    ...PASSWORD,
    faults: challengeOnce("{manifest}", `${BEARER},scope="${WIDER}",error="insufficient_scope"`),
    outcome: "right",
    requests: {
      registry: "ping 401, manifest 401, manifest 200, config 200, layer 200",
      auth: `token(pull) 200, token(${WIDER} pull) 200`,
    },
  },
  {
    id: "A17-always",
    what: "the scope is always insufficient: asked for twice, then no more",
    ...PASSWORD,
    faults: {
      registry: [
        at("{manifest}", answer(401, { "WWW-Authenticate": `${BEARER},scope="${WIDER}",error="insufficient_scope"` })),
      ],
    },
    outcome: "registry-unauthorized",
    requests: { registry: "ping 401, manifest 401, manifest 401", auth: `token(pull) 200, token(${WIDER} pull) 200` },
  },
  {
    id: "A17-hub",
    what: "the scope is the same and still insufficient, as Docker Hub says of what is not there",
    authorization: "bearer for all",
    faults: {
      registry: [
        at(
          "{manifest}",
          answer(401, { "WWW-Authenticate": `${BEARER},scope="repository:team/app:pull",error="insufficient_scope"` }),
        ),
      ],
    },
    outcome: "registry-unauthorized",
    says: /does not exist or is private/,
    requests: { registry: "ping 401, manifest 401", auth: "token(pull) 200" },
  },
  {
    id: "A18",
    what: "the token is over when six layers are wanted at once",
    ...PASSWORD,
    image: imageLike({ layers: SIX.map(plainLayer), config: configFor("linux/amd64", SIX) }),
    isOwnRight: true,
    anyOrder: true,
    tokenLifetime: 300,
    passes: { manifest: 250_000 },
    outcome: "right",
    requests: {
      registry:
        "config 200, layer 200, layer2 200, layer3 200, layer4 200, layer5 200, layer6 200, manifest 200, ping 401",
      auth: "token(pull) 200, token(pull) 200",
    },
  },
  ...["2000-01-01T00:00:00Z", "2999-01-01T00:00:00Z", "yesterday"].map<Row>((time) => ({
    id: `A19-${time}`,
    what: `tokens were issued at ${time}`,
    ...PASSWORD,
    faults: {
      auth: [
        at(/^\/token/, {
          do: "body",
          body: (truth) => Buffer.from(Buffer.from(truth).toString().replace("}", `,"issued_at":"${time}"}`)),
        }),
      ],
    },
    outcome: "right",
    requests: BY_TOKEN,
  })),
];
