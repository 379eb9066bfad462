import type { RandomBelow } from "./random.ts";

const SPACES = ["", "", "", " ", "\n", "\t", "\r", " \n "];
const NUMBERS = ["0", "-0", "1.50", "1e5", "1E-7", "123456789012345678901234567890", "-1.0e+3", "0.0"];
const LITERALS = ["null", "true", "false"];
const KEYS = [
  ...["architecture", "config", "container", "container_config", "created", "docker_version", "os"],
  ...["id", "parent", "layer_id", "OS", "Config", "history", "rootfs", "variant", "arch\\u0069tecture", "\\u006fs"],
];
/** What strings are made of: text, escapes, what Go escapes, and bytes that are not UTF-8. */
const STRING_PIECES = [
  ...["a", " ", "<&>", "é", "😀", "\u007f", "\u2028", "\u2029"],
  ...["\\/", '\\"', "\\\\", "\\n", "\\u003c", "\\u2028", "\\ud800", "\\udc00"],
  ...[[0xff], [0xc0, 0x80], [0xe2, 0x80], [0xe2, 0x80, 0xa7], [0xed, 0xa0, 0x80], [0xf0, 0x9f]].map((bytes) =>
    Buffer.from(bytes),
  ),
].map((piece) => Buffer.from(piece));

/** A JSON object as no tool writes it: any spelling of values, white space anywhere, keys more than once. */
export function randomConfig(below: RandomBelow): Buffer {
  const pick = <T>(from: readonly T[]): T => from[below(from.length)] as T;
  const times = <T>(limit: number, make: () => T): T[] => Array.from({ length: below(limit) }, make);
  const join = (...parts: readonly (string | Uint8Array)[]) => Buffer.concat(parts.map((part) => Buffer.from(part)));
  const spaced = (part: string | Uint8Array) => join(pick(SPACES), part, pick(SPACES));
  const list = (open: string, items: readonly Buffer[], close: string) =>
    join(open, spaced(join(...items.flatMap((item, index) => [index === 0 ? "" : ",", spaced(item)]))), close);
  const string = () => join('"', ...times(6, () => pick(STRING_PIECES)), '"');
  const known = () => join('"', pick(KEYS), '"');
  const value = (depth: number): Buffer => {
    const simple = [() => join(pick(LITERALS)), () => join(pick(NUMBERS)), string];
    const nested = [
      () =>
        list(
          "[",
          times(4, () => value(depth + 1)),
          "]",
        ),
      () => object(4, depth + 1),
    ];
    return pick(depth < 4 ? [...simple, ...nested] : simple)();
  };
  const object = (members: number, depth: number): Buffer => {
    const key = depth === 0 ? known : () => pick([known, string])();
    return list(
      "{",
      times(members, () => join(spaced(key()), ":", spaced(value(depth)))),
      "}",
    );
  };
  return object(10, 0);
}
