import type { Clock } from "../base/clock.ts";
import { count, formatBytes, formatSeconds } from "../base/quantities.ts";
import type { PrefetchProgress } from "../prefetch/prefetch.ts";
import type { OutputStream } from "./terminal.ts";
import { fitToWidth } from "./terminal-width.ts";

/** Shows how a run gets on. On a terminal one line is drawn over and over; elsewhere each large download has two lines. */
export interface Progress {
  started(item: ProgressItem): void;
  advanced(item: ProgressItem, progress: PrefetchProgress): void;
  finished(item: ProgressItem): void;
  /** A registry makes the run wait before any download. */
  waits(wait: { readonly milliseconds: number; readonly reason: string }): void;
  /** Takes the line away, so that something else can be written. */
  clear(): void;
}

/** One of the things that a run works on; told apart by identity. */
export interface ProgressItem {
  readonly label: string;
}

/** Below this nobody waits, and a line would only be in the way. */
const BYTES_WORTH_A_LINE = 1_000_000;
/** Milliseconds by which a wait must be longer than the one that was told. */
const WORTH_ANOTHER_LINE = 1000;
const REDRAW_INTERVAL = 100;
const SPEED_WINDOW = 3000;
const CLEAR_LINE = "\r\u001b[2K";

export const silentProgress: Progress = { started() {}, advanced() {}, finished() {}, waits() {}, clear() {} };

/** `total` is how many items there will be in all. */
export function createProgress(stream: OutputStream, clock: Clock, total: number): Progress {
  return stream.isTerminal ? drawLine(stream, clock, total) : writeLines(stream, clock);
}

function writeLines(stream: OutputStream, clock: Clock): Progress {
  const begun = new Map<ProgressItem, number>();
  /** By reason, until when; one wait may keep many items. */
  const waits = new Map<string, number>();
  return {
    started() {},
    advanced(item, { totalBytes, layersTotal }) {
      if (begun.has(item) || totalBytes < BYTES_WORTH_A_LINE) return;
      begun.set(item, clock.now());
      stream.write(`downloading ${item.label} (${formatBytes(totalBytes)}, ${count(layersTotal, "layer")})\n`);
    },
    finished(item) {
      const start = begun.get(item);
      if (start === undefined) return;
      begun.delete(item);
      stream.write(`finished ${item.label} after ${formatSeconds((clock.now() - start) / 1000)}\n`);
    },
    waits(wait) {
      const until = clock.now() + wait.milliseconds;
      if (until < (waits.get(wait.reason) ?? 0) + WORTH_ANOTHER_LINE) return;
      waits.set(wait.reason, until);
      stream.write(`${describeWait(wait)}\n`);
    },
    clear() {},
  };
}

function drawLine(stream: OutputStream, clock: Clock, total: number): Progress {
  const running = new Map<ProgressItem, PrefetchProgress | null>();
  let finished = 0;
  let finishedBytes = 0;
  let drawnAt = Number.NEGATIVE_INFINITY;
  let isDrawn = false;
  let wait: { readonly text: string; readonly until: number } | null = null;
  let samples: { readonly at: number; readonly bytes: number }[] = [];

  function draw() {
    const now = clock.now();
    if (now - drawnAt < REDRAW_INTERVAL) return;
    drawnAt = now;
    const downloads = [...running.values()].filter((progress) => progress !== null);
    const received = finishedBytes + sum(downloads.map(({ receivedBytes }) => receivedBytes));
    samples = [...samples.filter(({ at }) => now - at <= SPEED_WINDOW), { at: now, bytes: received }];
    const bytesLeft = sum(downloads.map(({ receivedBytes, totalBytes }) => totalBytes - receivedBytes));
    const line = describeProgress({
      finished,
      total,
      running,
      receivedBytes: received,
      bytesLeft,
      bytesPerSecond: speedOf(samples),
      waiting: wait !== null && now < wait.until ? wait.text : null,
    });
    stream.write(`${CLEAR_LINE}${fitToWidth(line, stream.columns() - 1)}`);
    isDrawn = true;
  }

  return {
    started(item) {
      running.set(item, null);
      draw();
    },
    advanced(item, progress) {
      running.set(item, progress);
      draw();
    },
    finished(item) {
      finishedBytes += running.get(item)?.receivedBytes ?? 0;
      finished += 1;
      running.delete(item);
      draw();
    },
    waits(begun) {
      wait = { text: describeWait(begun), until: clock.now() + begun.milliseconds };
      draw();
    },
    clear() {
      if (isDrawn) stream.write(CLEAR_LINE);
      isDrawn = false;
    },
  };
}

export interface ProgressState {
  readonly finished: number;
  readonly total: number;
  readonly running: ReadonlyMap<ProgressItem, PrefetchProgress | null>;
  /** Of all downloads so far, finished ones included. */
  readonly receivedBytes: number;
  /** Of the downloads that run. */
  readonly bytesLeft: number;
  /** Null while too little is known. */
  readonly bytesPerSecond: number | null;
  /** What a registry makes the run wait for; null when none does. */
  readonly waiting: string | null;
}

/** One line: how many are done, the download that has run longest, and all of them together. */
export function describeProgress(state: ProgressState): string {
  const parts = [`${state.finished}/${state.total}`];
  const [first] = [...state.running].filter(([, progress]) => progress !== null);
  const item = first?.[0] ?? [...state.running.keys()][0];
  if (item !== undefined) parts.push(item.label);
  if (first?.[1]) parts.push(describeDownload(first[1]));
  else if (state.waiting !== null) parts.push(state.waiting);
  if (state.receivedBytes > 0 && state.total > 1) parts.push(`total ${formatBytes(state.receivedBytes)}`);
  if (state.bytesPerSecond !== null && state.bytesPerSecond > 0) {
    parts.push(`${formatBytes(state.bytesPerSecond)}/s`);
    if (state.bytesLeft > 0) parts.push(`${formatSeconds(state.bytesLeft / state.bytesPerSecond)} left`);
  }
  return parts.join("  ");
}

function describeDownload(progress: PrefetchProgress): string {
  if (progress.waiting !== null) return progress.waiting;
  const bytes = `${formatBytes(progress.receivedBytes)} of ${formatBytes(progress.totalBytes)}`;
  return `${bytes}, ${progress.layersDone} of ${count(progress.layersTotal, "layer")}`;
}

function describeWait({ milliseconds, reason }: { readonly milliseconds: number; readonly reason: string }): string {
  return `waiting ${Math.ceil(milliseconds / 1000)} s: ${reason}`;
}

function speedOf(samples: readonly { readonly at: number; readonly bytes: number }[]): number | null {
  const first = samples[0];
  const last = samples.at(-1);
  if (first === undefined || last === undefined || last.at === first.at) return null;
  return ((last.bytes - first.bytes) * 1000) / (last.at - first.at);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
