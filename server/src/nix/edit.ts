import { fail, type Problem, type Result, succeed } from "../base/errors.ts";
import type { AddableAttribute } from "./attribute-insertion.ts";
import type { Pin, TextEdit, TextOf } from "./pin.ts";
import { type Claim, claimsOfChange, claimsOfKeeping, type PinChange } from "./pin-rewrite.ts";

export type { PinChange };

/** A pin with the values that it should have. */
export interface PlannedChange {
  readonly pin: Pin;
  readonly change: PinChange;
}

export interface EditPlan {
  /** In the order of the text, none overlapping another. */
  readonly edits: readonly TextEdit[];
  /** In the order of the changes. */
  readonly refused: readonly { readonly pin: Pin; readonly problem: Problem }[];
}

/** The order of attributes that are added at one place. */
const ADDED_ORDER: readonly (AddableAttribute | null)[] = ["imageDigest", "hash", "sha256", "outputHash", "os", "arch"];

/**
 * The smallest edits that give a pin these values; empty when it has them. Digest and hash change together
 * or not at all. Attribute name, hash encoding, quoting, layout and line endings stay; what is missing is added. A
 * placeholder that says no encoding (`""`, `lib.fakeHash`) becomes SRI.
 * Problems: the pin's own, `pin-computed`, `unsupported-callee`.
 *
 * @param textOf gives the files that the pin and its values stand in
 */
export function planPinEdits(textOf: TextOf, pin: Pin, change: PinChange): Result<readonly TextEdit[]> {
  const { edits, refused } = planEdits(textOf, [{ pin, change }]);
  const [refusal] = refused;
  return refusal === undefined ? succeed(edits) : { ok: false, problem: refusal.problem };
}

/**
 * As `planPinEdits` for several pins. A literal that several pins read is edited once if all of them want the
 * same text there; else those that want to change it are refused with `value-shared`. A refused pin stays as it is, and so
 * does every literal that it reads.
 *
 * @param unchanged other pins, whose digest and hash must stay as they are
 */
export function planEdits(textOf: TextOf, changes: readonly PlannedChange[], unchanged: readonly Pin[] = []): EditPlan {
  const problems = new Map<Pin, Problem>();
  const claims = new Map<Pin, readonly Claim[]>(unchanged.map((pin) => [pin, claimsOfKeeping(textOf, pin)]));
  const refuse = (pin: Pin, problem: Problem) => {
    problems.set(pin, problem);
    claims.set(pin, claimsOfKeeping(textOf, pin));
  };
  for (const { pin, change } of changes) {
    const needed = claimsOfChange(textOf, pin, change);
    if (needed.ok) claims.set(pin, needed.value);
    else refuse(pin, needed.problem);
  }
  // Refusing a pin makes it keep its literals, which may be what another one wants to change.
  for (let disputes = findDisputes(claims); disputes.length > 0; disputes = findDisputes(claims)) {
    for (const { pin, claim, other } of disputes) refuse(pin, sharedValue(textOf(pin.file) ?? "", claim, other));
  }
  return {
    edits: toEdits([...claims].flatMap(([pin, claimed]) => claimed.filter(isEdit).map((claim) => ({ pin, claim })))),
    refused: changes.flatMap(({ pin }) => {
      const problem = problems.get(pin);
      return problem === undefined ? [] : [{ pin, problem }];
    }),
  };
}

/** The text with non-overlapping edits applied; throws when `oldText` does not stand where an edit says. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  let result = "";
  let end = 0;
  for (const { range, oldText, newText } of edits.toSorted(inOrder)) {
    if (range.start < end) throw new RangeError(`edits overlap at offset ${range.start}`);
    if (text.slice(range.start, range.end) !== oldText)
      throw new RangeError(`another text stands at offset ${range.start}`);
    result += text.slice(end, range.start) + newText;
    end = range.end;
  }
  return result + text.slice(end);
}

interface Dispute {
  readonly pin: Pin;
  readonly claim: Claim;
  /** Who claims another text at the same place. */
  readonly other: Pin;
}

/** Where pins want a text that others do not want there; one per pin at most. */
function findDisputes(claims: ReadonlyMap<Pin, readonly Claim[]>): readonly Dispute[] {
  const claimants = groupBy(
    [...claims].flatMap(([pin, claimed]) => claimed.map((claim) => ({ pin, claim }))),
    ({ claim }) => placeOf(claim),
  );
  return [...claims].flatMap(([pin, claimed]) => {
    for (const claim of claimed.filter(isEdit)) {
      const rival = claimants.get(placeOf(claim))?.find((one) => one.claim.newText !== claim.newText);
      if (rival !== undefined) return [{ pin, claim, other: rival.pin }];
    }
    return [];
  });
}

function isEdit(claim: Claim): boolean {
  return claim.newText !== claim.oldText;
}

function placeOf({ range, adds }: Claim): string {
  return `${range.start} ${range.end} ${adds ?? ""}`;
}

function sharedValue(text: string, claim: Claim, other: Pin): Problem {
  const line = text.slice(0, claim.range.start).split("\n").length;
  return fail(
    "value-shared",
    `The value in line ${line} is also read by the pin in line ${other.line}, which needs another; give each pin its own.`,
  ).problem;
}

/** One edit per place: equal claims fall together, and what is added at one offset is joined. */
function toEdits(claimed: readonly { readonly pin: Pin; readonly claim: Claim }[]): readonly TextEdit[] {
  const distinct = new Map(claimed.map((one) => [placeOf(one.claim), one]));
  const byRange = groupBy(distinct.values(), ({ claim }) => `${claim.range.start} ${claim.range.end}`);
  const edits = [...byRange.values()].flatMap((group): TextEdit[] => {
    const [first] = group;
    if (first === undefined) return [];
    const added = group
      .map(({ claim }) => claim)
      .toSorted((a, b) => ADDED_ORDER.indexOf(a.adds) - ADDED_ORDER.indexOf(b.adds));
    const newText = added.map((claim) => claim.newText).join("");
    return [{ file: first.pin.file, range: first.claim.range, oldText: first.claim.oldText, newText }];
  });
  return edits.toSorted(inOrder);
}

/** An insertion goes before an edit of what stands at the same offset. */
function inOrder({ range: one }: TextEdit, { range: other }: TextEdit): number {
  return one.start - other.start || one.end - other.end;
}

/** As `Map.groupBy`, which Node 20 lacks. */
function groupBy<T>(items: Iterable<T>, keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}
