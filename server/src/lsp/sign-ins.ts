import { CodedError } from "../base/errors.ts";
import { createSharedWork } from "../registry/shared-work.ts";
import type { SignInPlace } from "./protocol.ts";

/** Lets the user sign in to a registry that wants it, once per host: who declines is left in peace. */
export interface SignIns {
  /** True once the user has signed in, so that what failed is worth another try. Rejects when the signal is aborted. */
  offer(place: SignInPlace | null, signal: AbortSignal): Promise<boolean>;
  /** `work`, and once more when a registry wanted a sign-in and got it. */
  retrying<T>(place: SignInPlace | null, signal: AbortSignal, work: () => Promise<T>): Promise<T>;
  /** The accounts of these hosts are others now: they may be asked for again. */
  changed(hosts: readonly string[]): void;
}

/** @param askUser shows the user one question at a time; null for a client that cannot */
export function createSignIns(
  askUser: ((place: SignInPlace, signal: AbortSignal) => Promise<boolean>) | null,
): SignIns {
  const asked = new Set<string>();
  const asking = createSharedWork<boolean>();
  let lastQuestion: Promise<unknown> = Promise.resolve();

  const ask = async (place: SignInPlace, signal: AbortSignal): Promise<boolean> => {
    if (askUser === null) return false;
    const question = lastQuestion.then(() => {
      signal.throwIfAborted();
      return askUser(place, signal);
    });
    lastQuestion = question.catch(() => {});
    const signedIn = await question;
    asked.add(place.host);
    return signedIn;
  };
  const offer: SignIns["offer"] = async (place, signal) => {
    if (place === null || asked.has(place.host)) return false;
    return asking.join(place.host, { signal }, (shared) => ask(place, shared.signal ?? signal));
  };

  return {
    offer,
    async retrying(place, signal, work) {
      try {
        return await work();
      } catch (error) {
        const wantsSignIn = error instanceof CodedError && error.code === "registry-unauthorized";
        if (!wantsSignIn || !(await offer(place, signal))) throw error;
        return work();
      }
    },
    changed(hosts) {
      for (const host of hosts) asked.delete(host);
    },
  };
}
