import { createSemaphore, type Semaphore } from "../base/semaphore.ts";
import { OriginPaused, type Retries } from "./retry.ts";
import type { Transport } from "./transport.ts";

/** Requests that one origin is asked at once, each until its headers are here. */
export const REQUESTS_AT_ONCE = 32;

interface Turns {
  readonly semaphore: Semaphore;
  /** How many requests at once the origin is trusted to take. */
  width: number;
}

/**
 * A transport that sends each origin a bounded number of requests at once; the others wait for their turn, and hold nobody
 * up who asks elsewhere. An origin that says "too many" is asked less at once, half as much each time, and slowly more again
 * as it answers. Whoever's turn comes while the origin wants to be left alone gets `OriginPaused`, and waits in `retries`.
 */
export function inTurns(transport: Transport, retries: Pick<Retries, "isPaused">): Transport {
  const byOrigin = new Map<string, Turns>();
  const turnsOf = (origin: string): Turns => {
    const known = byOrigin.get(origin);
    if (known !== undefined) return known;
    const turns = { semaphore: createSemaphore(REQUESTS_AT_ONCE), width: REQUESTS_AT_ONCE };
    byOrigin.set(origin, turns);
    return turns;
  };
  const learn = (turns: Turns, status: number) => {
    const isTooMany = status === 429 || status === 503;
    const width = isTooMany ? turns.width / 2 : turns.width + 1 / turns.width;
    turns.width = Math.min(REQUESTS_AT_ONCE, Math.max(1, width));
    turns.semaphore.resize(Math.floor(turns.width));
  };

  return {
    ...transport,
    send(request, signal) {
      const { origin } = request.url;
      const turns = turnsOf(origin);
      return turns.semaphore.run(signal, async () => {
        if (retries.isPaused(origin)) throw new OriginPaused(origin);
        const response = await transport.send(request, signal);
        learn(turns, response.status);
        return response;
      });
    },
  };
}
