import { randomInt } from "node:crypto";
import { describe, expect, test } from "vitest";
import { CodedError } from "../../server/src/base/errors.ts";
import { parseManifest } from "../../server/src/oci/manifest.ts";
import { DOCKER_LIST, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST } from "../../server/src/oci/media-type.ts";
import { parseReference, parseRepository, parseTag } from "../../server/src/oci/reference.ts";
import { parseChallenges } from "../../server/src/registry/challenge.ts";
import { parseErrorBody } from "../../server/src/registry/failed-answer.ts";
import { readNextLink } from "../../server/src/registry/link-header.ts";
import { readNoProxy } from "../../server/src/registry/no-proxy.ts";
import { createRedactor } from "../../server/src/registry/redact.ts";
import { findRegistry, parseRegistriesConf } from "../../server/src/registry/registries-conf.ts";
import { readRetryAfter } from "../../server/src/registry/retry.ts";
import { seededRandom } from "../support/images/random.ts";
import type { Fault } from "../support/registry/faults.ts";
import { mutate } from "./mutate.ts";
import { answer, at, HALF } from "./rows/faults.ts";
import type { Row } from "./rows/row.ts";
import { playRow, rightResult } from "./run-row.ts";
import { secretsIn } from "./secrets.ts";
import { recordPrinted, recordUsed } from "./transcript.ts";

/** Set DOCKPIN_FUZZ_SEED to play a run again. */
const seed = Number(process.env["DOCKPIN_FUZZ_SEED"] ?? randomInt(1, 2 ** 31));
const below = seededRandom(seed);
console.log(`DOCKPIN_FUZZ_SEED=${seed}`);

const CASES = 3000;
const MEBIBYTE = 1024 * 1024;
/** Far more than the biggest inputs need, far less than what runs away. */
const MEMORY_LIMIT = 512 * MEBIBYTE;
const NOW = Date.UTC(2026, 10, 24, 12);

interface Target {
  readonly name: string;
  /** Must give a result, or a problem, for every text. */
  readonly read: (text: string) => unknown;
  readonly valid: readonly string[];
}

const D = `sha256:${"0123456789abcdef".repeat(4)}`;
const DESCRIPTOR = `{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","digest":"${D}","size":12,"urls":["https://a/b"]}`;
const CONFIG = `{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"${D}","size":2}`;
const MANIFEST_TYPES = [OCI_MANIFEST, DOCKER_MANIFEST, OCI_INDEX, DOCKER_LIST, null];

const TARGETS: readonly Target[] = [
  {
    name: "challenges",
    read: (text) => parseChallenges([text, text.slice(1)]),
    valid: [
      'Bearer realm="https://auth.example/token",service="s",scope="repository:a/b:pull,push"',
      'Negotiate, Basic realm="a \\"b\\", c", Digest abc==, Bearer realm=x',
    ],
  },
  {
    name: "references",
    read: (text) => [parseReference(text), parseRepository(text), parseTag(text)],
    valid: [`registry.example:5000/team/app:1.0@${D}`, "library/alpine", "[2001:db8::1]:5000/x:tag", "a__b--c.d/e"],
  },
  {
    name: "registries.conf",
    read: (text) => {
      const conf = parseRegistriesConf(text);
      return "problem" in conf ? conf : findRegistry(conf.registries, "docker.io/library/alpine");
    },
    valid: [
      'unqualified-search-registries = ["docker.io"]\n[[registry]]\nprefix = "*.example.com"\nlocation = "a/b"\ninsecure = true\n' +
        '[[registry.mirror]]\nlocation = "c"\npull-from-mirror = "digest-only"\n[aliases]\n"x" = "docker.io/library/x"\n',
    ],
  },
  {
    name: "manifests",
    read: (text) => MANIFEST_TYPES.map((type) => parseManifest(Buffer.from(text), type)),
    valid: [
      `{"schemaVersion":2,"mediaType":"${OCI_MANIFEST}","config":${CONFIG},"layers":[${DESCRIPTOR},${DESCRIPTOR}]}`,
      `{"schemaVersion":2,"manifests":[{"digest":"${D}","size":3,"mediaType":"${OCI_MANIFEST}","platform":{"os":"linux","architecture":"amd64"}}]}`,
    ],
  },
  {
    name: "Link headers",
    read: (text) => readNextLink([text]),
    valid: ['</v2/a/tags/list?n=2&last=b>; rel="next", <x>; title="a, \\"b\\""; rel=prev', "<https://a/b?c>;rel=next"],
  },
  {
    name: "Retry-After",
    read: (text) => {
      const wait = readRetryAfter(text, NOW);
      if (wait !== null && !(Number.isFinite(wait) && wait >= 0)) throw new Error(`a wait of ${wait}`);
    },
    valid: ["120", "Tue, 24 Nov 2026 12:00:30 GMT", "Tuesday, 24-Nov-26 12:00:30 GMT"],
  },
  {
    name: "error bodies",
    read: (text) => {
      const { code, message } = parseErrorBody(text, createRedactor());
      if ((code ?? "").length > 100 || (message ?? "").length > 300) throw new Error("too long to show");
    },
    valid: ['{"errors":[{"code":"DENIED","message":"no","detail":{"a":[1]}}]}', '{"message":"x"}', '{"details":"x"}'],
  },
  {
    name: "redaction",
    read: (text) => {
      const redactor = createRedactor();
      redactor.protect("secret");
      return redactor.redact(text);
    },
    valid: ["Authorization: Bearer abc, https://user:secret@host/a?b=c#d, Basic dXNlcjpwYXNzd29yZA=="],
  },
  {
    name: "NO_PROXY",
    read: (text) => readNoProxy(text.split(","))(new URL("https://registry.example:5000/")),
    valid: ["localhost, .example, 10.0.0.0/8,[::1]:80,*.x", "*"],
  },
];

describe(`whatever comes in, there is an answer, seed ${seed}`, () => {
  test.each(TARGETS)("$name: $valid.length texts, mutated", ({ read, valid }) => {
    for (let count = 0; count < CASES; count += 1) attempt(read, mutate(valid, below));
  });

  // What takes quadratic time takes longer here than a test may.
  test.each(TARGETS)("$name: texts of 1 MiB", { timeout: 120_000 }, ({ read, valid }) => {
    const before = process.memoryUsage().rss;
    const pieces = [
      ...new Set(valid.join("")),
      ...valid,
      '\\"',
      "[{",
      '{"a":',
      "a=",
      "<a>;",
      "%",
      "\u0000",
      "😀",
      " \t",
    ];
    for (const piece of pieces) attempt(read, piece.repeat(Math.ceil(MEBIBYTE / piece.length)).slice(0, MEBIBYTE));
    expect(process.memoryUsage().rss - before).toBeLessThan(MEMORY_LIMIT);
  });
});

/** Says which text it was. */
function attempt(read: Target["read"], text: string): void {
  try {
    read(text);
  } catch (error) {
    throw new Error(`for ${JSON.stringify(text.slice(0, 300))} (${text.length} characters)`, { cause: error });
  }
}

/** Answers of a registry, mutated, to a client of which the user wants an image. */
const WIRE: readonly {
  readonly name: string;
  readonly row: (text: string) => Partial<Row>;
  readonly valid: string[];
}[] = [
  {
    name: "Content-Range",
    valid: ["bytes 60000-100052/100053", "bytes */100053"],
    row: (text) => onLayer({ do: "cut", afterBytes: HALF }, answer(206, { "Content-Range": text }, "x".repeat(40_053))),
  },
  {
    name: "token answers",
    valid: ['{"token":"abc","access_token":"abc","expires_in":300,"issued_at":"2026-11-24T12:00:00Z"}'],
    row: (text) => ({
      authorization: "bearer",
      credentials: "password",
      faults: { auth: [at(/^\/token/, answer(200, { "Content-Type": "application/json" }, text))] },
    }),
  },
  {
    name: "challenges",
    valid: ['Bearer realm="{auth}/token",service="s",scope="repository:team/app:pull"', 'Basic realm="r"'],
    row: (text) => ({ authorization: "bearer", credentials: "password", challenges: [text] }),
  },
  {
    name: "error bodies",
    valid: [
      '{"errors":[{"code":"DENIED","message":"canary-password Basic cm9ib3QkcmVhZGVyOmNhbmFyeS1wYXNzd29yZA=="}]}',
    ],
    row: (text) => ({
      authorization: "basic",
      credentials: "password",
      faults: { registry: [at("{manifest}", answer(403, { "Content-Type": "application/json" }, text))] },
    }),
  },
  {
    name: "redirects",
    valid: ["{cdn}{layer}?X-Signature=a%20b&c=d", "../../team/app/blobs/x", "//cdn.test/x"],
    row: (text) => onLayer({ do: "redirect", location: text }),
  },
  {
    name: "pages of tags",
    valid: ['</v2/team/app/tags/list?n=1000&last=b>; rel="next"', '<{other}/v2/x>; rel="next"'],
    row: (text) => ({
      does: "tags",
      faults: { registry: [at(/n=1000$/, answer(200, { Link: text }, '{"tags":["a","b"]}'))] },
    }),
  },
];

function onLayer(...faults: readonly Fault[]): Partial<Row> {
  return { faults: { registry: faults.map((fault) => at("{layer}", fault, 1)) } };
}

describe(`whatever a registry answers, there is a result or a coded error, seed ${seed}`, () => {
  test.each(WIRE)("$name", { timeout: 120_000 }, async ({ name, row, valid }) => {
    for (let count = 0; count < 25; count += 1) {
      // Neither Node's server nor HTTP has other characters in headers.
      const text = mutate(valid, below).replace(/[^\x20-\x7e]/g, "?");
      const wholeRow: Row = { id: "fuzz", what: text, outcome: "right", requests: {}, ...row(text) };
      const { result, error, printed, received, leftovers } = await playRow(wholeRow);
      recordPrinted(`fuzz ${name}`, printed);
      recordUsed(Object.values(received).flat());
      if (result === null) expect(error, text).toBeInstanceOf(CodedError);
      else if (wholeRow.does !== "tags") expect(result, text).toBe(await rightResult(wholeRow));
      expect(leftovers).toEqual([]);
      expect(received.other, text).toEqual([]);
      // What a mutation has broken is no secret any more.
      const whole = printed.filter((line) => secretsIn(line).length > 0);
      expect(whole, text).toEqual([]);
    }
  });
});
