import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { isDataFile, readDataFile } from "../../../server/src/nix/data-file.ts";
import { readNixFile } from "../../../server/src/nix/reading.ts";
import type { SourceFiles } from "../../../server/src/nix/source.ts";
import { type DocumentedExample, describePins, documentedExamples } from "../../support/nix/documented-examples.ts";
import { nixParser } from "../../support/nix-parser.ts";

const page = readFileSync(join(import.meta.dirname, "..", "..", "..", "docs", "nix-support.md"), "utf8");
const examples = documentedExamples(page);

function read({ files }: DocumentedExample): string[] {
  const { name, text } = files.at(-1)!;
  const sources: SourceFiles = {
    open(_, path) {
      const found = files.find((file) => path === `./${file.name}`);
      return found === undefined
        ? { reason: `the file ${path} does not exist` }
        : { file: found.name, text: found.text };
    },
  };
  const { pins } = isDataFile(name)
    ? readDataFile({ file: name, text })
    : readNixFile(nixParser, name, text, { files: sources });
  return describePins(pins, name);
}

describe("docs/nix-support.md says what is read", () => {
  test("with many examples", () => {
    expect(examples.length).toBeGreaterThan(40);
  });

  test.each(examples.map((example) => [`line ${example.line}`, example] as const))("%s", (_, example) => {
    expect(read(example)).toEqual(example.claims);
  });
});
