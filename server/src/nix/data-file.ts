import type { Problem } from "../base/errors.ts";
import { HASH_ATTRIBUTES } from "./attribute-reading.ts";
import { jsonValue } from "./json-value.ts";
import { linesOf } from "./lines.ts";
import type { Pin } from "./pin.ts";
import { placeOfDefinition } from "./pin-place.ts";
import { fileViews, readPin } from "./pin-reading.ts";
import type { NixReading } from "./reading.ts";
import type { SourceText } from "./source.ts";
import { tomlValue } from "./toml-value.ts";
import type { SetValue, Value } from "./value.ts";

const DEPTH_SEARCHED = 100;

/** Whether a file of this name is read by `readDataFile`: JSON or TOML. */
export function isDataFile(file: string): boolean {
  return /\.(?:json|toml)$/i.test(file);
}

/**
 * Reads the pins of a JSON or TOML file by itself: the objects and tables, at any depth, with the keys that
 * `nix-prefetch-docker --json` prints, which are `imageName`, `imageDigest` and `hash`, or `sha256` as it once was.
 * Problems of the file: `syntax-error`.
 */
export function readDataFile(source: SourceText): NixReading {
  if (!source.text.includes("imageDigest")) return { pins: [], problems: [] };
  const value = /\.toml$/i.test(source.file) ? tomlValue(source) : jsonValue(source);
  if (value.kind === "unknown") return { pins: [], problems: [unreadable(value.reason)] };
  const lines = linesOf(source.text);
  const pins = [...setsWithPins(value)].flatMap((set): Pin[] => {
    const [definition] = set.attributes.get("imageDigest")?.definitions ?? [];
    const place = definition === undefined ? null : placeOfDefinition(definition);
    if (place === null) return [];
    const site = {
      place,
      argument: place,
      isWhole: true,
      value: set,
      callee: "dockerTools.pullImage" as const,
      calls: [],
      pulledThrough: [],
      system: null,
    };
    return [
      readPin(
        null,
        site,
        () => true,
        fileViews(),
        () => lines,
      ),
    ];
  });
  return { pins: pins.toSorted((one, other) => one.range.start - other.range.start), problems: [] };
}

function unreadable(reason: string): Problem {
  return { code: "syntax-error", message: `Pins may not have been found: ${reason}.` };
}

function* setsWithPins(root: Value): Iterable<SetValue> {
  const pending: { readonly value: Value; readonly depth: number }[] = [{ value: root, depth: 0 }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { value, depth } = next;
    if (depth > DEPTH_SEARCHED) continue;
    const add = (member: Value) => {
      if (member.kind === "set" || member.kind === "list") pending.push({ value: member, depth: depth + 1 });
    };
    if (value.kind === "list") for (const element of value.elements) add(element.force());
    if (value.kind !== "set") continue;
    if (isPrefetched(value)) yield value;
    for (const attribute of value.attributes.values()) add(attribute.value.force());
  }
}

function isPrefetched({ attributes }: SetValue): boolean {
  const isString = (name: string) => attributes.get(name)?.value.force().kind === "string";
  return isString("imageName") && isString("imageDigest") && HASH_ATTRIBUTES.some(isString);
}
