import type { Clock } from "../base/clock.ts";
import { CodedError } from "../base/errors.ts";
import type { RequestOptions } from "./client.ts";

/** A failure that another try may mend. */
export class TransientFailure extends Error {
  override readonly name = "TransientFailure";
  /** What is thrown when no try is left. */
  readonly problem: CodedError;
  /** Milliseconds that the server asked to wait; null when it did not. */
  readonly retryAfter: number | null;

  /** `reason` tells people why there is a wait. */
  constructor(problem: CodedError, reason: string, retryAfter: number | null = null) {
    super(reason, { cause: problem });
    this.problem = problem;
    this.retryAfter = retryAfter;
  }
}

/** Nothing was sent, since an origin has asked for patience in the meantime. */
export class OriginPaused extends Error {
  override readonly name = "OriginPaused";
  readonly origin: string;

  constructor(origin: string) {
    super(`${origin} has asked for patience`);
    this.origin = origin;
  }
}

const ATTEMPTS = 5;
const FIRST_DELAY = 500;
const FIRST_DELAY_WHEN_LIMITED = 2000;
const LONGEST_DELAY = 60_000;
/** A server that asks for more is not waited for: nobody sits in front of an editor that long. */
const LONGEST_RETRY_AFTER = 120_000;
/** Of all waits of one piece of work. */
const WAITING_BUDGET = 300_000;

/** Repeats failed work, and keeps all requests to an origin from it while it asks for patience. */
export interface Retries {
  /**
   * Runs `work` until it succeeds, at most five times. A `TransientFailure` is waited out, as long as the server asked,
   * else with exponential back-off and jitter; a wait over two minutes, or over five in all, fails at once. `OriginPaused`
   * is waited out too, and is no attempt. Other failures are final.
   */
  run<T>(origin: string, options: RequestOptions, work: () => Promise<T>): Promise<T>;
  /**
   * Takes in the failure of an attempt (the first is 1) outside of `run`: the next `run` for the origin waits as it
   * should. Throws the failure's problem when that was the last attempt, or the wait is too long.
   */
  postpone(origin: string, failure: TransientFailure, attempt: number): void;
  /** Whether the origin wants to be left alone now. */
  isPaused(origin: string): boolean;
}

interface Pause {
  readonly until: number;
  readonly reason: string;
  /** What made it necessary. */
  readonly problem: CodedError;
}

/** `attempts` is how often work is tried at most. */
export function createRetries(clock: Clock, random: () => number, attempts = ATTEMPTS): Retries {
  /** By origin; shared by all its requests, so that one refusal slows a whole download and not one layer. */
  const pauses = new Map<string, Pause>();

  /** Gives the milliseconds waited. */
  const waitForOrigin = async (origin: string, { signal, onWait }: RequestOptions, budget: number): Promise<number> => {
    for (let waited = 0; ; ) {
      const pause = pauses.get(origin);
      const milliseconds = pause === undefined ? 0 : pause.until - clock.now();
      if (pause === undefined || milliseconds <= 0) return waited;
      if (waited + milliseconds > budget) throw tooLong(pause.problem, pause.until);
      onWait?.({ milliseconds, reason: pause.reason });
      await clock.sleep(milliseconds, signal);
      waited += milliseconds;
    }
  };

  const postpone = (origin: string, { problem, retryAfter, message }: TransientFailure, attempt: number) => {
    if (attempt >= attempts) throw problem;
    const delay = retryAfter ?? backOff(attempt, problem, random);
    if (delay > LONGEST_RETRY_AFTER) throw tooLong(problem, clock.now() + delay);
    const until = Math.max(clock.now() + delay, pauses.get(origin)?.until ?? 0);
    pauses.set(origin, { until, reason: message, problem });
  };

  return {
    postpone,
    isPaused: (origin) => clock.now() < (pauses.get(origin)?.until ?? 0),
    async run(origin, options, work) {
      let awaited = origin;
      for (let attempt = 1, waited = 0; ; ) {
        waited += await waitForOrigin(awaited, options, WAITING_BUDGET - waited);
        awaited = origin;
        try {
          return await work();
        } catch (error) {
          options.signal?.throwIfAborted();
          if (error instanceof OriginPaused) {
            awaited = error.origin;
            continue;
          }
          if (!(error instanceof TransientFailure)) throw error;
          postpone(origin, error, attempt);
          attempt += 1;
        }
      }
    },
  };
}

/**
 * The wait that a `Retry-After` header asks for, in milliseconds: seconds or an HTTP date (RFC 9110, section 10.2.3);
 * null when there is none or it cannot be read.
 */
export function readRetryAfter(header: string | undefined, now: number): number | null {
  const value = header?.trim() ?? "";
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  // Date.parse reads much that is no HTTP date, numbers among it.
  const date = /^[A-Z][a-z]{2,8},? /.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}

function backOff(attempt: number, problem: CodedError, random: () => number): number {
  const first = problem.code === "registry-rate-limited" ? FIRST_DELAY_WHEN_LIMITED : FIRST_DELAY;
  const full = Math.min(LONGEST_DELAY, first * 2 ** (attempt - 1));
  return Math.round(full * (0.75 + 0.5 * random()));
}

function tooLong(problem: CodedError, until: number): CodedError {
  const time = new Date(until).toISOString().replace("T", " ").slice(0, 16);
  return new CodedError(problem.code, `${problem.message} It asks to wait until ${time} UTC.`, { cause: problem });
}
