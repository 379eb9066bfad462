import assert from "node:assert/strict";
import { ConfigurationTarget, commands, Selection, window, workspace } from "vscode";
import { type Check, eventually, lenses, open } from "./check.ts";

export const editing: readonly Check[] = [
  [
    "a setting applies at once: no lens, and the lens again",
    async () => {
      const document = await open("packages/database-image.nix");
      const settings = workspace.getConfiguration("dockpin");
      await eventually(async () => (await lenses(document)).length === 1 || undefined);
      await settings.update("codeLens.enabled", false, ConfigurationTarget.Workspace);
      await eventually(async () => (await lenses(document)).length === 0 || undefined);
      await settings.update("codeLens.enabled", undefined, ConfigurationTarget.Workspace);
      await eventually(async () => (await lenses(document)).length === 1 || undefined);
    },
  ],
  [
    "the lens's command edits the document and leaves it unsaved; undo takes it back",
    async () => {
      const document = await open("alpine.nix");
      const before = document.getText();
      const lens = await eventually(async () =>
        (await lenses(document)).find(({ command }) => command?.title.includes("moved")),
      );
      await commands.executeCommand(lens.command!.command, ...(lens.command!.arguments ?? []));
      await eventually(() => document.getText() !== before || undefined);
      assert.equal(document.isDirty, true);
      const after = document.getText();
      assert.equal(after.includes("sha256:de7e26084baf"), false);
      assert.equal(after.includes("sha256-IjMYsAmR"), false);
      await commands.executeCommand("undo");
      assert.equal(document.getText(), before);
    },
  ],
  [
    "the command updates the pin under the cursor and no other",
    async () => {
      const document = await open("homelab/containers.nix");
      const before = document.getText();
      const at = document.positionAt(before.indexOf("lib.fakeHash"));
      const editor = window.activeTextEditor;
      assert(editor);
      editor.selection = new Selection(at, at);
      await commands.executeCommand("dockpin.updateImageUnderCursor");
      await eventually(() => document.getText() !== before || undefined);
      const after = document.getText();
      assert.equal(after.includes("lib.fakeHash"), false);
      assert.equal(after.includes("1aqx051br39xrq7z67ix9pnm8nd3ys44prsblfhb0s8af4c3r7sq"), true);
      await commands.executeCommand("undo");
    },
  ],
];
