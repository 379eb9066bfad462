import { CodeLensRefreshRequest, type Connection, type Diagnostic } from "vscode-languageserver";
import type { Clock } from "../base/clock.ts";
import type { ClientSupport } from "./client-support.ts";
import { pinState } from "./features/pin-state.ts";
import type { PinDocument, PinDocuments } from "./pin-documents.ts";
import type { ChangeKind } from "./pin-knowledge.ts";
import { STATUS_NOTIFICATION, type StatusParams } from "./protocol.ts";
import { createThrottle } from "./throttle.ts";

/** Lets the client know that what it shows has changed: once for many changes. */
export interface Announcements {
  /** More is known of pins, or something moves on. */
  changed(kind: ChangeKind): void;
  /** A document's text changed: the client asks for itself then, but where diagnostics are pushed. */
  edited(): void;
  /** A registry let something be known: only the status tells of it. */
  noticed(): void;
}

interface Parts {
  readonly connection: Connection;
  readonly support: ClientSupport;
  readonly documents: PinDocuments;
  readonly diagnose: (document: PinDocument) => Diagnostic[];
  readonly isOnline: () => boolean;
  readonly registryMessage: () => string | null;
  readonly registryNotes: () => readonly string[];
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly attend: (work: Promise<unknown>) => void;
}

/** Milliseconds. */
const DELAY = 30;
const PAUSE = 250;

export function createAnnouncements(parts: Parts): Announcements {
  const { connection, support, documents, diagnose, clock, signal, attend } = parts;
  let lastStatus = "";
  let hasNews = false;

  const sendStatus = async () => {
    const words = { message: parts.registryMessage(), notes: parts.registryNotes() };
    const status = { ...countPins(await documents.known()), ...words, online: parts.isOnline() } satisfies StatusParams;
    const text = JSON.stringify(status);
    if (text === lastStatus) return;
    lastStatus = text;
    await connection.sendNotification(STATUS_NOTIFICATION, status);
  };
  const pushDiagnostics = async () => {
    if (support.pullDiagnostics) return;
    for (const document of await documents.allOpen()) {
      const { uri, version } = document.document;
      await connection.sendDiagnostics({ uri, version, diagnostics: diagnose(document) });
    }
  };
  const timing = { delay: DELAY, pause: PAUSE, signal };
  const announce = createThrottle(clock, timing, async () => {
    const isNews = hasNews;
    hasNews = false;
    // Nobody waits for the client's answers, which it may give late.
    if (support.codeLensRefresh) attend(connection.sendRequest(CodeLensRefreshRequest.type));
    if (isNews && support.inlayHintRefresh) attend(connection.languages.inlayHint.refresh());
    if (isNews && support.pullDiagnostics) attend(connection.languages.diagnostics.refresh());
    if (isNews) await pushDiagnostics();
    await sendStatus();
  });
  const afterNotice = createThrottle(clock, timing, sendStatus);
  const afterEdit = createThrottle(clock, timing, async () => {
    await pushDiagnostics();
    await sendStatus();
  });
  return {
    changed(kind) {
      hasNews ||= kind === "knowledge";
      attend(announce());
    },
    edited: () => attend(afterEdit()),
    noticed: () => attend(afterNotice()),
  };
}

/** The numbers that the status item shows. */
function countPins(documents: readonly PinDocument[]): Omit<StatusParams, "message" | "notes" | "online"> {
  const kinds = documents.flatMap(({ views }) => views.map((view) => pinState(view).kind));
  const count = (...wanted: (typeof kinds)[number][]) => kinds.filter((kind) => wanted.includes(kind)).length;
  return {
    pins: kinds.length,
    stale: count("stale", "gone", "wrong-hash"),
    incomplete: count("incomplete"),
    busy: count("checking", "prefetching", "verifying"),
    failed: count("failed"),
  };
}
