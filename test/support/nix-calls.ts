import { spawn } from "node:child_process";
import { HASH_ATTRIBUTES } from "../../server/src/nix/attribute-reading.ts";
import { type AttributeReading, PIN_ATTRIBUTES, type Pin } from "../../server/src/nix/pin.ts";
import { NIXPKGS } from "./nix-eval.ts";

export type System = "x86_64-linux" | "aarch64-linux";
export const SYSTEMS: readonly System[] = ["x86_64-linux", "aarch64-linux"];

/** What Nix gives to a function that pulls an image, or, when `callee` is null, an attribute set that describes one. */
export interface NixCall {
  readonly callee: string | null;
  readonly system: string;
  /** Anything but strings and booleans is an object. */
  readonly arguments: Readonly<Record<string, unknown>>;
}

/** What Nix gives in all of a file's value; null when it refuses the file. */
export type NixAnswer = readonly NixCall[] | null;

/** Evaluates files with a nixpkgs that records, as on this system. */
export async function nixCalls(files: readonly string[], system: System): Promise<readonly NixAnswer[]> {
  const evaluate = `import ${NIXPKGS}/evaluate-file.nix`;
  const answers = await sayingsOf(files, system, (file) => `${evaluate} { file = ${file}; system = "${system}"; }`);
  return answers.map((said) => {
    const calls = said as NixCall[] | null;
    return calls?.filter((call) => call.system === system && !fails(call)) ?? null;
  });
}

/** Whether an attribute is a `throw`: such a call is none on this system. */
function fails({ arguments: given }: NixCall): boolean {
  return Object.values(given).some((value) => typeof value === "object" && value !== null && "failure" in value);
}

/** The value that the expression in each of these files has on a system, null where Nix refuses it. */
export async function nixValues(
  files: readonly string[],
  system: System,
): Promise<readonly ({ readonly value: unknown } | null)[]> {
  const answers = await sayingsOf(files, system, (file) => {
    return `(value: builtins.trace "dockpin:\${builtins.toJSON { inherit value; }}" true) (import ${file})`;
  });
  return answers.map((said) => (said as { value: unknown }[] | null)?.[0] ?? null);
}

/** Each refusal costs a process that reads the expressions behind it again. */
const AT_ONCE = 50;

/** What Nix says while it evaluates an expression for each file; null where it refuses that. */
async function sayingsOf(
  files: readonly string[],
  system: System,
  expressionOf: (file: string) => string,
): Promise<(unknown[] | null)[]> {
  const answers: (unknown[] | null)[] = [];
  while (answers.length < files.length) {
    const next = files.slice(answers.length, answers.length + AT_ONCE);
    const elements = next.map((file) => {
      return `(builtins.trace "dockpin-file" (${expressionOf(`(/. + ${JSON.stringify(file)})`)}))`;
    });
    const { ok, errors } = await evaluate(`[ ${elements.join("\n")} ]`, system);
    const said = sayingsByFile(errors);
    if (!ok && said.length === 0) throw new Error(`Nix evaluates nothing: ${errors.slice(0, 2000)}`);
    // The last file that was begun is the one that Nix refused; those behind it are asked for again.
    answers.push(...(ok ? said : [...said.slice(0, -1), null]));
  }
  return answers;
}

function evaluate(expression: string, system: string): Promise<{ readonly ok: boolean; readonly errors: string }> {
  return new Promise((resolve, reject) => {
    const options = ["--eval", "--strict", "--store", "dummy://", "--option", "system", system];
    const child = spawn("nix-instantiate", [...options, "-I", `nixpkgs=${NIXPKGS}`, "-"], {
      stdio: ["pipe", "ignore", "pipe"],
    });
    const chunks: Buffer[] = [];
    child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.on("error", reject);
    child.on("close", (code) => resolve({ ok: code === 0, errors: Buffer.concat(chunks).toString("utf8") }));
    child.stdin.on("error", reject);
    child.stdin.end(expression);
  });
}

function sayingsByFile(errors: string): unknown[][] {
  const files: unknown[][] = [];
  for (const line of errors.split("\n")) {
    if (line === "trace: dockpin-file") files.push([]);
    else if (line.startsWith("trace: dockpin:")) files.at(-1)?.push(JSON.parse(line.slice("trace: dockpin:".length)));
  }
  return files;
}

/** What is read of a pin for one system, by the names that Nix has; what is absent is left out. */
export interface ReadCall {
  readonly pin: Pin;
  readonly known: Readonly<Record<string, string | boolean>>;
  readonly unknown: Readonly<Record<string, string>>;
}

/** What a pin is read to be on a system; null when it is said to be for others. */
export function readCall(pin: Pin, system: System): ReadCall | null {
  const isFor = ({ systems }: Pin) => systems.length === 0 || systems.includes(system);
  const own = pin.variants.length === 0 ? [pin] : pin.variants;
  const read = own.find(isFor);
  if (read === undefined) return null;
  const known: Record<string, string | boolean> = {};
  const unknown: Record<string, string> = {};
  for (const attribute of PIN_ATTRIBUTES) {
    const reading: AttributeReading = read[attribute];
    if (reading.state === "absent") continue;
    const names =
      attribute === "hash" ? (read.hashAttribute === null ? HASH_ATTRIBUTES : [read.hashAttribute]) : [attribute];
    for (const name of names) {
      if (reading.state === "unknown") unknown[name] = reading.reason;
      else known[name] = attribute === "tlsVerify" ? reading.value === "true" : reading.value;
    }
  }
  return { pin, known, unknown };
}

const NAMES: readonly string[] = [...new Set([...PIN_ATTRIBUTES, ...HASH_ATTRIBUTES])];

/** Whether all that is read agrees with what Nix gives: the same values, and nothing absent that is there. */
export function agrees(read: ReadCall, call: NixCall): boolean {
  if (call.callee !== null && call.callee !== read.pin.callee) return false;
  return NAMES.every((name) => name in read.unknown || read.known[name] === call.arguments[name]);
}

/** The attributes of a call that Nix can print. */
export function attributesOf(call: NixCall): string[] {
  return NAMES.filter((name) => ["string", "boolean"].includes(typeof call.arguments[name]));
}
