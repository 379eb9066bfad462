/** Every diagnostic: its code, its setting under `dockpin.diagnostics.`, its page `docs/diagnostics/CODE.md`. */
export const DIAGNOSTIC_CODES = [
  "stale-digest",
  "missing-digest",
  "missing-hash",
  "placeholder-hash",
  "digest-gone",
  "platform-missing",
  "malformed-digest",
  "malformed-hash",
  "malformed-reference",
  "hash-mismatch",
  "host-dependent-hash",
  "ineffective-override",
  "container-image-differs",
  "final-name-changes-hash",
  "floating-tag",
] as const;

export type DiagnosticCode = (typeof DIAGNOSTIC_CODES)[number];
