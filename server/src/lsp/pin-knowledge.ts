import type { Problem } from "../base/errors.ts";
import type { Pin } from "../nix/pin.ts";
import type { PinCheck } from "../pins/check.ts";
import type { ImageFacts } from "../pins/facts.ts";
import type { PinVerification } from "../pins/verify.ts";
import type { PinView } from "./pin-view.ts";

/** What is known of all pins that say the same. Immutable. */
export interface PinKnowledge {
  readonly check: { readonly result: Omit<PinCheck, "pin">; readonly at: number } | null;
  readonly verification: Omit<PinVerification, "pin"> | null;
  readonly activity: PinView["activity"];
  readonly failure: Problem | null;
  readonly facts: ImageFacts | null;
  readonly newFacts: ImageFacts | null;
  readonly credentialSource: string | null;
}

/** What a change means for those who show it: `progress` comes many times a second. */
export type ChangeKind = "progress" | "knowledge";

export interface PinKnowledgeStore {
  get(key: string): PinKnowledge;
  set(key: string, change: Partial<PinKnowledge>, kind?: ChangeKind): void;
  /** Forgets all but what is under way. */
  clear(): void;
}

export const NOTHING_KNOWN: PinKnowledge = {
  check: null,
  verification: null,
  activity: null,
  failure: null,
  facts: null,
  newFacts: null,
  credentialSource: null,
};

const PINS_KEPT = 10_000;

/** `changed` is called after every change that shows. */
export function createPinKnowledge(changed: (kind: ChangeKind) => void): PinKnowledgeStore {
  const states = new Map<string, PinKnowledge>();
  return {
    get: (key) => states.get(key) ?? NOTHING_KNOWN,
    set(key, change, kind = "knowledge") {
      const state = { ...(states.get(key) ?? NOTHING_KNOWN), ...change };
      // Behind all others: the front is what has not been heard of for the longest time.
      states.delete(key);
      states.set(key, state);
      for (const [oldest, { activity }] of states) {
        if (states.size <= PINS_KEPT) break;
        if (activity === null) states.delete(oldest);
      }
      changed(kind);
    },
    clear() {
      for (const [key, { activity }] of states) {
        if (activity === null) states.delete(key);
        else states.set(key, { ...NOTHING_KNOWN, activity });
      }
      changed("knowledge");
    },
  };
}

/** A state as it stands for one of the pins that share it. */
export function knowledgeOf(
  state: PinKnowledge,
  pin: Pin,
): Omit<PinView, "id" | "pin" | "assessment" | "variants" | "ignoredBySetting"> {
  const { check, verification } = state;
  return {
    ...state,
    check: check === null ? null : { at: check.at, result: { ...check.result, pin } },
    verification: verification === null ? null : { ...verification, pin },
  };
}
