import { plainString } from "./strings.ts";
import type { Value } from "./value.ts";

interface Processor {
  /** `parsed.cpu.name` */
  readonly name: string;
  readonly family: "x86" | "arm" | "riscv" | "power" | "s390";
  readonly bits: 32 | 64;
  /** `linuxArch`: what Linux calls the family. */
  readonly linux: string;
  /** `go.GOARCH` */
  readonly go: string;
  /** `uname.processor`, where it is not the name. */
  readonly uname?: string;
}

const PROCESSORS: readonly Processor[] = [
  { name: "x86_64", family: "x86", bits: 64, linux: "x86_64", go: "amd64" },
  { name: "aarch64", family: "arm", bits: 64, linux: "arm64", go: "arm64" },
  { name: "i686", family: "x86", bits: 32, linux: "i386", go: "386" },
  { name: "armv7l", family: "arm", bits: 32, linux: "arm", go: "arm" },
  { name: "armv6l", family: "arm", bits: 32, linux: "arm", go: "arm" },
  { name: "riscv64", family: "riscv", bits: 64, linux: "riscv", go: "riscv64" },
  { name: "powerpc64le", family: "power", bits: 64, linux: "powerpc", go: "ppc64le", uname: "ppc64le" },
  { name: "s390x", family: "s390", bits: 64, linux: "s390", go: "s390x" },
];

/** The Nix systems that are known, the most usual first. */
export const SYSTEMS: readonly string[] = [
  ...["x86_64-linux", "aarch64-linux", "x86_64-darwin", "aarch64-darwin", "i686-linux", "armv7l-linux"],
  ...["armv6l-linux", "riscv64-linux", "powerpc64le-linux", "s390x-linux"],
];

const PACKAGE_SETS = new Set(["pkgs", "nixpkgs", "final", "prev", "self", "super"]);
const PLATFORMS = new Set(["hostPlatform", "buildPlatform", "targetPlatform"]);

/** The path of a question about a system, such as `isAarch64` or `parsed.cpu.name`, with the system if the path fixes it. */
interface Question {
  readonly words: readonly string[];
  readonly system: string | null;
}

/** The value of what a path stands for in nixpkgs or Nix on a system; null when it does not tell of the system. */
export function systemValue(path: readonly string[], system: string): Value | null {
  const question = questionOf(path);
  return question === null ? null : answer(question.words, question.system ?? system);
}

/** Whether `systemValue` has something to say of a path, whose answer depends on the system. */
export function asksForSystem(path: readonly string[]): boolean {
  const question = questionOf(path);
  return question !== null && question.system === null && answer(question.words, "x86_64-linux") !== null;
}

/** The value of a path that says itself which system it is of: `nixpkgs.legacyPackages.x86_64-linux.system`; else null. */
export function fixedSystemValue(path: readonly string[]): Value | null {
  const question = questionOf(path);
  return question === null || question.system === null ? null : answer(question.words, question.system);
}

/** The system in the name of a package set: `nixpkgs(aarch64-linux)`, `aarch64-linux`; null if there is none. */
export function systemOfPackages(word: string): string | null {
  const named = /^<?nixpkgs>?\((.*)\)$|^pkgs\((.*)\)$/.exec(word);
  const system = named === null ? word : (named[1] ?? named[2] ?? "");
  return SYSTEMS.includes(system) ? system : null;
}

function questionOf(path: readonly string[]): Question | null {
  const last = path.at(-1);
  if (path.length === 1 && (last === "system" || last === "__currentSystem"))
    return { words: ["system"], system: null };
  if (path.length === 2 && path[0] === "builtins" && last === "currentSystem")
    return { words: ["system"], system: null };
  const { length, system } = packagesIn(path);
  const words = path.slice(length);
  const [first] = words;
  if (length > 0 && words.length === 1 && first === "system") return { words, system };
  if (first === "go" && words.length === 2) return { words, system };
  if (first === "stdenv" || first === "stdenvNoCC") return { words: withoutPlatform(words.slice(1)), system };
  return first !== undefined && PLATFORMS.has(first) ? { words: words.slice(1), system } : null;
}

function withoutPlatform(words: readonly string[]): readonly string[] {
  return PLATFORMS.has(words[0] ?? "") ? words.slice(1) : words;
}

/** How many names at a path's beginning lead to a package set, and the system that the set is for when they say it. */
function packagesIn(path: readonly string[]): { readonly length: number; readonly system: string | null } {
  const start = path[0] === "inputs" ? 1 : 0;
  const word = path[start] ?? "";
  if (path[start + 1] === "legacyPackages" && word === "nixpkgs") {
    const system = systemOfPackages(path[start + 2] ?? "");
    if (system !== null) return { length: start + 3, system };
  }
  const system = word.includes("(") ? systemOfPackages(word) : null;
  if (system !== null || /^(?:<?nixpkgs>?|pkgs)\(…\)$/.test(word)) return { length: start + 1, system };
  return { length: PACKAGE_SETS.has(path[0] ?? "") ? 1 : 0, system: null };
}

function answer(words: readonly string[], system: string): Value | null {
  const [processorName, kernel] = system.split("-");
  const processor = PROCESSORS.find(({ name }) => name === processorName);
  if (processor === undefined || kernel === undefined) return null;
  const asked = words.join(".");
  const isDarwin = kernel === "darwin";
  if (words.length === 1 && asked.startsWith("is")) {
    const holds = predicate(asked, processor, isDarwin);
    return holds === null ? null : { kind: "boolean", value: holds };
  }
  switch (asked) {
    case "system":
      return plainString(system);
    case "parsed.cpu.name":
      return plainString(processor.name);
    case "parsed.cpu.family":
      return plainString(processor.family);
    case "parsed.cpu.bits":
      return { kind: "integer", value: BigInt(processor.bits) };
    case "uname.processor":
      // nixpkgs has had two names for it.
      return isDarwin && processor.name === "aarch64" ? null : plainString(processor.uname ?? processor.name);
    case "uname.system":
      return plainString(isDarwin ? "Darwin" : "Linux");
    case "linuxArch":
      return plainString(processor.linux);
    case "go.GOARCH":
      return plainString(processor.go);
    case "go.GOOS":
      return plainString(kernel);
    default:
      return null;
  }
}

/** As `lib.systems.inspect` of nixpkgs has them; null for one that is not known. */
function predicate(name: string, { name: cpu, family, bits }: Processor, isDarwin: boolean): boolean | null {
  switch (name) {
    case "isx86":
      return family === "x86";
    case "isx86_32":
    case "isi686":
      return family === "x86" && bits === 32;
    case "isx86_64":
      return family === "x86" && bits === 64;
    case "isAarch":
      return family === "arm";
    case "isAarch32":
      return family === "arm" && bits === 32;
    case "isAarch64":
      return family === "arm" && bits === 64;
    case "isArmv7":
      return cpu === "armv7l";
    case "isRiscV":
    case "isRiscV64":
      return family === "riscv";
    case "isPower":
    case "isPower64":
      return family === "power";
    case "isS390":
    case "isS390x":
      return family === "s390";
    case "is32bit":
      return bits === 32;
    case "is64bit":
      return bits === 64;
    case "isLittleEndian":
      return family !== "s390";
    case "isBigEndian":
      return family === "s390";
    case "isDarwin":
    case "isMacOS":
      return isDarwin;
    case "isLinux":
      return !isDarwin;
    case "isUnix":
      return true;
    case "isRiscV32":
    case "isMips":
    case "isiOS":
    case "isWindows":
    case "isFreeBSD":
    case "isNetBSD":
    case "isOpenBSD":
    case "isMusl":
    case "isStatic":
    case "isAndroid":
      return false;
    default:
      return null;
  }
}
