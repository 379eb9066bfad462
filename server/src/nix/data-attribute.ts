import { DataNode } from "./data-node.ts";
import type { TextRange } from "./pin.ts";
import type { SourceText } from "./source.ts";
import { type Attribute, type Thunk, unknown, type Value } from "./value.ts";

/** Where a data file gives a member of an object or table. */
export interface MemberPlace {
  /** From the key to the end of the value; of a TOML table, with its header. */
  readonly member: TextRange;
  readonly container: TextRange;
}

/** The attribute that a member of a JSON object or TOML table is to Nix. */
export function dataAttribute(source: SourceText, places: readonly MemberPlace[], value: Thunk): Attribute {
  const definitions = places.map(({ member, container }) => {
    return new DataNode(source, member.start, member.end, { start: container.start, end: container.end });
  });
  return { value, definitions, duplicate: false };
}

/** An integer of a data file; unknown when it doesn't fit into Nix's 64 bits. */
export function integerOf(value: bigint): Value {
  return BigInt.asIntN(64, value) === value ? { kind: "integer", value } : unknown("the number is too large for Nix");
}
