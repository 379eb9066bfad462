/** What a registry lets its users know beside its answers. */
export type RegistryNotice =
  /** Requests that are left, as Docker Hub tells them; `remaining` of `limit` in a window. */
  | {
      readonly kind: "rate-limit";
      readonly registry: string;
      readonly limit: number;
      readonly remaining: number;
      readonly windowSeconds: number | null;
    }
  /** A `Warning: 299` header (distribution specification), control characters removed, at most 200 characters. */
  | { readonly kind: "warning"; readonly registry: string; readonly text: string };
