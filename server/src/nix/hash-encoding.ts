/** `sha256-` and base64, as Nix and nix-prefetch-docker print it. */
export type SriHash = string & { readonly __sri: true };

/** How a hash is written: `sri` "sha256-…=", `base32` 52 characters, `base64` 44 characters, `base16` 64 digits; `prefixed-…` behind "sha256:". */
export type HashEncoding = "sri" | "base32" | "base64" | "base16" | "prefixed-base32" | "prefixed-base16";
