import type { Problem } from "../base/errors.ts";
import type { Pin } from "../nix/pin.ts";
import type { Assessment } from "../pins/assess.ts";
import type { PinCheck } from "../pins/check.ts";
import type { ImageFacts } from "../pins/facts.ts";
import type { PinVerification } from "../pins/verify.ts";
import type { PrefetchProgress } from "../prefetch/prefetch.ts";

/** What the server knows of a pin: what each feature shows. Plain data, immutable. */
export interface PinView {
  /** Stable within one version of the document; commands carry it. */
  readonly id: string;
  readonly pin: Pin;
  readonly assessment: Assessment;
  /** What is known of each of the pin's variants, in their order; empty for a pin without. */
  readonly variants: readonly PinView[];
  /** By a setting: the image or the file is on an ignore list. */
  readonly ignoredBySetting: boolean;
  readonly check: { readonly result: PinCheck; readonly at: number } | null;
  readonly verification: PinVerification | null;
  readonly activity: /** `waiting` says for how long, and why: `waiting 12 s: docker.io is rate limiting`. */
    | { readonly kind: "checking"; readonly waiting?: string }
    | { readonly kind: "prefetching"; readonly progress: PrefetchProgress | null }
    | { readonly kind: "verifying"; readonly progress: PrefetchProgress | null }
    | null;
  /** Why the last thing that was tried did not work; null once something did. */
  readonly failure: Problem | null;
  /** Of the pinned digest, and of what the tag points to; null until someone asked. */
  readonly facts: ImageFacts | null;
  readonly newFacts: ImageFacts | null;
  /** Where the credentials for the registry come from, in words; null when none are used. */
  readonly credentialSource: string | null;
}
