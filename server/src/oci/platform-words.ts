/** GOOS: what the `os` of an image may be. */
export const OPERATING_SYSTEMS: ReadonlySet<string> = new Set([
  ...["aix", "android", "darwin", "dragonfly", "freebsd", "illumos", "ios", "js", "linux", "netbsd", "openbsd"],
  ...["plan9", "solaris", "wasip1", "windows", "zos"],
]);

/** GOARCH: what the `arch` of an image may be. */
export const ARCHITECTURES: ReadonlySet<string> = new Set([
  ...["386", "amd64", "arm", "arm64", "loong64", "mips", "mips64", "mips64le", "mipsle", "ppc64", "ppc64le"],
  ...["riscv64", "s390x", "sparc64", "wasm"],
]);

/** Other words for an architecture (uname, Nix, Debian, Docker Hub), in lower case, and the GOARCH for each. */
export const GOARCH_OF: ReadonlyMap<string, string> = new Map([
  ...pairs("amd64", ["x86_64", "x86-64", "x64"]),
  ...pairs("386", ["i386", "i486", "i586", "i686", "x86"]),
  ...pairs("arm64", ["aarch64", "arm64v8", "armv8"]),
  ...pairs("arm", ["arm32", "armhf", "armel", "armv5tel", "armv6l", "armv7l", "armv5", "armv6", "armv7"]),
  ...pairs("arm", ["arm32v5", "arm32v6", "arm32v7"]),
  ...pairs("ppc64", ["powerpc64"]),
  ...pairs("ppc64le", ["powerpc64le", "ppc64el"]),
  ...pairs("loong64", ["loongarch64"]),
  ...pairs("mipsle", ["mipsel"]),
  ...pairs("mips64le", ["mips64el"]),
  ...pairs("wasm", ["wasm32"]),
]);

/** Other words for an operating system, in lower case, and the GOOS for each. */
export const GOOS_OF: ReadonlyMap<string, string> = new Map([
  ...pairs("darwin", ["macos", "osx"]),
  ...pairs("windows", ["win", "win32"]),
]);

function pairs(word: string, aliases: readonly string[]): [string, string][] {
  return aliases.map((alias) => [alias, word]);
}
