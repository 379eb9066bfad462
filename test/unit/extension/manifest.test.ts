import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { CLIENT_COMMANDS, SERVER_COMMANDS } from "../../../server/src/lsp/protocol.ts";
import { manifest, read, root, strings } from "./manifest.ts";

const { commands, menus, languages, grammars, walkthroughs } = manifest.contributes;
const declared = commands.map(({ command }) => command);
const titles = Object.fromEntries(commands.map(({ command, title }) => [command, strings[title.slice(1, -1)]]));

describe("commands", () => {
  test("are those that users know by these titles", () => {
    expect(titles).toEqual({
      "dockpin.updateImageUnderCursor": "Update Image Under Cursor",
      "dockpin.updateAllInFile": "Update All Images in File",
      "dockpin.updateAllInWorkspace": "Update All Images in Workspace",
      "dockpin.previewUpdates": "Preview Updates…",
      "dockpin.checkAll": "Check All Images",
      "dockpin.verifyHash": "Verify Hash",
      "dockpin.insertPullImage": "Insert pullImage…",
      "dockpin.copyDigest": "Copy Digest",
      "dockpin.signIn": "Sign In to Registry…",
      "dockpin.signOut": "Sign Out…",
      "dockpin.clearCache": "Clear Cache",
      "dockpin.showLog": "Show Log",
      "dockpin.restartServer": "Restart Server",
      "dockpin.showPins": "Show Pinned Images",
      "dockpin.copy": "Copy",
    });
    expect(new Set(commands.map(({ category }) => category))).toEqual(new Set(["dockpin"]));
  });

  test("are what the extension registers", () => {
    const registered = [...read("client/src/commands.ts").matchAll(/^ {4}"(dockpin\.\w+)":/gm)].map(([, id]) => id);
    expect(registered.toSorted()).toEqual(declared.toSorted());
  });

  test("have other identifiers than the server's, which the language client registers", () => {
    const ofServer: readonly string[] = Object.values(SERVER_COMMANDS);
    expect(declared.filter((command) => ofServer.includes(command))).toEqual([]);
    expect(declared).toEqual(expect.arrayContaining(Object.values(CLIENT_COMMANDS)));
  });

  test("all say when the palette shows them", () => {
    expect(menus.commandPalette.map(({ command }) => command)).toEqual(declared);
  });

  const needTrust = [
    "dockpin.updateImageUnderCursor",
    "dockpin.updateAllInFile",
    "dockpin.updateAllInWorkspace",
    "dockpin.previewUpdates",
    "dockpin.checkAll",
    "dockpin.verifyHash",
    "dockpin.insertPullImage",
    "dockpin.signIn",
  ];
  test.each(declared)("%s is shown without trust only if it sends nothing", (command) => {
    const when = menus.commandPalette.find((item) => item.command === command)?.when ?? "";
    expect(when.split(" && ").includes("isWorkspaceTrusted")).toBe(needTrust.includes(command));
  });

  test("use only context keys that VS Code or the extension sets", () => {
    const own = menus.commandPalette.flatMap(({ when }) => when.match(/dockpin\.\w+/g) ?? []);
    const source = readdirSync(join(root, "client", "src"))
      .map((name) => read(`client/src/${name}`))
      .join("\n");
    const set = [...source.matchAll(/"setContext", "(dockpin\.\w+)"/g)].map(([, key]) => key);
    expect(new Set(own)).toEqual(new Set(set));
  });
});

test("every text of the manifest is in package.nls.json, and no other", () => {
  const used = [...read("package.json").matchAll(/"%([\w.-]+)%"/g)].map(([, key]) => key);
  expect([...new Set(used)].toSorted()).toEqual(Object.keys(strings).toSorted());
});

test("every file that the manifest names is there", () => {
  const files = [
    manifest.icon,
    ...languages.map(({ configuration }) => configuration),
    ...grammars.map(({ path }) => path),
    ...walkthroughs.flatMap(({ steps }) => steps.map(({ media }) => media.image)),
  ];
  expect(files.filter((file) => statSync(join(root, file), { throwIfNoEntry: false })?.isFile() !== true)).toEqual([]);
});

test("the Marketplace gets an icon of at least 128 pixels", () => {
  // Width and height stand in the header chunk, which is the first.
  const png = readFileSync(join(root, manifest.icon));
  expect(png.subarray(1, 4).toString()).toBe("PNG");
  expect(png.readUInt32BE(16)).toBeGreaterThanOrEqual(128);
  expect(png.readUInt32BE(20)).toBe(png.readUInt32BE(16));
});

test("works in a limited way without trust and on virtual file systems", () => {
  const { untrustedWorkspaces, virtualWorkspaces } = manifest.capabilities;
  expect(untrustedWorkspaces.supported).toBe("limited");
  expect(untrustedWorkspaces.restrictedConfigurations).toContain("dockpin.registries");
  expect(virtualWorkspaces.supported).toBe("limited");
});

describe("the walkthrough", () => {
  const steps = walkthroughs.flatMap((walkthrough) => walkthrough.steps);

  test("has three steps, each with a picture that is described and an event that completes it", () => {
    expect(walkthroughs).toHaveLength(1);
    expect(steps.map(({ id }) => id)).toEqual(["lens", "update-all", "settings"]);
    expect(steps.filter(({ media, completionEvents }) => !media.altText || completionEvents.length === 0)).toEqual([]);
  });

  test("calls and waits for commands that there are", () => {
    const called = steps.flatMap(({ description, completionEvents }) =>
      [strings[description.slice(1, -1)], ...completionEvents].flatMap((text) => [
        ...(text ?? "").matchAll(/ommand:([\w.]+)/g),
      ]),
    );
    const there = [...declared, ...Object.values(SERVER_COMMANDS), "workbench.action.openSettings"];
    expect(called.length).toBeGreaterThan(0);
    expect(called.map(([, id]) => id).filter((id) => !there.includes(id ?? ""))).toEqual([]);
  });
});
