import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "..", "..");

test("npm start finds the stale pins of the examples, updates a copy of them, and verifies it", () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join("scripts", "start.mjs")], {
    cwd: root,
    encoding: "utf8",
  });
  expect(stderr).not.toMatch(/error/i);
  expect(stdout).toContain("8 pins: 5 stale, 1 incomplete, 1 fresh, 1 ignored.");
  expect(stdout).toContain("+++ b/alpine.nix");
  expect(stdout).toContain("8 pins: 6 updated, 1 unchanged, 1 skipped. 4 files written.");
  expect(stdout).toContain("8 pins: 7 verified, 1 ignored.");
  expect(status).toBe(0);
  const changes = spawnSync("git", ["status", "--porcelain", "examples"], { cwd: root, encoding: "utf8" });
  expect(changes.stdout).toBe("");
});
