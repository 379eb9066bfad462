import { answer, at, specError } from "./faults.ts";
import type { Row } from "./row.ts";

const JSON_TYPE = { "Content-Type": "application/json" };
const LIST = "/v2/team/app/tags/list";
const page = (tags: unknown, link?: string) =>
  answer(200, { ...JSON_TYPE, ...(link !== undefined && { Link: link }) }, JSON.stringify({ name: "team/app", tags }));
const next = (target: string) => `<${target}>; rel="next"`;
const row = (row: Omit<Row, "does">): Row => ({ does: "tags", ...row });
const first = (fault: ReturnType<typeof answer>) => [at(/n=1000$/, fault)];
const SECOND = `${LIST}?n=1000&last=b`;
const TWO_PAGES = { registry: "ping 200, tags?n=1000 200, tags?n=1000&last=b 200" };

/** Lists of tags, in pages that lead astray. */
export const tagRows: readonly Row[] = [
  row({
    id: "T01",
    what: "nothing",
    tags: ["1.0"],
    outcome: "right",
    requests: { registry: "ping 200, tags?n=1000 200" },
  }),
  ...(
    [
      ["relative", "a relative link", next(SECOND)],
      ["absolute", "an absolute link", next(`{registry}${SECOND}`)],
      ["query", "a link that is only a query", next("?n=1000&last=b")],
      ["unquoted", "a link without quotes", `<${SECOND}>; rel=next`],
      ["several", "several links in a line", `</first>; rel="first", <${SECOND}>; title="a, b"; rel="next last"`],
      ["prefix", "a link without the prefix of a proxy", next("/docker-remote/v2/app/tags/list?n=1000&last=b")],
    ] as const
  ).map(([id, what, link]) =>
    row({
      id: `T01-${id}`,
      what,
      faults: { registry: [...first(page(["a", "b"], link)), at(SECOND, page(["c"]))] },
      tags: ["a", "b", "c"],
      outcome: "right",
      requests: TWO_PAGES,
    }),
  ),
  row({
    id: "T01-elsewhere",
    what: "a link to another host",
    authorization: "basic",
    credentials: "password",
    faults: { registry: first(page(["a"], next(`{other}${SECOND}`))) },
    outcome: "redirect-refused",
    says: /other\.example:\d+, which is not asked/,
    requests: { registry: "ping 401, tags?n=1000 200" },
  }),
  row({
    id: "T01-loop",
    what: "a page links to itself",
    faults: { registry: [at(/list/, page(["a", "b"], next(SECOND)))] },
    tags: ["a", "b"],
    outcome: "right",
    requests: TWO_PAGES,
  }),
  row({
    id: "T01-full",
    what: "a full page without a link is the last",
    faults: { registry: first(page(Array.from({ length: 1000 }, (_, index) => `v${index}`))) },
    tags: Array.from({ length: 1000 }, (_, index) => `v${index}`),
    outcome: "right",
    requests: { registry: "ping 200, tags?n=1000 200" },
  }),
  row({
    id: "T01-ignored",
    what: "the registry ignores n and sends everything",
    faults: { registry: first(page(Array.from({ length: 5000 }, (_, index) => `v${index}`))) },
    // As many as were asked for.
    tags: Array.from({ length: 2000 }, (_, index) => `v${index}`),
    outcome: "right",
    requests: { registry: "ping 200, tags?n=1000 200" },
  }),
  row({
    id: "T01-null",
    what: "null instead of a list",
    faults: { registry: first(page(null)) },
    tags: [],
    outcome: "right",
    requests: { registry: "ping 200, tags?n=1000 200" },
  }),
  row({
    id: "T01-odd",
    what: "nulls, digests, numbers and what is no tag in the list",
    faults: { registry: first(page(["a", null, `sha256:${"0".repeat(64)}`, 7, "../etc", "-x", "b", "a"])) },
    tags: ["a", "b"],
    outcome: "right",
    requests: { registry: "ping 200, tags?n=1000 200" },
  }),
  row({
    id: "T01-ecr",
    what: "405 for so many at once",
    faults: { registry: first(answer(405, JSON_TYPE, '{"errors":[{"code":"UNSUPPORTED","message":"too many"}]}')) },
    tags: ["1.0"],
    outcome: "right",
    requests: { registry: "ping 200, tags?n=1000 405, tags?n=100 200" },
  }),
  row({
    id: "T01-missing",
    what: "there is no such repository",
    faults: { registry: [at(/list/, specError(404, "NAME_UNKNOWN", "repository name not known"))] },
    outcome: "registry-not-found",
    requests: { registry: "ping 200, tags?n=1000 404" },
  }),
  row({
    id: "T01-page",
    what: "a web page instead of a list",
    faults: { registry: [at(/list/, answer(200, { "Content-Type": "text/html" }, "<html>"))] },
    outcome: "registry-failed",
    says: /a web page/,
    requests: { registry: "ping 200, tags?n=1000 200" },
  }),
  row({
    id: "T01-huge",
    what: "a list of 9 MiB",
    faults: { registry: [at(/list/, page(["x".repeat(9 * 1024 * 1024)]))] },
    outcome: "registry-failed",
    requests: { registry: "ping 200, tags?n=1000 200" },
  }),
  row({
    id: "T01-limited",
    what: "429 for the second page once",
    faults: {
      registry: [
        ...first(page(["a", "b"], next(SECOND))),
        at(SECOND, answer(429, { "Retry-After": "1" }), 1),
        at(SECOND, page(["c"])),
      ],
    },
    tags: ["a", "b", "c"],
    outcome: "right",
    requests: { registry: "ping 200, tags?n=1000 200, tags?n=1000&last=b 429, tags?n=1000&last=b 200" },
    waits: [1000],
  }),
];
