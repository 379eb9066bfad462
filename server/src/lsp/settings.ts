import type { RegistriesSettings } from "../registry/registries-settings.ts";
import type { DiagnosticCode } from "./diagnostic-codes.ts";

/** The `dockpin.*` settings, complete: what is not set has its default. `package.json` declares the same. */
export interface Settings {
  readonly codeLens: { readonly enabled: boolean };
  readonly inlayHints: { readonly enabled: boolean };
  readonly diagnostics: Readonly<Record<DiagnosticCode, boolean>>;
  readonly check: {
    readonly onOpen: boolean;
    /** Minutes after which a check is made anew; 0 for never. */
    readonly interval: number;
  };
  /** `os/arch` for pins that state none; empty for linux/amd64. */
  readonly platform: string;
  readonly ignore: {
    /** Globs over image names as written or normalised: `ghcr.io/example/*`. */
    readonly images: readonly string[];
    /** Globs over paths relative to the workspace folder. */
    readonly files: readonly string[];
  };
  /** `keep` the encoding a pin has, or write `sri`. */
  readonly hashStyle: "keep" | "sri";
  /** Pins worked on at once. */
  readonly concurrency: number;
  readonly download: {
    /** Megabytes that one image may download; 0 for no limit. */
    readonly maxSize: number;
    /** Megabytes of memory in which downloads wait for their turn. */
    readonly memory: number;
  };
  readonly cache: {
    /** Computed hashes to remember. */
    readonly maxResults: number;
    /** Minutes for which a registry's word on a tag is taken; 0 to ask each time. */
    readonly tagLifetime: number;
    /** Megabytes that may be kept on disk; 0 to keep nothing there. */
    readonly maxSize: number;
  };
  /** Functions that take what `pullImage` takes: `fetchImage`, `lib.pullPinned`. */
  readonly extraCallees: readonly string[];
  readonly registries: RegistriesSettings;
}
