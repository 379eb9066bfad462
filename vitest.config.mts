import { defineConfig } from "vitest/config";

// Where a busy machine decides, a test is played once more before it stops everyone; at a desk it fails at once.
const retry = process.env["CI"] === "true" ? 1 : 0;

// Suites in the order of their cost. Only those that talk to real programs get long time-outs.
export default defineConfig({
  test: {
    projects: [
      { test: { name: "unit", include: ["test/unit/**/*.test.ts"], testTimeout: 30_000, retry } },
      {
        test: {
          name: "fault",
          include: ["test/fault/**/*.test.ts"],
          globalSetup: ["test/fault/global-setup.ts"],
          testTimeout: 60_000,
          hookTimeout: 30_000,
          retry,
        },
      },
      {
        test: {
          name: "oracle",
          include: ["test/oracle/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          retry,
        },
      },
      {
        test: {
          name: "cli",
          include: ["test/cli/**/*.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          retry,
        },
      },
      {
        test: {
          name: "lsp",
          include: ["test/lsp/**/*.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          retry,
        },
      },
      {
        test: {
          name: "editor",
          include: ["test/editor/**/*.test.ts"],
          globalSetup: ["test/editor/global-setup.ts"],
          // One VS Code at a time is enough for two cores, and after all else: its scenes wait only so long.
          fileParallelism: false,
          sequence: { groupOrder: 1 },
          expect: { poll: { timeout: 30_000 } },
          // When VS Code draws what it was told is its own affair; a scene that fails for us fails again.
          retry: 1,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
