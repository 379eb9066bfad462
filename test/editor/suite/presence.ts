import assert from "node:assert/strict";
import { commands, extensions } from "vscode";
import { type Check, eventually, open } from "./check.ts";

const ID = "dockpin.dockpin";

export const presence: readonly Check[] = [
  [
    "opening a Nix file activates the extension",
    async () => {
      await open("alpine.nix");
      await eventually(() => extensions.getExtension(ID)?.isActive || undefined);
    },
  ],
  [
    "every command of the manifest is registered",
    async () => {
      const manifest = extensions.getExtension(ID)?.packageJSON as Manifest;
      const registered = await commands.getCommands(true);
      const missing = manifest.contributes.commands.filter(({ command }) => !registered.includes(command));
      assert.deepEqual(missing, []);
    },
  ],
];

interface Manifest {
  readonly contributes: { readonly commands: readonly { readonly command: string }[] };
}
