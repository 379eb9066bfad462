import { CodedError } from "../base/errors.ts";
import { isTag, printRepository, type Repository, type Tag } from "../oci/reference.ts";
import { discard, readBounded } from "./bounded-body.ts";
import type { RequestOptions } from "./client.ts";
import { type FailedAnswer, readFailedAnswer } from "./failed-answer.ts";
import { header, headerLines } from "./headers.ts";
import { readNextLink } from "./link-header.ts";
import { nameRefusal } from "./refusal.ts";
import { TransientFailure } from "./retry.ts";
import type { Session, SessionContext } from "./session.ts";
import type { HttpResponse } from "./transport.ts";

/** Bytes of one page. */
const PAGE_LIMIT = 8 * 1024 * 1024;
/** Docker Hub gives 100 tags in a page whatever is asked for; this is far above what any repository then has. */
const PAGE_COUNT_LIMIT = 10_000;
/** ECR answers 405 to more than 1000, others 400 to more than they give; then it is less that is asked for. */
const PAGE_SIZES = [1000, 100];
/** So many pages without a new tag end the list: the registry turns in a circle. */
const IDLE_PAGE_LIMIT = 2;

/**
 * The tags of a repository, page by page in the registry's order, each tag once, at most `limit` in all.
 * Distribution specification, "Listing Tags", with what registries do beside it: no `n`, no `Link`, null for an empty list,
 * digests and nulls among the tags, pages again and again, links without the prefix of a proxy.
 */
export async function* listTags(
  session: Session,
  context: SessionContext,
  repository: Repository,
  limit: number,
  options: RequestOptions,
): AsyncGenerator<readonly Tag[]> {
  const seen = new Set<Tag>();
  const asked = new Set<string>();
  let page = await firstPage(session, context, repository, limit, options);
  for (let pages = 1, idlePages = 0; ; pages += 1) {
    const tags = newTags(page.tags, seen, limit);
    if (tags.length > 0) yield tags;
    idlePages = tags.length > 0 ? 0 : idlePages + 1;
    const { next } = page;
    if (next === null || asked.has(next) || seen.size >= limit) return;
    if (idlePages >= IDLE_PAGE_LIMIT || pages >= PAGE_COUNT_LIMIT) return;
    asked.add(next);
    const answer = await fetchPage(session, context, repository, next, options);
    if ("refusal" in answer) throw nameRefusal(repository, answer.refusal);
    page = answer;
  }
}

async function firstPage(
  session: Session,
  context: SessionContext,
  repository: Repository,
  limit: number,
  options: RequestOptions,
  sizes: readonly number[] = PAGE_SIZES,
): Promise<Page> {
  const [size = limit, ...smallerSizes] = sizes;
  const query = `n=${Math.min(size, Math.max(1, limit))}`;
  const answer = await fetchPage(session, context, repository, query, options);
  if (!("refusal" in answer)) return answer;
  const mayBeTheSize = [400, 405].includes(answer.refusal.status) && smallerSizes.length > 0;
  if (!mayBeTheSize) throw nameRefusal(repository, answer.refusal);
  return firstPage(session, context, repository, limit, options, smallerSizes);
}

function newTags(values: readonly unknown[], seen: Set<Tag>, limit: number): Tag[] {
  const tags: Tag[] = [];
  for (const value of values) {
    if (seen.size >= limit) break;
    if (typeof value !== "string" || !isTag(value) || seen.has(value)) continue;
    seen.add(value);
    tags.push(value);
  }
  return tags;
}

interface Page {
  readonly tags: readonly unknown[];
  /** The query of the next page. */
  readonly next: string | null;
}

async function fetchPage(
  session: Session,
  context: SessionContext,
  repository: Repository,
  query: string,
  options: RequestOptions,
): Promise<Page | { readonly refusal: FailedAnswer }> {
  const { base, registry } = session.endpoint;
  const request = {
    method: "GET",
    repository,
    resource: `tags/list?${query}`,
    headers: { accept: "application/json" },
  } as const;
  return context.retries.run(base.origin, options, async () => {
    const response = await session.send(request, options);
    if (response.status !== 200) {
      return { refusal: await readFailedAnswer(response, registry, context.redactor, options.signal) };
    }
    if (/^text\/html\b/i.test(header(response, "content-type") ?? "")) {
      discard(response.body);
      throw noList(response, repository, "a web page");
    }
    const bytes = await readBounded(response.body, PAGE_LIMIT, response.url, options.signal);
    if (bytes === null) throw noList(response, repository, "more than 8 MiB");
    const tags = readTagList(bytes);
    if (tags === null) {
      throw new TransientFailure(noList(response, repository, "something else"), "a list of tags was damaged");
    }
    return { tags, next: nextQuery(response, base, repository) };
  });
}

/** `{"tags": […]}`, null for an empty list; null for anything else. */
function readTagList(bytes: Buffer): readonly unknown[] | null {
  let document: unknown;
  try {
    document = JSON.parse(bytes.toString("utf8"));
  } catch {
    // The caller says so.
    return null;
  }
  if (typeof document !== "object" || document === null) return null;
  const tags: unknown = Reflect.get(document, "tags");
  if (tags === undefined || tags === null) return [];
  return Array.isArray(tags) ? tags : null;
}

/**
 * Only the query is taken from a link: proxies are in front of registries that know neither their scheme nor their path
 * prefix (Artifactory's RTFACT-18971). So no link leads anywhere else; one that names another host is refused.
 */
function nextQuery(response: HttpResponse, base: URL, repository: Repository): string | null {
  const link = readNextLink(headerLines(response, "link"));
  if (link === null || !URL.canParse(link, response.url.href)) return null;
  const next = new URL(link, response.url);
  if (next.host !== response.url.host && next.host !== base.host) {
    throw new CodedError(
      "redirect-refused",
      `${base.host} sends for more tags of ${printRepository(repository)} to ${next.host}, which is not asked; ask the registry's operator.`,
    );
  }
  return next.search === "" ? null : next.search.slice(1);
}

function noList(response: HttpResponse, repository: Repository, what: string): CodedError {
  return new CodedError(
    "registry-failed",
    `${response.url.host} answered with ${what} instead of the tags of ${printRepository(repository)}; check the registry's name and the network.`,
  );
}
