import { randomUUID } from "node:crypto";
import { type Disposable, l10n, ProgressLocation, type TextEditor, window, workspace } from "vscode";
import {
  type LanguageClient,
  ProgressType,
  type WorkDoneProgressBegin,
  type WorkDoneProgressEnd,
  type WorkDoneProgressReport,
} from "vscode-languageclient/node";
import { parseReference } from "../../server/src/oci/reference.ts";
import { indentAfterFirstLine, indentationOf, shiftOffset } from "./insertion.ts";
import { progressReporter } from "./progress-reporter.ts";
import { requestNewPin } from "./server-requests.ts";

/** Not the language client's own type: for that one it would show the progress a second time. */
const newPinProgress = new ProgressType<WorkDoneProgressBegin | WorkDoneProgressReport | WorkDoneProgressEnd>();

/** Asks for an image and writes a call that pins it at the cursor; typing on meanwhile does no harm. */
export async function insertPullImage(client: LanguageClient): Promise<void> {
  const editor = window.activeTextEditor;
  if (editor === undefined) return;
  const image = await askForImage();
  if (image === undefined) return;
  const place = followOffset(editor);
  try {
    const text = await prefetchCall(client, image);
    await insert(editor, place.offset(), text);
  } finally {
    place.dispose();
  }
}

function askForImage(): Thenable<string | undefined> {
  return window
    .showInputBox({
      title: l10n.t("Insert pullImage"),
      prompt: l10n.t("Which image? Without a tag, latest is pinned."),
      placeHolder: "docker.io/library/alpine:3.20",
      ignoreFocusOut: true,
      validateInput: (text) => {
        if (text.trim() === "") return null;
        const parsed = parseReference(text.trim());
        return parsed.ok ? null : parsed.problem.message;
      },
    })
    .then((text) => text?.trim() || undefined);
}

function prefetchCall(client: LanguageClient, image: string): Thenable<string> {
  const title = l10n.t("Prefetching {0}", image);
  return window.withProgress(
    { location: ProgressLocation.Notification, title, cancellable: true },
    async (progress, cancellation) => {
      const workDoneToken = randomUUID();
      const report = progressReporter(progress);
      const reports = client.onProgress(newPinProgress, workDoneToken, (value) => {
        if (value.kind !== "end") report(value);
      });
      try {
        return (await requestNewPin(client, { image, platform: null, workDoneToken }, cancellation)).text;
      } finally {
        reports.dispose();
      }
    },
  );
}

/** The cursor's place in the text, wherever edits move it. */
function followOffset({ document, selection }: TextEditor): Disposable & { offset(): number } {
  let offset = document.offsetAt(selection.active);
  const listener = workspace.onDidChangeTextDocument((event) => {
    if (event.document === document) offset = shiftOffset(offset, event.contentChanges);
  });
  return { offset: () => offset, dispose: () => listener.dispose() };
}

async function insert(editor: TextEditor, offset: number, text: string): Promise<void> {
  const shown = await window.showTextDocument(editor.document, editor.viewColumn);
  const position = shown.document.positionAt(offset);
  const indentation = indentationOf(shown.document.lineAt(position.line).text.slice(0, position.character));
  const inserted = await shown.edit((edit) => edit.insert(position, indentAfterFirstLine(text, indentation)));
  if (!inserted) throw new Error(l10n.t("The editor refused the change."));
}
