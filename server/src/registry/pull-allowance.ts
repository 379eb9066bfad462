import type { Clock } from "../base/clock.ts";
import { CodedError } from "../base/errors.ts";
import { formatSeconds } from "../base/quantities.ts";
import type { Repository } from "../oci/reference.ts";
import { headerLines } from "./headers.ts";
import { type RateLimit, readRateLimit } from "./rate-limit.ts";
import type { HttpResponse } from "./transport.ts";

/** Who is asked for what; limits are an account's, or of this machine's address. */
export interface Puller {
  /** Tells accounts apart; any text. */
  readonly account: string;
  readonly isSignedIn: boolean;
  readonly repository: Repository;
}

/** What a registry still lets its users pull, as its answers tell. Docker Hub counts a GET of a manifest, and no HEAD. */
export interface PullAllowance {
  /**
   * Takes a pull from what is left; to be given back once it is answered, as the answer tells what is left then. Throws
   * `registry-rate-limited` when the registry has said that nothing is left, until its window is over. A registry that says
   * nothing has no limit.
   */
  take(puller: Puller): () => void;
  /** Takes in what the answer to a GET or HEAD of a manifest says of the limit. */
  learn(puller: Puller, response: Pick<HttpResponse, "headers" | "status">): void;
}

interface Account {
  told: (RateLimit & { readonly until: number }) | null;
  /** Pulls that are not answered yet. */
  underWay: number;
  /** Paths of repositories whose answers tell of no limit, as of Docker's sponsored images: they are not counted. */
  readonly uncounted: Set<string>;
}

/** When the registry does not say how long its window is: then it is asked again soon. */
const UNKNOWN_WINDOW_SECONDS = 60;

/** @param registry its name, for messages */
export function createPullAllowance(registry: string, clock: Clock): PullAllowance {
  const accounts = new Map<string, Account>();
  const accountOf = ({ account }: Puller): Account => {
    const known = accounts.get(account) ?? { told: null, underWay: 0, uncounted: new Set() };
    accounts.set(account, known);
    return known;
  };

  return {
    take(puller) {
      const account = accountOf(puller);
      const { told } = account;
      const isLimited = told !== null && clock.now() < told.until && !account.uncounted.has(puller.repository.path);
      if (isLimited && told.remaining <= account.underWay) throw nothingLeft(registry, told, puller);
      account.underWay += 1;
      return () => {
        account.underWay -= 1;
      };
    },
    learn(puller, response) {
      const account = accountOf(puller);
      const rate = readRateLimit(
        headerLines(response, "ratelimit-limit"),
        headerLines(response, "ratelimit-remaining"),
      );
      if (rate !== null) {
        account.uncounted.delete(puller.repository.path);
        account.told = { ...rate, until: clock.now() + (rate.windowSeconds ?? UNKNOWN_WINDOW_SECONDS) * 1000 };
      } else if (response.status === 200) account.uncounted.add(puller.repository.path);
    },
  };
}

function nothingLeft(
  registry: string,
  { limit, remaining, windowSeconds, until }: NonNullable<Account["told"]>,
  { isSignedIn }: Puller,
): CodedError {
  const window = windowSeconds === null ? "" : ` in ${formatSeconds(windowSeconds)}`;
  const left = remaining === 0 ? "none" : `only ${remaining}, which are under way,`;
  const time = new Date(until).toISOString().replace("T", " ").slice(0, 16);
  const advice = isSignedIn ? "use an account with a higher limit" : "sign in for a higher limit";
  return new CodedError(
    "registry-rate-limited",
    `${registry} has ${left} of ${limit} pulls${window} left, so nothing was asked; ${advice}, or wait, until ${time} UTC at most.`,
  );
}
