import { describe, expect, test } from "vitest";
import { recordSources } from "../../../server/src/lsp/recorded-sources.ts";
import type { SourceFiles } from "../../../server/src/nix/source.ts";

/** Files whose texts can be changed; null for one that is not there. */
function filesOf(texts: Record<string, string | null>): SourceFiles {
  return {
    open: (_, path) => {
      const text = texts[path] ?? null;
      return text === null ? { reason: `the file ${path} does not exist` } : { file: path, text };
    },
  };
}

describe("what was read of other files counts", () => {
  test.each<[title: string, change: Record<string, string | null>, areCurrent: boolean]>([
    ["while nothing changes", {}, true],
    ["while a file changes that was not asked for", { "./c.nix": "3" }, true],
    ["until a file changes", { "./a.nix": "2" }, false],
    ["until a file is gone", { "./a.nix": null }, false],
    ["until a file appears that was missed", { "./b.nix": "2" }, false],
  ])("%s", (_, change, areCurrent) => {
    const texts: Record<string, string | null> = { "./a.nix": "1", "./b.nix": null };
    const recorded = recordSources(filesOf(texts));
    recorded.files.open("call.nix", "./a.nix", "code");
    recorded.files.open("call.nix", "./b.nix", "data");
    expect([...recorded.texts()]).toEqual([["./a.nix", "1"]]);
    Object.assign(texts, change);
    expect(recorded.areCurrent()).toBe(areCurrent);
  });
});
