import { isTag, parseReference, printRepository } from "../oci/reference.ts";

/** What an update command names: the tag it asks for, and the platform if it says one. */
export interface CommandedTag {
  readonly tag: string;
  readonly os?: string;
  readonly arch?: string;
}

type Options = Readonly<Record<string, string>>;

/** What asks a registry for an image given as a plain reference. */
const REFERENCE_COMMANDS =
  /^(?:(?:docker|podman|nerdctl) (?:pull|inspect|image (?:pull|inspect)|manifest inspect|buildx imagetools inspect)|crane (?:digest|manifest|pull)|regctl (?:image|manifest) \w+) /;

/**
 * The tag in a command that a user runs to look up a pin: `nix-prefetch-docker` with options or positional, also behind
 * `nix run … --` or inside `--run '…'`; `skopeo inspect` or `skopeo copy` of `docker://…`; `docker pull`,
 * `docker manifest inspect` and the like. As these programs do, it takes `latest` when the command names no tag, and null when
 * it names a digest instead. Null too when the command is about another image, or when name or tag are shell variables.
 *
 * @param line a line of a comment, without its marker
 * @param isPinned whether a repository name in the command is that of the pin
 */
export function tagFromCommand(line: string, isPinned: (name: string) => boolean): CommandedTag | null {
  for (const words of shellCommands(line)) {
    for (const start of words.keys()) {
      const found = tagAt(words.slice(start), isPinned);
      if (found !== null) return found;
    }
  }
  return null;
}

function tagAt(words: readonly string[], isPinned: (name: string) => boolean): CommandedTag | null {
  const [program = "", ...rest] = words;
  if (/(?:^|[/#.])nix-prefetch-docker$/.test(program)) return tagOfPrefetch(rest, isPinned);
  if (/(?:^|[/#.])skopeo$/.test(program)) {
    if (rest[0] === "--") rest.shift();
    const { options } = readOptions(rest, ["override-os", "override-arch"]);
    const source = rest.find((word) => word.startsWith("docker://"));
    if (source === undefined || !rest.some((word) => word === "inspect" || word === "copy")) return null;
    const tag = tagOfReference(source.slice("docker://".length), isPinned);
    return tag === null ? null : withPlatform(tag, options["override-os"], options["override-arch"]);
  }
  if (!REFERENCE_COMMANDS.test(`${words.join(" ")} `)) return null;
  const { options } = readOptions(rest, ["platform"]);
  const [os, arch] = options["platform"]?.split("/") ?? [];
  for (const word of rest.slice(1)) {
    const tag = tagOfReference(word, isPinned);
    if (tag !== null) return withPlatform(tag, os, arch);
  }
  return null;
}

const PREFETCH_OPTIONS = [
  "image-name",
  "image-tag",
  "image-digest",
  "os",
  "arch",
  "final-image-name",
  "final-image-tag",
] as const;

function tagOfPrefetch(words: readonly string[], isPinned: (name: string) => boolean): CommandedTag | null {
  const { options, others } = readOptions(words[0] === "--" ? words.slice(1) : words, PREFETCH_OPTIONS);
  const positional = others.filter((word) => word !== "--json" && word !== "--quiet");
  // `-p nix-prefetch-docker --run …` is a list of packages, not a call.
  if (positional.some((word) => word.startsWith("-"))) return null;
  const name = options["image-name"] ?? positional.shift();
  const tag = options["image-tag"] ?? positional.shift() ?? "latest";
  if (name === undefined || !isPinned(name) || options["image-digest"] !== undefined) return null;
  if (positional.length > 0 || !isTag(tag)) return null;
  return withPlatform(tag, options["os"], options["arch"]);
}

function tagOfReference(text: string, isPinned: (name: string) => boolean): string | null {
  const reference = parseReference(text);
  if (!reference.ok || !isPinned(printRepository(reference.value))) return null;
  return reference.value.tag ?? (reference.value.digest === null ? "latest" : null);
}

function withPlatform(tag: string, os: string | undefined, arch: string | undefined): CommandedTag {
  return { tag, ...(os === undefined ? {} : { os }), ...(arch === undefined ? {} : { arch }) };
}

/** Takes `--name value` and `--name=value` of the named options out of the words. */
function readOptions(words: readonly string[], names: readonly string[]): { options: Options; others: string[] } {
  const options: Record<string, string> = {};
  const others: string[] = [];
  const queue = words.values();
  for (const word of queue) {
    const [, name, value] = /^--([a-z-]+)(?:=(.*))?$/.exec(word) ?? [];
    if (name === undefined || !names.includes(name)) others.push(word);
    else options[name] = value ?? queue.next().value ?? "";
  }
  return { options, others };
}

/** The simple commands of a shell line, as words without their quotes; a quoted command line gives its own commands too. */
function shellCommands(line: string): string[][] {
  const commands: string[][] = [[]];
  const nested: string[] = [];
  for (const [token] of line.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"`;&|()])+|[`;&|()]+/g)) {
    if (/^[`;&|()]/.test(token)) commands.push([]);
    else {
      const word = token.replace(/'([^']*)'|"([^"]*)"/g, "$1$2");
      commands.at(-1)?.push(word);
      if (word.length === token.length - 2 && word.includes(" ")) nested.push(word);
    }
  }
  return [...nested.flatMap(shellCommands), ...commands];
}
