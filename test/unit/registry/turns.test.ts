import { Readable } from "node:stream";
import { describe, expect, test } from "vitest";
import { CodedError } from "../../../server/src/base/errors.ts";
import { endpointOf } from "../../../server/src/registry/endpoint.ts";
import { createRetries, OriginPaused, TransientFailure } from "../../../server/src/registry/retry.ts";
import type { HttpResponse, ResponseBody } from "../../../server/src/registry/transport.ts";
import { inTurns, REQUESTS_AT_ONCE } from "../../../server/src/registry/turns.ts";
import { manualClock } from "../../support/manual-clock.ts";

const BUSY = "https://busy.example";
const OTHER = "https://other.example";

/** A transport whose requests are answered when the test says so. */
function openTransport() {
  const clock = manualClock();
  const retries = createRetries(clock, () => 0.5);
  const unanswered: { readonly url: URL; readonly answer: (status: number) => void }[] = [];
  const sent: string[] = [];
  const transport = inTurns(
    {
      send: ({ url }) =>
        new Promise<HttpResponse>((resolve) => {
          sent.push(url.href);
          const body = Readable.from([]) as ResponseBody;
          unanswered.push({ url, answer: (status) => resolve({ url, status, headers: {}, body }) });
        }),
      close: async () => {},
    },
    retries,
  );
  const send = (origin: string, path: string, signal?: AbortSignal) => {
    const url = new URL(path, origin);
    return transport.send(
      { method: "HEAD", url, headers: {}, endpoint: endpointOf(url.host, { tlsVerify: true }) },
      signal,
    );
  };
  const sendMany = (origin: string, count: number) =>
    Array.from({ length: count }, (_, index) => send(origin, `/${index}`));
  const openTo = (origin: string) => unanswered.filter(({ url }) => url.origin === origin);
  const answer = async (origin: string, status: number, count = openTo(origin).length) => {
    for (const open of openTo(origin).slice(0, count)) {
      unanswered.splice(unanswered.indexOf(open), 1);
      open.answer(status);
    }
    await turn();
  };
  return { clock, retries, sent, send, sendMany, openTo, answer };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
const limited = () => new TransientFailure(new CodedError("registry-rate-limited", "Too many."), "it limits", 30_000);

describe("questions at one origin", () => {
  test("are so many at once, the next when one is answered", async () => {
    const { sendMany, openTo, answer } = openTransport();
    const all = sendMany(BUSY, REQUESTS_AT_ONCE + 3);
    await turn();
    expect(openTo(BUSY)).toHaveLength(REQUESTS_AT_ONCE);
    await answer(BUSY, 200, 2);
    expect(openTo(BUSY)).toHaveLength(REQUESTS_AT_ONCE);
    await answer(BUSY, 200);
    expect(openTo(BUSY)).toHaveLength(1);
    await answer(BUSY, 200);
    expect(await Promise.all(all)).toHaveLength(REQUESTS_AT_ONCE + 3);
  });

  test("hold up nobody who asks another", async () => {
    const { sendMany, openTo, answer, send } = openTransport();
    const stuck = sendMany(BUSY, REQUESTS_AT_ONCE * 3);
    const elsewhere = send(OTHER, "/");
    await turn();
    await answer(OTHER, 200);
    expect((await elsewhere).status).toBe(200);
    for (let waves = 0; openTo(BUSY).length > 0; waves += 1) {
      expect(waves).toBeLessThan(3);
      await answer(BUSY, 200);
    }
    await Promise.all(stuck);
  });

  test("that wait end with their signal, unsent", async () => {
    const { sendMany, send, answer, sent } = openTransport();
    const before = sendMany(BUSY, REQUESTS_AT_ONCE);
    const controller = new AbortController();
    const waiting = send(BUSY, "/waiting", controller.signal);
    await turn();
    controller.abort(new Error("cancelled"));
    await expect(waiting).rejects.toThrow("cancelled");
    await answer(BUSY, 200);
    await Promise.all(before);
    expect(sent).not.toContain(`${BUSY}/waiting`);
  });
});

describe("an origin that has had too many", () => {
  test("is asked half as much each time it says so, never less than one at once, and more again as it answers", async () => {
    const { sendMany, openTo, answer } = openTransport();
    const all = sendMany(BUSY, 1000);
    await turn();
    await answer(BUSY, 429, 1);
    await answer(BUSY, 200, REQUESTS_AT_ONCE - 1);
    const halved = openTo(BUSY).length;
    expect(halved).toBeGreaterThanOrEqual(REQUESTS_AT_ONCE / 2);
    expect(halved).toBeLessThan(REQUESTS_AT_ONCE);
    await answer(BUSY, 503);
    expect(openTo(BUSY)).toHaveLength(1);
    let widest = 1;
    while (openTo(BUSY).length > 0) {
      const width = openTo(BUSY).length;
      await answer(BUSY, 200);
      expect(openTo(BUSY).length).toBeLessThanOrEqual(width + 1);
      widest = Math.max(widest, openTo(BUSY).length);
    }
    expect(widest).toBe(REQUESTS_AT_ONCE);
    await Promise.all(all);
  });

  test("gets none of what waited, which waits with the others and takes no place meanwhile", async () => {
    const { clock, retries, sendMany, send, answer, sent, openTo } = openTransport();
    const before = sendMany(BUSY, REQUESTS_AT_ONCE);
    const waits: number[] = [];
    const onWait = ({ milliseconds }: { readonly milliseconds: number }) => waits.push(milliseconds);
    const waiting = retries.run(BUSY, { onWait }, () => send(BUSY, "/late"));
    await turn();
    retries.postpone(BUSY, limited(), 1);
    await answer(BUSY, 200);
    await Promise.all(before);
    expect(waits).toEqual([30_000]);
    expect(sent).not.toContain(`${BUSY}/late`);
    await clock.pass(30_000);
    expect(openTo(BUSY)).toHaveLength(1);
    await answer(BUSY, 200);
    expect((await waiting).status).toBe(200);
  });

  test("is waited for by whom another sends there", async () => {
    const { clock, retries, send, answer } = openTransport();
    retries.postpone(BUSY, limited(), 1);
    await expect(send(BUSY, "/direct")).rejects.toBeInstanceOf(OriginPaused);
    const redirected = retries.run(OTHER, {}, () => send(BUSY, "/redirected"));
    await turn();
    await clock.pass(30_000);
    await answer(BUSY, 200);
    expect((await redirected).status).toBe(200);
  });
});
