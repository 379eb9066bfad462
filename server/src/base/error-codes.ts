/**
 * Every coded error of dockpin. A code is stable once released: scripts and editors match on it.
 * `docs/errors.md` has a row per code, and a test holds the two together.
 */
export const ERROR_CODES = [
  // oci
  "malformed-reference",
  "malformed-digest",
  "malformed-tag",
  "unsupported-digest-algorithm",
  "manifest-not-json",
  "manifest-malformed",
  "manifest-ambiguous",
  "manifest-too-large",
  "manifest-schema1",
  "manifest-media-type-unsupported",
  "index-nested",
  "artifact-not-image",
  "layer-media-type-unsupported",
  "layer-encrypted",
  "platform-missing",
  "unknown-platform",
  // registry
  "registry-unreachable",
  "registry-timeout",
  "registry-tls",
  "registry-unauthorized",
  "registry-denied",
  "registry-rate-limited",
  "registry-failed",
  "registry-not-found",
  "tag-not-found",
  "digest-gone",
  "digest-mismatch",
  "blob-missing",
  "blob-truncated",
  "blob-too-large",
  "challenge-unsupported",
  "token-failed",
  "redirect-refused",
  "credentials-unreadable",
  // archive
  "config-malformed",
  "config-too-large",
  "config-size-mismatch",
  "layer-corrupt",
  "layer-trailing-data",
  "layer-compression-unsupported",
  "layer-too-large",
  "final-reference-malformed",
  // prefetch
  "spool-failed",
  "output-unwritable",
  "store-failed",
  // nix
  "file-too-large",
  "file-not-utf8",
  "file-unreadable",
  "syntax-error",
  "value-unknown",
  "value-shared",
  "duplicate-attribute",
  "hash-attribute-conflict",
  "malformed-hash",
  "hash-encoding-unsupported",
  // pins
  "file-changed",
  "file-unwritable",
  "pin-ignored",
  "pin-computed",
  "hash-mismatch",
  "unsupported-callee",
  // cli
  "usage",
  "path-not-found",
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];
