import type { Digest } from "../../oci/digest.ts";
import type { ChannelEnd } from "./channel.ts";
import type { ThreadError } from "./thread-error.ts";
import type { LayerFacts } from "./threads.ts";

/** What a thread can be asked, and what it answers. */
export interface Calls {
  /** Breaking the input ends it. */
  readonly inflate: { readonly request: InflateJob; readonly answer: UnpackedLayer };
  readonly append: { readonly request: { readonly hash: number; readonly bytes: Uint8Array }; readonly answer: null };
  readonly appendChannel: {
    readonly request: { readonly hash: number; readonly input: ChannelEnd; readonly hashesContent: boolean };
    readonly answer: AppendedChannel;
  };
  /** Answers with the hexadecimal digits. The hash is gone then. */
  readonly digest: { readonly request: { readonly hash: number }; readonly answer: string };
}

/** What a thread is told. */
export interface Notices {
  readonly save: { readonly hash: number; readonly state: number };
  readonly restore: { readonly hash: number; readonly state: number };
  readonly forget: { readonly state: number };
  readonly closeHash: { readonly hash: number };
}

export interface AppendedChannel {
  readonly size: number;
  /** False where the channel broke. */
  readonly isWhole: boolean;
  /** Of the channel's bytes alone, when that was asked for and all came. */
  readonly contentDigest: Digest | null;
}

/** Its digest is null when neither known nor asked for. */
export type UnpackedLayer = Omit<LayerFacts, "digest"> & { readonly digest: Digest | null };

export interface InflateJob {
  readonly input: ChannelEnd;
  /** Null to measure only. */
  readonly output: ChannelEnd | null;
  readonly sizeLimit: number;
  readonly knownDigest: Digest | null;
  /** Whether to compute the digest, unless it is known. */
  readonly hashesContent: boolean;
}

type Kinds<M> = { [K in keyof M]: { readonly kind: K; readonly content: M[K] } }[keyof M];

export type CallMessage = Kinds<{ [K in keyof Calls]: Calls[K]["request"] }> & { readonly call: number };
export type NoticeMessage = Kinds<Notices>;
export type ThreadMessage = CallMessage | NoticeMessage;

export type AnswerMessage =
  | { readonly call: number; readonly answer: unknown }
  | { readonly call: number; readonly error: ThreadError };
