/** A POSIX extended regular expression, in the syntax of RE2. */
export interface TranslatedExpression {
  readonly source: string;
  readonly groups: number;
  /** How many characters it stands for when repetitions are written out: what matching costs per character. */
  readonly size: number;
}

const LENGTH_LIMIT = 1000;
const NESTING_LIMIT = 20;
const SIZE_LIMIT = 3000;
const REPETITIONS_LIMIT = 200;
/** What libstdc++ takes behind a backslash; others are undefined in POSIX. */
const ESCAPABLE = ".[\\()*+?{|^$";
const CLASSES = new Set(
  "alnum alpha blank cntrl digit graph lower print punct space upper xdigit".split(" ").map((name) => `[:${name}:]`),
);

interface Piece {
  readonly source: string;
  readonly size: number;
  readonly canBeEmpty: boolean;
  readonly hasGroup: boolean;
}

/** A syntax that is not understood, or not in the same way everywhere. */
class Untranslatable extends Error {}

/**
 * Translates an extended regular expression as `std::regex::extended` of libstdc++ reads it, which Nix uses. Null for what
 * is wrong, what implementations read in different ways, and what is too large. The characters are ASCII.
 *
 * @param areAnchorsAllowed whether `^` at the beginning and `$` at the end say nothing, since the whole text is matched
 */
export function translateExpression(expression: string, areAnchorsAllowed: boolean): TranslatedExpression | null {
  if (expression.length > LENGTH_LIMIT || /[^\x20-\x7e\n\t]/.test(expression)) return null;
  const start = areAnchorsAllowed && expression.startsWith("^") ? 1 : 0;
  const isEndAnchored = areAnchorsAllowed && expression.endsWith("$") && !expression.endsWith("\\$");
  const end = isEndAnchored ? Math.max(start, expression.length - 1) : expression.length;
  try {
    return translate(expression.slice(start, end));
  } catch (error) {
    if (error instanceof Untranslatable) return null;
    throw error;
  }
}

function translate(expression: string): TranslatedExpression {
  let at = 0;
  let groups = 0;
  const fail = (): never => {
    throw new Untranslatable(expression);
  };

  function alternatives(nesting: number): Piece {
    const pieces = [sequence(nesting)];
    while (expression[at] === "|") {
      at++;
      pieces.push(sequence(nesting));
    }
    const size = pieces.reduce((sum, piece) => sum + piece.size, 0);
    if (size > SIZE_LIMIT) fail();
    return {
      source: pieces.map(({ source }) => source).join("|"),
      size,
      canBeEmpty: pieces.some(({ canBeEmpty }) => canBeEmpty),
      hasGroup: pieces.some(({ hasGroup }) => hasGroup),
    };
  }

  function sequence(nesting: number): Piece {
    let whole: Piece = { source: "", size: 0, canBeEmpty: true, hasGroup: false };
    while (at < expression.length && expression[at] !== "|" && expression[at] !== ")") {
      const piece = repeated(atom(nesting));
      whole = {
        source: whole.source + piece.source,
        size: whole.size + piece.size,
        canBeEmpty: whole.canBeEmpty && piece.canBeEmpty,
        hasGroup: whole.hasGroup || piece.hasGroup,
      };
    }
    return whole.source === "" ? fail() : whole;
  }

  function atom(nesting: number): Piece {
    const character = expression[at] ?? fail();
    at++;
    if (character === "(") return group(nesting);
    if (character === "[") return plain(bracket());
    if (character === ".") return plain(".");
    if (character === "\\") {
      const escaped = expression[at] ?? fail();
      at++;
      return ESCAPABLE.includes(escaped) ? plain(quoted(escaped)) : fail();
    }
    return "*+?{^$]".includes(character) ? fail() : plain(quoted(character));
  }

  function group(nesting: number): Piece {
    if (nesting >= NESTING_LIMIT) fail();
    groups++;
    const inside = alternatives(nesting + 1);
    if (expression[at] !== ")") fail();
    at++;
    return { ...inside, source: `(${inside.source})`, hasGroup: true };
  }

  function bracket(): string {
    const isNegated = expression[at] === "^";
    if (isNegated) at++;
    const first = at;
    let inside = "";
    for (;;) {
      const character = expression[at] ?? fail();
      if (character === "]" && at > first) break;
      if (character === "[" && /[:.=]/.test(expression[at + 1] ?? "")) {
        const end = expression.indexOf("]", at + 2) + 1;
        const name = expression.slice(at, end);
        if (!CLASSES.has(name)) fail();
        inside += name;
        at = end;
        if (expression[at] === "-" && expression[at + 1] !== "]") fail();
        continue;
      }
      at++;
      if (character === "-" && at - 1 > first && expression[at] !== "]") fail();
      inside += quoted(character);
      if (expression[at] === "-" && expression[at + 1] !== "]") {
        const last = expression[at + 1] ?? fail();
        if (last === "[" || last === "-" || character === "-" || last < character) fail();
        inside += `-${quoted(last)}`;
        at += 2;
        if (expression[at] === "-" && expression[at + 1] !== "]") fail();
      }
    }
    at++;
    return `[${isNegated ? "^" : ""}${inside}]`;
  }

  function repeated(piece: Piece): Piece {
    const repetition = /^(?:[*+?]|\{(\d{1,4})(,(\d{0,4}))?\})/.exec(expression.slice(at, at + 12));
    if (repetition === null) return piece;
    at += repetition[0].length;
    if (/[*+?{]/.test(expression[at] ?? "")) fail();
    const [written, from, open, to] = repetition;
    const least = written === "+" ? 1 : Number(from ?? 0);
    const most = written === "?" ? 1 : open === undefined && from !== undefined ? least : to ? Number(to) : null;
    if (least > REPETITIONS_LIMIT || (most !== null && (most > REPETITIONS_LIMIT || most < Math.max(least, 1)))) fail();
    const isIterated = written !== "?";
    // What a group that is passed again has captured, or one that was passed without a character, is not the same everywhere.
    if (isIterated && piece.hasGroup && (piece.canBeEmpty || /\(.*\(/s.test(unquoted(piece.source)))) fail();
    const size = piece.size * Math.max(least, most ?? least + 1, 1);
    if (size > SIZE_LIMIT) fail();
    return { ...piece, source: piece.source + written, size, canBeEmpty: piece.canBeEmpty || least === 0 };
  }

  const whole = expression === "" ? { source: "", size: 0 } : alternatives(0);
  if (at < expression.length) fail();
  return { source: whole.source, groups, size: whole.size + 1 };
}

function plain(source: string): Piece {
  return { source, size: 1, canBeEmpty: false, hasGroup: false };
}

function quoted(character: string): string {
  return /[\w\s]/.test(character) ? character : `\\${character}`;
}

/** Without what is quoted in it, so that its parentheses are those of groups. */
function unquoted(source: string): string {
  return source.replace(/\\./gs, "");
}
