import type { Clock } from "../base/clock.ts";
import { pinTriggers } from "../nix/triggers.ts";
import type { PinDocument, PinDocuments } from "./pin-documents.ts";
import { createThrottle } from "./throttle.ts";
import type { WorkspaceFolders } from "./workspace-folders.ts";

/**
 * Reads the workspace in the background once there is a document that calls in other files may take values from, and anew
 * whenever files have changed since. Only the disk is read; nothing is sent.
 */
export interface WorkspaceSurvey {
  /** This document is open. */
  opened(document: PinDocument): void;
  /** Files on disk have changed. */
  changed(): void;
}

interface Parts {
  readonly documents: Pick<PinDocuments, "scan">;
  readonly folders: Pick<WorkspaceFolders, "paths" | "contains">;
  readonly clock: Clock;
  /** More may be known of the pins of open documents. */
  readonly surveyed: () => void;
  readonly signal: AbortSignal;
  readonly attend: (work: Promise<unknown>) => void;
}

/** Milliseconds. */
const DELAY = 300;
const PAUSE = 2_000;

export function createWorkspaceSurvey({ documents, folders, clock, surveyed, signal, attend }: Parts): WorkspaceSurvey {
  let isWanted = false;
  const survey = async () => {
    await documents.scan(signal);
    surveyed();
  };
  const surveyAgain = createThrottle(clock, { delay: DELAY, pause: PAUSE, signal }, survey);
  return {
    opened(document) {
      if (isWanted || folders.paths().length === 0 || !folders.contains(document.document.uri)) return;
      if (!mayBeCalledElsewhere(document)) return;
      isWanted = true;
      attend(survey());
    },
    changed() {
      if (isWanted) attend(surveyAgain());
    },
  };
}

/** Whether a document has digests that are written in no call of `pullImage`, or in one that callers of the file decide on. */
function mayBeCalledElsewhere({ document, views, settings }: PinDocument): boolean {
  const text = document.getText();
  if (!pinTriggers(settings.extraCallees).some((word) => text.includes(word))) return false;
  const own = views.filter(({ pin }) => pin.file === document.uri);
  return own.length === 0 || own.some(({ pin }) => pin.dependsOnCallers || !isWrittenInCall(text, pin.range.start));
}

function isWrittenInCall(text: string, start: number): boolean {
  return /\bpullImage\w*\s*\(?\s*(?:rec\s*)?$/.test(text.slice(Math.max(0, start - 200), start));
}
