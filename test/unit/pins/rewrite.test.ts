import { describe, expect, test } from "vitest";
import { sriHash } from "../../../server/src/nix/hash-encoding.ts";
import type { Pin } from "../../../server/src/nix/pin.ts";
import { readNixFile } from "../../../server/src/nix/reading.ts";
import type { SourceFiles } from "../../../server/src/nix/source.ts";
import { digestOf } from "../../../server/src/oci/digest.ts";
import { rewriteFiles } from "../../../server/src/pins/rewrite.ts";
import type { PinUpdate } from "../../../server/src/pins/update.ts";
import { nixParser } from "../../support/nix-parser.ts";

const hashed = (of: string) => digestOf(Buffer.from(of));
const OLD = hashed("old");
const NEW = { imageDigest: hashed("new"), hash: hashed("new archive") };
const SRI = sriHash(hashed("old archive"));

const TEXTS: Record<string, string> = {
  "main.nix": `{ pullImage }: {
  a = pullImage { imageName = "a"; imageDigest = import ./digest.nix; hash = "${SRI}"; };
  b = pullImage { imageName = "b"; imageDigest = "${OLD}"; };
}
`,
  "./digest.nix": `"${OLD}"\n`,
};
const textOf = (file: string) => TEXTS[file] ?? null;
const files: SourceFiles = {
  open(_from, path) {
    const text = textOf(path);
    return text === null ? { reason: "it is not there" } : { file: path, text };
  },
};

function pinsOf(file: string): [Pin, Pin] {
  const [a, b] = readNixFile(nixParser, file, textOf(file) ?? "", { files }).pins;
  if (a === undefined || b === undefined) throw new Error("not two pins");
  return [a, b];
}

const settled = (pin: Pin, change: PinUpdate["change"]): PinUpdate => ({
  pin,
  status: "stale",
  outcome: change === null ? "unchanged" : "updated",
  problem: null,
  change,
  hostDependent: false,
  warnings: [],
});

describe("updates of pins", () => {
  test("go into all files that their values stand in, the missing hash as SRI", () => {
    const [a, b] = pinsOf("main.nix");
    const { texts, updates } = rewriteFiles(textOf, [settled(a, NEW), settled(b, NEW)]);
    expect(updates.map(({ outcome }) => outcome)).toEqual(["updated", "updated"]);
    expect(Object.fromEntries(texts)).toEqual({
      "./digest.nix": `"${NEW.imageDigest}"\n`,
      "main.nix": TEXTS["main.nix"]
        ?.replace(SRI, sriHash(NEW.hash))
        .replace(`"${OLD}";`, `"${NEW.imageDigest}"; hash = "${sriHash(NEW.hash)}";`),
    });
  });

  test("give only the files in which something changes", () => {
    const [a, b] = pinsOf("main.nix");
    const { texts } = rewriteFiles(textOf, [settled(a, null), settled(b, NEW)]);
    expect([...texts.keys()]).toEqual(["main.nix"]);
  });

  test("that are refused have failed, and nothing of them is written", () => {
    const [a, b] = pinsOf("main.nix");
    const problem = { code: "value-shared", message: "x" } as const;
    const { texts, updates } = rewriteFiles(textOf, [settled({ ...a, problems: [problem] }, NEW), settled(b, null)]);
    expect([...texts.keys()]).toEqual([]);
    expect(updates).toMatchObject([{ outcome: "failed", change: null, problem }, { outcome: "unchanged" }]);
  });
});
