import type { Clock } from "../base/clock.ts";
import type { ErrorCode } from "../base/error-codes.ts";
import { CodedError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { Route, Source } from "./registry-rules.ts";

/** A mirror that could not be asked at all is left alone for so many milliseconds. */
const REST = 5 * 60_000;
/** Failures that are about the mirror, and not about what it was asked for. */
const UNHEALTHY: readonly ErrorCode[] = [
  "registry-unreachable",
  "registry-timeout",
  "registry-tls",
  "registry-rate-limited",
  "registry-failed",
  "challenge-unsupported",
  "token-failed",
  "digest-mismatch",
  "redirect-refused",
  "proxy-unreachable",
  "proxy-refused",
  "address-refused",
];

/** Remembers which mirrors are of use. */
export interface MirrorHealth {
  usable(mirrors: readonly Source[]): readonly Source[];
  /** Takes in the failure of a mirror, and gives it in a few words. */
  takeFailure(mirror: Source, error: CodedError): string;
}

export function createMirrorHealth(clock: Clock, log: Log): MirrorHealth {
  const resting = new Map<string, number>();
  return {
    usable: (mirrors) => mirrors.filter(({ endpoint }) => (resting.get(endpoint.base.href) ?? 0) <= clock.now()),
    takeFailure({ endpoint }, error) {
      if (UNHEALTHY.includes(error.code)) resting.set(endpoint.base.href, clock.now() + REST);
      log.debug(`The mirror ${endpoint.registry} was of no help: ${error.message}`);
      return `${endpoint.registry} (${error.code})`;
    },
  };
}

/**
 * What `work` gives for the first mirror that it does not fail for with a coded error, else for the primary. What fails
 * there is thrown with the mirrors' failures.
 */
export async function fromMirrorsFirst<T>(
  { primary, mirrors }: Route,
  health: MirrorHealth,
  signal: AbortSignal | undefined,
  work: (source: Source, isMirror: boolean) => Promise<T>,
): Promise<T> {
  const failures: string[] = [];
  for (const mirror of health.usable(mirrors)) {
    try {
      return await work(mirror, true);
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof CodedError)) throw error;
      failures.push(health.takeFailure(mirror, error));
    }
  }
  try {
    return await work(primary, false);
  } catch (error) {
    throw afterMirrors(error, failures);
  }
}

/** The decisive failure, with what failed beside it. */
export function afterMirrors(error: unknown, failures: readonly string[]): unknown {
  if (failures.length === 0 || !(error instanceof CodedError)) return error;
  const message = `${error.message} Elsewhere it was not to be had either: ${failures.join("; ")}.`;
  return new CodedError(error.code, message, { cause: error });
}
