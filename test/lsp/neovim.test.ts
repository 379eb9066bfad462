import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { BUNDLE, type Workplace, workplace } from "../cli/harness.ts";
import { startRegistry, type TestRegistry } from "../support/registry/server.ts";
import { sampleImages } from "../support/sample/images.ts";
import { isMissing } from "../support/tools.ts";
import { ALPINE, CONTAINERS, registriesAt, updatedByCli } from "./harness.ts";

const PRELUDE = join(import.meta.dirname, "neovim", "prelude.lua");
const PAGE = join(import.meta.dirname, "..", "..", "docs", "editors.md");

describe.skipIf(isMissing("nvim") || process.platform === "win32")("Neovim, set up as docs/editors.md says", () => {
  test("shows the diagnostic, applies the code action and writes the file", async () => {
    const { place, registry } = await neovim(
      { "a.nix": ALPINE },
      "a.nix",
      `
      wait_until("the diagnostic", function()
        return (diagnostics()[1] or ""):find('The tag "3.20" moved', 1, true) ~= nil
      end)
      go_to("imageDigest")
      local before = buffer_text()
      choose_action("Update digest and hash")
      wait_for_change(before)
      wait_until("no diagnostic", function() return #diagnostics() == 0 end)
      vim.cmd("write")
    `,
    );
    expect(await place.read("a.nix")).toBe((await updatedByCli({ "a.nix": ALPINE }, registry))["a.nix"]);
  });

  test("shows the lens and runs it", async () => {
    const { place, registry } = await neovim(
      { "a.nix": ALPINE },
      "a.nix",
      `
      wait_for_lens("^3%.20 moved: update digest and hash$")
      go_to("pkgs.dockerTools")
      local before = buffer_text()
      vim.lsp.codelens.run()
      wait_for_change(before)
      wait_for_lens("^Up to date$")
      vim.cmd("write")
    `,
    );
    expect(await place.read("a.nix")).toBe((await updatedByCli({ "a.nix": ALPINE }, registry))["a.nix"]);
  });

  test("hovers", async () => {
    const { place } = await neovim(
      { "a.nix": ALPINE },
      "a.nix",
      `
      wait_for_lens("moved")
      go_to("imageDigest")
      local shown
      vim.lsp.handlers["textDocument/hover"] = function(_, result) shown = result.contents.value end
      vim.lsp.buf.hover()
      wait_until("the hover", function() return shown ~= nil end)
      vim.fn.writefile(vim.split(shown, "\\n"), "hover.md")
    `,
    );
    expect(await place.read("hover.md")).toContain("alpine");
  });

  test("updates all files of the folder, those that are not open too; one undo per file takes it back", async () => {
    const files = { "a.nix": ALPINE, "sub/b.nix": CONTAINERS };
    const { place, registry } = await neovim(
      files,
      "a.nix",
      `
      wait_for_lens("moved")
      local before = buffer_text()
      vim.cmd("DockpinUpdateAll")
      wait_for_change(before)
      wait_until("the other file", function() return vim.fn.bufloaded("sub/b.nix") == 1 end)
      vim.cmd("wall")
      vim.cmd("undo")
      vim.cmd("write undone.nix")
    `,
    );
    const updated = await updatedByCli(files, registry);
    for (const name of Object.keys(files)) expect(await place.read(name), name).toBe(updated[name]);
    expect(await place.read("undone.nix")).toBe(ALPINE);
  });
});

/** Opens a file of a folder in Neovim and plays a scenario in Lua. */
async function neovim(
  files: Readonly<Record<string, string>>,
  name: string,
  scenario: string,
): Promise<{ readonly place: Workplace; readonly registry: TestRegistry }> {
  const registry = await startRegistry(sampleImages());
  onTestFinished(() => registry.close());
  const place = await workplace(files);
  const programs = join(place.temporaryFolder, "bin");
  mkdirSync(programs);
  writeFileSync(join(programs, "dockpin"), `#!/bin/sh\nexec "${process.execPath}" "${BUNDLE}" "$@"\n`);
  chmodSync(join(programs, "dockpin"), 0o755);
  const init = join(place.temporaryFolder, "init.lua");
  writeFileSync(init, initFile(registry));
  const script = join(place.temporaryFolder, "scenario.lua");
  writeFileSync(script, `dofile(${JSON.stringify(PRELUDE)})\nrun(function()\n${scenario}\nend)\n`);

  const child = spawn("nvim", ["--headless", "-n", "-i", "NONE", "-u", init, "-S", script, name], {
    cwd: place.folder,
    env: {
      ...place.env,
      PATH: `${programs}${delimiter}${place.env["PATH"]}`,
      XDG_CONFIG_HOME: place.temporaryFolder,
      XDG_CACHE_HOME: place.temporaryFolder,
      XDG_DATA_HOME: place.temporaryFolder,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  expect(code, output).toBe(0);
  return { place, registry };
}

/** The set-up for Neovim 0.7 and newer in the documentation, led to the registry of the test. */
function initFile(registry: TestRegistry): string {
  const [, block] = /## Neovim 0\.7.*?```lua\n(.*?)```/s.exec(readFileSync(PAGE, "utf8")) ?? [];
  const settings = /^local settings = .*$/m;
  if (block === undefined || !settings.test(block)) throw new Error("docs/editors.md has no set-up for Neovim 0.7");
  const registries = Object.entries(registriesAt(registry.origin)).map(
    ([name, { endpoint }]) => `[${JSON.stringify(name)}] = { endpoint = ${JSON.stringify(endpoint)} }`,
  );
  return block.replace(settings, `local settings = { registries = { ${registries.join(", ")} } }`);
}
