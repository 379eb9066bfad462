import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { silentLog } from "../../../server/src/base/log.ts";
import { createMachine } from "../../../server/src/files/machine.ts";
import type { Machine } from "../../../server/src/registry/machine.ts";

const MIB = 1024 * 1024;
let folder = "";
let machine: Machine;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "dockpin-machine-"));
  machine = createMachine({ environment: {}, homeFolder: folder, log: silentLog });
  writeFileSync(join(folder, "config.json"), '{"auths":{}}\u00e4');
  writeFileSync(join(folder, "large"), Buffer.alloc(4 * MIB + 1));
  writeFileSync(join(folder, "program"), "");
  chmodSync(join(folder, "program"), 0o755);
  mkdirSync(join(folder, "folder"));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("the machine", () => {
  test("reads text in UTF-8", async () => {
    expect(await machine.readTextFile(join(folder, "config.json"))).toBe('{"auths":{}}ä');
  });

  test.each(["missing", "config.json/under-a-file"])("has no text at %s", async (name) => {
    expect(await machine.readTextFile(join(folder, name))).toBeNull();
  });

  test.each([
    ["a folder", "folder", "EISDIR"],
    ["a file over 4 MiB", "large", "it is larger than 4 MiB"],
  ])("does not read %s", async (_, name, message) => {
    await expect(machine.readTextFile(join(folder, name))).rejects.toThrow(message);
  });

  test("lists a folder", async () => {
    expect([...((await machine.readFolder(folder)) ?? [])].sort()).toEqual([
      "config.json",
      "folder",
      "large",
      "program",
    ]);
    expect(await machine.readFolder(join(folder, "missing"))).toBeNull();
  });

  test("knows what can be run", async () => {
    expect(await machine.isExecutable(join(folder, "program"))).toBe(true);
    expect(await machine.isExecutable(join(folder, "folder"))).toBe(false);
    expect(await machine.isExecutable(join(folder, "missing"))).toBe(false);
  });

  // On Windows every file may be run.
  test.skipIf(process.platform === "win32")("does not run what has no such permission", async () => {
    expect(await machine.isExecutable(join(folder, "config.json"))).toBe(false);
  });
});
