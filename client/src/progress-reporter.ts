import type { Progress } from "vscode";
import type { WorkDoneProgressBegin, WorkDoneProgressReport } from "vscode-languageclient/node";

/** Hands the server's reports, which say how far it is, to a progress of VS Code, which wants to know how much was added. */
export function progressReporter(
  progress: Progress<{ message?: string; increment?: number }>,
): (value: WorkDoneProgressBegin | WorkDoneProgressReport) => void {
  let reached = 0;
  return ({ percentage = 0, message }) => {
    const increment = Math.max(0, percentage - reached);
    reached += increment;
    progress.report(message === undefined ? { increment } : { increment, message });
  };
}
