import { expect, test } from "vitest";
import { statusWords } from "../../../client/src/status-words.ts";
import type { StatusParams } from "../../../server/src/lsp/protocol.ts";

const quiet: StatusParams = {
  pins: 0,
  stale: 0,
  incomplete: 0,
  busy: 0,
  failed: 0,
  message: null,
  notes: [],
  online: true,
};
const english = (message: string, ...args: number[]) => message.replaceAll(/\{(\d)\}/g, (_, index) => `${args[index]}`);

test.each<readonly [Partial<StatusParams>, string, string, boolean]>([
  [{}, "No pinned images", "", false],
  [{ pins: 1 }, "1 image", "", false],
  [{ pins: 6, stale: 2, incomplete: 1 }, "6 images, 2 stale, 1 incomplete", "", false],
  [{ pins: 6, busy: 3 }, "6 images, 3 in progress", "", false],
  [{ pins: 6, failed: 1 }, "6 images, 1 failed", "", true],
  [{ pins: 6, message: "docker.io answers 429." }, "6 images", "docker.io answers 429.", true],
  [{ pins: 6, notes: ["docker.io: 87 of 100 requests left"] }, "6 images", "docker.io: 87 of 100 requests left", false],
  [{ pins: 6, message: "It failed.", notes: ["Ten left"] }, "6 images", "It failed. · Ten left", true],
  [{ pins: 6, online: false }, "6 images", "Restricted Mode: nothing is sent to registries", false],
])("%j", (status, text, detail, warning) => {
  expect(statusWords({ ...quiet, ...status }, english)).toEqual({ text, detail, warning });
});
