import { type RandomBelow, seededRandom } from "../images/random.ts";

/** How a generated pin is written. */
type PinShape = (image: GeneratedImage, below: RandomBelow) => string;

interface GeneratedImage {
  readonly attribute: string;
  readonly name: string;
  readonly tag: string;
  readonly digest: string;
  readonly hash: string;
}

/**
 * A module of a NixOS configuration with options, packages, scripts and comments as real ones have them: at least `lines`
 * lines, and `pins` images in it, evenly spread and in the shapes that are usual. The same seed gives the same text.
 */
export function generatedModule(seed: number, lines: number, pins: number): string {
  const below = seededRandom(seed);
  const head = "{\n  config,\n  lib,\n  pkgs,\n  ...\n}:\n\nlet\n  cfg = config.services.generated;\n";
  const helpers =
    '  registry = "docker.io";\n  pull = { name, digest, sha256, tag ? "latest" }: pkgs.dockerTools.pullImage {\n' +
    "    imageName = name;\n    imageDigest = digest;\n    inherit sha256;\n    finalImageTag = tag;\n  };\n";
  const parts: string[] = [];
  let written = head.split("\n").length + helpers.split("\n").length + 2;
  let pinned = 0;
  for (let index = 0; written < lines || pinned < pins; index++) {
    const isPin = pinned < pins && written >= (lines * pinned) / Math.max(1, pins);
    const part = isPin ? pinOf(below, pinned++) : pick(below, FILLERS)(below, index);
    parts.push(part);
    written += part.split("\n").length - 1;
  }
  return `${head}${helpers}in\n{\n${parts.join("")}}\n`;
}

/** A package, as nixpkgs has them, of about `size` characters at least, and with no pin. */
export function generatedPackage(seed: number, size: number): string {
  const below = seededRandom(seed);
  const name = word(below);
  let text = `{\n  lib,\n  stdenv,\n  fetchFromGitHub,\n  cmake,\n}:\n\nstdenv.mkDerivation (finalAttrs: {\n  pname = "${name}";
  version = "${version(below)}";\n\n  src = fetchFromGitHub {\n    owner = "${name}";\n    repo = "${name}";
    rev = "v\${finalAttrs.version}";\n    hash = "${sri(below)}";\n  };\n\n  nativeBuildInputs = [ cmake ];\n\n`;
  for (let index = 0; text.length < size; index++) text += pick(below, FILLERS)(below, index);
  return `${text}  meta = {\n    description = "${sentence(below)}";\n    license = lib.licenses.mit;\n  };\n})\n`;
}

const FILLERS: readonly ((below: RandomBelow, index: number) => string)[] = [
  (below, index) =>
    `  options.services.${word(below)}.${word(below)}${index} = lib.mkOption {\n    type = lib.types.${pick(below, ["str", "bool", "int", "path"])};
    default = "${word(below)}";\n    description = ''\n      ${sentence(below)}\n      ${sentence(below)}\n    '';\n  };\n\n`,
  (below, index) =>
    `  # ${sentence(below)}\n  systemd.services.${word(below)}${index} = {\n    wantedBy = [ "multi-user.target" ];\n    after = [ "network.target" ];
    serviceConfig.ExecStart = "\${pkgs.${word(below)}}/bin/${word(below)} --port \${toString ${below(60000)}}";
    environment = {\n      ${word(below).toUpperCase()} = "${word(below)}";\n      HOME = "/var/lib/${word(below)}";\n    };\n  };\n\n`,
  (below, index) =>
    `  environment.etc."${word(below)}${index}.conf".text = ''\n    [${word(below)}]\n    ${word(below)} = \${cfg.${word(below)}}
    ${word(below)} = ${below(1000)}\n    ${sentence(below)}\n  '';\n\n`,
  (below, index) =>
    `  users.users.${word(below)}${index} = {\n    isSystemUser = true;\n    group = "${word(below)}";\n    packages = with pkgs; [ ${word(below)} ${word(below)} ];
  };\n  # ${sentence(below)}\n\n`,
  (below, index) =>
    `  programs.${word(below)}${index}.enable = lib.mkIf (cfg.enable && cfg.${word(below)} != null) (lib.mkDefault true);\n`,
];

const SHAPES: readonly PinShape[] = [
  ({ attribute, name, tag, digest, hash }) =>
    `  ${attribute} = pkgs.dockerTools.pullImage {\n    imageName = "${name}";\n    imageDigest = "${digest}";
    hash = "${hash}";\n    finalImageTag = "${tag}";\n  };\n\n`,
  ({ attribute, name, tag, digest, hash }) =>
    `  # ${name}:${tag}\n  ${attribute} = pkgs.dockerTools.pullImage {\n    imageName = "${name}";\n    imageDigest = "${digest}"; # ${tag}
    sha256 = "${hash}";\n    finalImageName = "${name}";\n    finalImageTag = "${tag}";\n    os = "linux";\n    arch = "amd64";\n  };\n\n`,
  ({ attribute, name, tag, digest, hash }) =>
    `  ${attribute} =\n    let\n      version = "${tag}";\n    in\n    {\n      image = "${name}:\${version}";
      imageFile = pkgs.dockerTools.pullImage {\n        imageName = "\${registry}/${name}";\n        imageDigest = "${digest}";
        hash = "${hash}";\n        finalImageTag = version;\n      };\n    };\n\n`,
  ({ attribute, name, tag, digest, hash }) =>
    `  ${attribute} = pull {\n    name = "${name}";\n    digest = "${digest}";\n    sha256 = "${hash}";\n    tag = "${tag}";\n  };\n\n`,
  ({ attribute, name, tag, digest, hash }) =>
    `  ${attribute} = pkgs.dockerTools.pullImage rec {\n    imageName = "${name}";\n    imageDigest = "${digest}";\n    finalImageName = imageName;
    hash = "${hash}";\n    finalImageTag = "${tag}";\n  };\n\n`,
  ({ attribute, name, tag, digest, hash }, below) =>
    `  ${attribute} = pkgs.dockerTools.pullImage (\n    {\n      imageName = "${name}";\n      finalImageTag = "${tag}";\n    }\n    // {
      x86_64-linux = {\n        imageDigest = "${digest}";\n        hash = "${hash}";\n      };\n      aarch64-linux = {
        imageDigest = "sha256:${hex(below)}";\n        hash = "${sri(below)}";\n      };\n    }.\${pkgs.stdenv.hostPlatform.system}\n  );\n\n`,
];

function pinOf(below: RandomBelow, index: number): string {
  const shape = SHAPES[index % SHAPES.length] ?? SHAPES[0];
  const image: GeneratedImage = {
    attribute: `containers.${word(below)}${index}`,
    name: `${word(below)}/${word(below)}`,
    tag: version(below),
    digest: `sha256:${hex(below)}`,
    hash: sri(below),
  };
  return shape?.(image, below) ?? "";
}

const SYLLABLES = [
  "ba",
  "con",
  "da",
  "el",
  "fi",
  "gra",
  "ho",
  "in",
  "ju",
  "ker",
  "lo",
  "mon",
  "ne",
  "or",
  "pro",
  "qua",
];

function word(below: RandomBelow): string {
  return Array.from({ length: 2 + below(3) }, () => pick(below, SYLLABLES)).join("");
}

function sentence(below: RandomBelow): string {
  return Array.from({ length: 6 + below(8) }, () => word(below)).join(" ");
}

function version(below: RandomBelow): string {
  return `${below(20)}.${below(40)}.${below(10)}`;
}

function hex(below: RandomBelow): string {
  return Array.from({ length: 8 }, () => below(0x1_0000_0000).toString(16).padStart(8, "0")).join("");
}

function sri(below: RandomBelow): string {
  return `sha256-${Buffer.from(hex(below), "hex").toString("base64")}`;
}

function pick<T>(below: RandomBelow, values: readonly T[]): T {
  const value = values[below(values.length)];
  if (value === undefined) throw new RangeError("Nothing to choose from");
  return value;
}
