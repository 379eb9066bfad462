import { jsonValue } from "../json-value.ts";
import type { SourceText } from "../source.ts";
import { plainString } from "../strings.ts";
import { tomlValue } from "../toml-value.ts";
import { type StringValue, type Thunk, type Unknown, unknown, type Value, withoutPath } from "../value.ts";
import { type Application, NOT_TAKEN, type Rules, stringOf, TOO_LONG } from "./application.ts";

const builtins: Rules = {
  import({ evaluation }, file) {
    const path = file.force();
    if (path.kind === "path") return evaluation.importFile(path.from, path.path);
    // `import <nixpkgs>` stands for something from outside.
    return path.kind === "unknown" ? unknown("it comes from another file", path.path) : NOT_TAKEN;
  },
  readFile: contentOf,
  fromJSON: (application, text) => parsed(application, stringOf(text), jsonValue),
  fromTOML: (application, text) => parsed(application, stringOf(text), tomlValue),
};

const library: Rules = {
  importJSON: (application, file) => parsed(application, contentOf(application, file), jsonValue),
  importTOML: (application, file) => parsed(application, contentOf(application, file), tomlValue),
  fileContents(application, file) {
    const content = contentOf(application, file);
    if (content.kind === "unknown") return content;
    return content.text.endsWith("\n") ? plainString(content.text.slice(0, -1)) : content;
  },
};

/** Functions that read files. */
export const FILE_RULES = { builtins, library };

function contentOf({ evaluation }: Application, file: Thunk): StringValue | Unknown {
  const path = file.force();
  if (path.kind === "unknown") return withoutPath(path);
  if (path.kind !== "path") return NOT_TAKEN;
  const source = evaluation.files.open(path.from, path.path, "data");
  return "reason" in source ? unknown(source.reason) : { ...plainString(source.text), source };
}

const CHARACTERS_PER_STEP = 16;

/** What a whole file says; a string that was put together is not parsed, since nothing in it is written anywhere. */
function parsed({ evaluation }: Application, text: StringValue | Unknown, parse: (source: SourceText) => Value): Value {
  if (text.kind === "unknown") return text;
  if (text.source === null) return unknown("it is parsed from a string that is not a whole file");
  return evaluation.spend(text.text.length / CHARACTERS_PER_STEP) ? parse(text.source) : TOO_LONG;
}
