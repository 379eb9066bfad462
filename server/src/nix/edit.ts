import { fail, type Problem, type Result, succeed } from "../base/errors.ts";
import type { AddableAttribute } from "./attribute-insertion.ts";
import type { Pin, TextEdit, TextOf, TextRange } from "./pin.ts";
import { type Claim, claimsOfChange, claimsOfKeeping, type PinChange } from "./pin-rewrite.ts";

export type { PinChange };

/** A pin with the values that it should have. */
export interface PlannedChange {
  readonly pin: Pin;
  readonly change: PinChange;
}

export interface EditPlan {
  /** By file, and in the order of the text; none overlaps another. */
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
 * Problems: the pin's own, `pin-computed`, `unsupported-callee`, `value-shared`.
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
    for (const { pin, claim, other } of disputes) refuse(pin, sharedValue(textOf, pin, claim, other));
  }
  return {
    edits: toEdits([...claims.values()].flatMap((claimed) => claimed.filter(isEdit))),
    refused: changes.flatMap(({ pin }) => {
      const problem = problems.get(pin);
      return problem === undefined ? [] : [{ pin, problem }];
    }),
  };
}

/** The edits by their file, in the order that they have. */
export function editsByFile(edits: readonly TextEdit[]): ReadonlyMap<string, readonly TextEdit[]> {
  return groupBy(edits, ({ file }) => file);
}

/** The files that an edit of a pin can change or depends on; that of the pin comes first. */
export function filesOfPin(pin: Pin): ReadonlySet<string> {
  const literals = [pin, ...pin.variants]
    .flatMap(({ imageDigest, hash }) => [imageDigest, hash])
    .flatMap((reading) => (reading.state === "known" ? reading.provenance : []))
    .map(({ file }) => file);
  const others = [pin.manifestFile?.file, pin.siblingImage?.literal.file].filter((file) => file !== undefined);
  return new Set([pin.file, ...literals, ...others]);
}

/** A file's text with non-overlapping edits applied; throws when `oldText` does not stand where an edit says. */
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

/** Where pins want a text that others do not want there, or overlap with what others read; one per pin at most. */
function findDisputes(claims: ReadonlyMap<Pin, readonly Claim[]>): readonly Dispute[] {
  const all = [...claims].flatMap(([pin, claimed]) => claimed.map((claim) => ({ pin, claim })));
  const rivals = new Map<Claim, Pin>();
  for (const group of groupBy(all, ({ claim }) => placeOf(claim)).values()) {
    for (const { claim } of group.filter((one) => isEdit(one.claim))) {
      const rival = group.find((one) => one.claim.newText !== claim.newText);
      if (rival !== undefined) rivals.set(claim, rival.pin);
    }
  }
  for (const inFile of groupBy(all, ({ claim }) => claim.file).values()) {
    for (const { claim, overlapping } of overlaps(inFile)) rivals.set(claim, overlapping.pin);
  }
  return [...claims].flatMap(([pin, claimed]) => {
    const claim = claimed.find((one) => rivals.has(one));
    const other = claim === undefined ? undefined : rivals.get(claim);
    return claim === undefined || other === undefined ? [] : [{ pin, claim, other }];
  });
}

interface Claimed {
  readonly pin: Pin;
  readonly claim: Claim;
}

/** The edits in a file that reach into a span that another claim is for, or that have one reach into theirs. */
function overlaps(claimed: readonly Claimed[]): { claim: Claim; overlapping: Claimed }[] {
  const found: { claim: Claim; overlapping: Claimed }[] = [];
  let widest: Claimed | null = null;
  for (const one of claimed.toSorted((a, b) => inOrder(a.claim, b.claim))) {
    const reach = widest?.claim.range;
    const isSame = reach !== undefined && reach.start === one.claim.range.start && reach.end === one.claim.range.end;
    if (widest !== null && reach !== undefined && one.claim.range.start < reach.end && !isSame) {
      if (isEdit(one.claim)) found.push({ claim: one.claim, overlapping: widest });
      if (isEdit(widest.claim)) found.push({ claim: widest.claim, overlapping: one });
    }
    if (reach === undefined || one.claim.range.end > reach.end) widest = one;
  }
  return found;
}

function isEdit(claim: Claim): boolean {
  return claim.newText !== claim.oldText;
}

function placeOf({ file, range, adds }: Claim): string {
  return `${range.start} ${range.end} ${adds ?? ""} ${file}`;
}

function sharedValue(textOf: TextOf, pin: Pin, { file, range }: Claim, other: Pin): Problem {
  const line = (textOf(file) ?? "").slice(0, range.start).split("\n").length;
  const place = `line ${line}${file === pin.file ? "" : ` of ${file}`}`;
  const message =
    other === pin
      ? `The value in ${place} is for several systems, which need different ones; give each system its own.`
      : `The value in ${place} is also read by the pin in line ${other.line}${other.file === pin.file ? "" : ` of ${other.file}`}, which needs another; give each pin its own.`;
  return fail("value-shared", message).problem;
}

/** One edit per place: equal claims fall together, and what is added at one offset is joined. */
function toEdits(claims: readonly Claim[]): readonly TextEdit[] {
  const distinct = new Map(claims.map((claim) => [placeOf(claim), claim]));
  const byRange = groupBy(distinct.values(), ({ file, range }) => `${range.start} ${range.end} ${file}`);
  const edits = [...byRange.values()].flatMap((group): TextEdit[] => {
    const [first] = group;
    if (first === undefined) return [];
    const added = group.toSorted((a, b) => ADDED_ORDER.indexOf(a.adds) - ADDED_ORDER.indexOf(b.adds));
    const newText = added.map((claim) => claim.newText).join("");
    return [{ file: first.file, range: first.range, oldText: first.oldText, newText }];
  });
  return edits.toSorted((one, other) =>
    one.file === other.file ? inOrder(one, other) : one.file < other.file ? -1 : 1,
  );
}

interface Placed {
  readonly range: TextRange;
}

/** An insertion goes before an edit of what stands at the same offset. */
function inOrder({ range: one }: Placed, { range: other }: Placed): number {
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
