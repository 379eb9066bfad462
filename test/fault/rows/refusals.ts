import { addIndex } from "../../support/images/image.ts";
import type { Fault } from "../../support/registry/faults.ts";
import { sampleImage, TAG } from "../sample.ts";
import { answer, at, START, specError } from "./faults.ts";
import type { Row } from "./row.ts";

const HTML = { "Content-Type": "text/html" };
const PAGE = "<html><script>canary-page</script>Sign in</html>";
const manifest = (fault: Fault, times?: number) => ({ registry: [at("{manifest}", fault, times)] });
const nothingLeft = { "RateLimit-Limit": "100;w=21600", "RateLimit-Remaining": "0;w=21600" };
const onceMore = { registry: (status: number) => `ping 200, manifest ${status}, manifest 200, config 200, layer 200` };

/** Answers that are no success: for good, for now, and with patience asked for. */
export const refusalRows: readonly Row[] = [
  {
    id: "F18",
    what: "the layer is missing",
    faults: { registry: [at("{layer}", specError(404, "BLOB_UNKNOWN", "blob unknown"))] },
    outcome: "blob-missing",
    says: /registry\.test:\d+ answered 404 \(BLOB_UNKNOWN: blob unknown\): the layer sha256:[0-9a-f]+ of registry\.test:\d+\/team\/app is missing/,
    requests: { registry: `${START}, layer 404` },
  },
  {
    id: "F19",
    what: "the layer is forbidden",
    faults: { registry: [at("{layer}", specError(403, "DENIED", "no access"))] },
    outcome: "registry-denied",
    says: /403 \(DENIED: no access\).*ask for access/,
    requests: { registry: `${START}, layer 403` },
  },
  {
    id: "F20",
    what: "503 for the layer once, with a wait of 2 s",
    faults: { registry: [at("{layer}", answer(503, { "Retry-After": "2" }), 1)] },
    outcome: "right",
    requests: { registry: `${START}, layer 503, layer 200` },
    waits: [2000],
  },
  {
    id: "F21",
    what: "429 once, with a wait of 1 s",
    faults: manifest(answer(429, { "Retry-After": "1" }), 1),
    outcome: "right",
    requests: { registry: onceMore.registry(429) },
    waits: [1000],
  },
  {
    id: "F22",
    what: "429 once, without a wait",
    faults: manifest(answer(429), 1),
    outcome: "right",
    requests: { registry: onceMore.registry(429) },
    waits: [2000],
  },
  {
    id: "F23",
    what: "429 always",
    faults: manifest(specError(429, "TOOMANYREQUESTS", "You have reached your pull rate limit.")),
    outcome: "registry-rate-limited",
    says: /429 \(TOOMANYREQUESTS: You have reached your pull rate limit\.\); wait, or sign in/,
    requests: { registry: "ping 200, manifest 429, manifest 429, manifest 429, manifest 429, manifest 429" },
    waits: [2000, 4000, 8000, 16000],
  },
  {
    id: "F23a",
    what: "no pulls are left, as the answer with the index tells: no manifest is asked for after it",
    image: (repository) => {
      const entries = [{ manifest: sampleImage(repository), platform: "linux/amd64" }];
      return addIndex(repository, { format: "oci", entries }, TAG);
    },
    faults: manifest({ do: "headers", headers: nothingLeft }),
    outcome: "registry-rate-limited",
    says: /has none of 100 pulls in 6 h 00 min left, so nothing was asked; sign in for a higher limit, or wait, until/,
    requests: { registry: "ping 200, manifest 200" },
  },
  {
    id: "F23b",
    what: "429 with the word that nothing is left: no second try",
    faults: manifest(answer(429, nothingLeft)),
    outcome: "registry-rate-limited",
    says: /has none of 100 pulls in 6 h 00 min left/,
    requests: { registry: "ping 200, manifest 429" },
    waits: [2000],
  },
  {
    id: "F24",
    what: "429 with a wait of two hours",
    faults: manifest(answer(429, { "Retry-After": "7200" })),
    outcome: "registry-rate-limited",
    says: /until 2026-11-24 14:00 UTC/,
    requests: { registry: "ping 200, manifest 429" },
  },
  ...(
    [
      ["a date in 30 s", "Tue, 24 Nov 2026 12:00:30 GMT", [30_000]],
      ["a date that is over", "Tue, 24 Nov 2026 11:00:00 GMT", []],
      ["a word", "soon", [2000]],
      ["a negative number", "-5", [2000]],
      ["a fraction", "1.5", [2000]],
      ["more digits than time has", "99999999999999999999", [2000]],
    ] as const
  ).map<Row>(([what, header, waits]) => ({
    id: `F25-${what.replaceAll(" ", "-")}`,
    what: `429 once, and Retry-After is ${what}`,
    faults: manifest(answer(429, { "Retry-After": header }), 1),
    outcome: "right",
    requests: { registry: onceMore.registry(429) },
    waits,
  })),
  ...[408, 425, 499, 500, 502, 503, 504, 520, 524].map<Row>((status) => ({
    id: `F26-${status}`,
    what: `${status} for the manifest once`,
    faults: manifest(answer(status, HTML, PAGE), 1),
    outcome: "right",
    requests: { registry: onceMore.registry(status) },
    waits: [500],
  })),
  {
    id: "F26-ping",
    what: "503 for the ping once",
    faults: { registry: [at("/v2/", answer(503), 1)] },
    outcome: "right",
    requests: { registry: `ping 503, ${START}, layer 200` },
    waits: [500],
  },
  {
    id: "F26-always",
    what: "500 always, with a web page",
    faults: manifest(answer(500, HTML, PAGE)),
    outcome: "registry-failed",
    says: /^registry\.test:\d+ answered 500 \(Internal Server Error\); try again later\.$/,
    requests: { registry: "ping 200, manifest 500, manifest 500, manifest 500, manifest 500, manifest 500" },
    waits: [500, 1000, 2000, 4000],
  },
  {
    id: "F27",
    what: "the tag is missing",
    faults: manifest(specError(404, "MANIFEST_UNKNOWN", "manifest unknown")),
    outcome: "tag-not-found",
    says: /has no tag "1\.0"/,
    requests: { registry: "ping 200, manifest 404" },
  },
  {
    id: "F27-digest",
    what: "the digest is missing",
    does: "prefetch by digest",
    faults: { registry: [at("{manifest@}", specError(404, "MANIFEST_UNKNOWN", "manifest unknown"))] },
    outcome: "digest-gone",
    requests: { registry: "ping 200, manifest@ 404" },
  },
  {
    id: "F27-html",
    what: "404 with a web page",
    faults: manifest(answer(404, HTML, PAGE)),
    outcome: "registry-not-found",
    says: /^registry\.test:\d+ answered 404 \(Not Found\): [^<>]*was not found/,
    requests: { registry: "ping 200, manifest 404" },
  },
  {
    id: "F27-empty",
    what: "404 with nothing",
    faults: manifest(answer(404)),
    outcome: "registry-not-found",
    requests: { registry: "ping 200, manifest 404" },
  },
  {
    id: "F27-harbor",
    what: "404 in the words of Harbor",
    faults: manifest(specError(404, "UNKNOWN", "unknown: repository team/app not found")),
    outcome: "tag-not-found",
    requests: { registry: "ping 200, manifest 404" },
  },
  {
    id: "F28",
    what: "the manifest is forbidden",
    faults: manifest(specError(403, "DENIED", "requested access to the resource is denied")),
    outcome: "registry-denied",
    says: /requested access to the resource is denied/,
    requests: { registry: "ping 200, manifest 403" },
  },
  {
    id: "F28-terminal",
    what: "the registry's message would move the cursor and turn the text around",
    faults: manifest(specError(403, "DENIED", "\u001b[2J\u202etext\u0007\n[link](command:evil)")),
    outcome: "registry-denied",
    requests: { registry: "ping 200, manifest 403" },
  },
  {
    id: "F28-long",
    what: "the registry's message has a megabyte",
    faults: manifest(specError(403, "DENIED", "x".repeat(1024 * 1024))),
    outcome: "registry-denied",
    requests: { registry: "ping 200, manifest 403" },
  },
  {
    id: "F28-echo",
    what: "the registry's message repeats the password and a signed URL",
    authorization: "basic",
    credentials: "password",
    faults: manifest(
      specError(
        403,
        "DENIED",
        "canary-password of https://cdn.test/x?sig={canary}, Basic cm9ib3QkcmVhZGVyOmNhbmFyeS1wYXNzd29yZA==",
      ),
    ),
    outcome: "registry-denied",
    says: /\*\*\*/,
    requests: { registry: "ping 401, manifest 403" },
  },
  {
    id: "F28-captive",
    what: "a captive portal answers everything with 200 and a web page",
    faults: { registry: [at(/./, answer(200, HTML, PAGE))] },
    outcome: "registry-failed",
    says: /a web page instead of a manifest/,
    requests: { registry: "ping 200, manifest 200" },
  },
  {
    id: "F28-ping",
    what: "the ping is answered 404, but manifests are served",
    faults: { registry: [at("/v2/", answer(404))] },
    outcome: "right",
    requests: { registry: "ping 404, manifest 200, config 200, layer 200" },
  },
];
