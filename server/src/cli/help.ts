/** What every verb's help ends with. */
export const PIN_OPTIONS_HELP = `  --json              print one JSON document
  -q, --quiet         no progress and no summary, only what needs attention
  --platform OS/ARCH  for pins that state none; default linux/amd64
  --concurrency N     images downloaded at once; default 4
  --no-cache          believe nothing that earlier runs learned, and remember nothing
`;

export const REGISTRY_OPTIONS_HELP = `
Registries:
  --tls-verify=false  https without verification, then http
  --endpoint HOST=URL send requests for HOST to URL, such as a pull-through cache; may be repeated
  --authfile FILE     credentials, instead of where Docker and Podman keep them
  --username NAME     with --password-stdin: the account at the one registry that is asked
  --password-stdin    its password or token is what stdin holds
`;

export const MAIN_HELP = `Pins Docker images in Nix files: finds stale digests, computes the new digest and the Nix hash itself.

Usage: dockpin COMMAND [OPTION…] [ARGUMENT…]

  list [PATH…]                  every pin, and what is missing in it
  check [PATH…]                 is each pinned digest still what its tag points to?
  update [PATH…]                new digest and hash, in place; --dry-run prints a diff
  verify [PATH…]                recompute the hash of each pinned digest and compare
  prefetch IMAGE [TAG|DIGEST]   print a pin, as nix-prefetch-docker does
  tags IMAGE                    the tags that an image has
  login-status [IMAGE…]         where the credentials for images come from
  cache [clear]                 what is remembered between runs; forget it
  lsp                           the language server, for editors

A path is a Nix, JSON or TOML file, or a folder, where .gitignore is respected; without one it is the current folder.
"dockpin COMMAND --help" tells a command's options.

Exit codes: 0 all good; 1 something is stale, incomplete, gone or wrong; 2 something could not be done.
`;
