import { evaluationOf } from "../../server/src/nix/evaluate.ts";
import type { Evaluation } from "../../server/src/nix/evaluation.ts";
import { openSyntaxTrees } from "../../server/src/nix/grammar.ts";
import { NO_SOURCE_FILES, type SourceFiles } from "../../server/src/nix/source.ts";
import type { Value } from "../../server/src/nix/value.ts";
import { nixParser } from "./nix-parser.ts";

export interface ValueOptions {
  readonly system?: string | null;
  /** Contents by the path that they are referred to. */
  readonly files?: Readonly<Record<string, string>>;
}

/** Evaluates a text that is one expression and hands its value on; the value is of no use afterwards. */
export function withValue<T>(
  text: string,
  { system = null, files = {} }: ValueOptions,
  use: (value: Value, evaluation: Evaluation) => T,
): T {
  const trees = openSyntaxTrees(nixParser);
  try {
    const root = trees.parse({ file: "main.nix", text });
    const evaluation = evaluationOf(root, () => [], { trees, files: sourceFiles(files), extraCallees: [], system });
    return use(evaluation.evaluate(root.child("expression")!, null), evaluation);
  } finally {
    trees.close();
  }
}

/** Files by name, all in one folder. */
function sourceFiles(files: Readonly<Record<string, string>>): SourceFiles {
  if (Object.keys(files).length === 0) return NO_SOURCE_FILES;
  return {
    open(_, path) {
      const file = path.replace(/^(?:\.\/)+/, "");
      const text = files[file];
      return text === undefined ? { reason: `there is no file "${file}"` } : { file, text };
    },
  };
}

/** Stands for what is not known. */
export const UNKNOWN = "unknown";

/** A value as JSON has it, as far as it is known: `{ unknown: reason }` for the rest. */
export function plainValue(value: Value): unknown {
  switch (value.kind) {
    case "string":
      return value.text;
    case "integer":
      return Number(value.value);
    case "boolean":
      return value.value;
    case "null":
      return null;
    case "list":
      return value.elements.map((element) => plainValue(element.force()));
    case "set": {
      if (value.unlisted !== null) return { [UNKNOWN]: value.unlisted.reason };
      const names = [...value.attributes.keys()].sort();
      return Object.fromEntries(names.map((name) => [name, plainValue(value.attributes.get(name)!.value.force())]));
    }
    case "unknown":
      return { [UNKNOWN]: value.reason };
    default:
      return { [UNKNOWN]: value.kind };
  }
}
