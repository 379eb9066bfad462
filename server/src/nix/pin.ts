import type { Problem } from "../base/errors.ts";
import type { HashEncoding } from "./hash-encoding.ts";
import type { SourceText } from "./source.ts";

/** A span of a file's text in UTF-16 units, `end` exclusive. */
export interface TextRange {
  readonly start: number;
  readonly end: number;
}

/** A span of one of several files. */
export interface FileRange extends TextRange {
  readonly file: string;
}

/**
 * One string token in a file that a value was built from: `"…"` or `''…''`, or without quotes a URI or an expression that
 * stands for a constant, such as `lib.fakeHash`. Whatever is written instead needs quotes.
 */
export interface Literal {
  /** Of Nix, JSON or TOML. */
  readonly file: string;
  /** Quotes included, if it is not bare. */
  readonly range: TextRange;
  /** It is all or a part of what stands between quotes, without escapes: whatever is written instead stands there as it is. */
  readonly bare?: true;
}

/**
 * What static reading says of an attribute. "Unknown" carries the reason in a user's words; a known value is what Nix
 * computes, with the literals it was built from. `editable` is the one literal that can be rewritten to change the
 * value and nothing else; null when there is none, and `blocked` says why.
 */
export type AttributeReading =
  | {
      readonly state: "known";
      readonly value: string;
      /** Where the attribute stands: its name and value. */
      readonly at: FileRange;
      readonly provenance: readonly Literal[];
      readonly editable: Literal | null;
      readonly blocked: string | null;
    }
  | { readonly state: "unknown"; readonly at: FileRange; readonly reason: string }
  | { readonly state: "absent" };

/** Which function consumes a pin, and so which hash it needs. */
export type Callee = "dockerTools.pullImage" | "nix2container.pullImage" | "nix2container.pullImageFromManifest";

export type HashAttribute = "hash" | "sha256" | "outputHash";

/** Where the followed tag was read. */
export type FollowedFrom =
  | "directive"
  | "finalImageTag"
  | "imageTag"
  | "update-command"
  | "comment"
  | "image"
  | "default";

/** What is set on the result of `pullImage` although only its argument counts: `pullImage { … } // { arch = "arm64"; }`. */
export interface IneffectiveOverride {
  /** From the operator to the end of its right side. */
  readonly range: TextRange;
  /** The attributes that have no effect there. */
  readonly names: readonly string[];
  /** The set, braces included, if there is nothing else in it; null otherwise. */
  readonly movable: TextRange | null;
}

/**
 * One place that fixes an image, in Nix code or in a JSON or TOML file. It stands where its values do; where it is called
 * may be elsewhere.
 */
export interface Pin {
  readonly file: string;
  /**
   * The attribute set, braces included. Where there is none to show, it is a binding (`images.app.imageDigest = "…";`),
   * the argument of a call, or a key that a syntax error has torn out of its set.
   */
  readonly range: TextRange;
  /** 1-based, of the attribute set; columns count UTF-16 units. */
  readonly line: number;
  readonly column: number;
  readonly callee: Callee;
  /** Calls that take it and stand elsewhere: `pullImage images.app`, `pull { … }` of another file. None if not seen. */
  readonly calledAt: readonly FileRange[];
  /** What `pullImage` itself is given, where functions of other files call it with these values. */
  readonly pulledThrough: readonly FileRange[];
  /** Some of what it says is an argument of the function around it, or the default of one: callers elsewhere may say otherwise. */
  readonly dependsOnCallers: boolean;
  /**
   * The Nix systems that it is for, as far as its text tells, the most usual first; the first one's architecture is the
   * image's where no `arch` says. Empty when it is the same for all, or that can't be told.
   */
  readonly systems: readonly string[];
  /**
   * Where values differ from system to system: a pin for each of the groups of systems that share theirs, without variants
   * of its own; two at least. This pin's own values then are the first one's. Else empty.
   */
  readonly variants: readonly Pin[];
  readonly imageName: AttributeReading;
  readonly imageDigest: AttributeReading;
  readonly hash: AttributeReading;
  /** The name the hash stands under; null when absent. */
  readonly hashAttribute: HashAttribute | null;
  /** Null when absent or not one of the encodings. */
  readonly hashEncoding: HashEncoding | null;
  readonly finalImageName: AttributeReading;
  readonly finalImageTag: AttributeReading;
  readonly os: AttributeReading;
  readonly arch: AttributeReading;
  /** "true" or "false" when known. */
  readonly tlsVerify: AttributeReading;
  /** The file that `pullImageFromManifest` reads; null for other callees and where it can't be read. */
  readonly manifestFile: SourceText | null;
  /** The registry that `pullImageFromManifest` asks; absent for other callees. */
  readonly registryUrl: AttributeReading;
  readonly followedTag: { readonly tag: string; readonly from: FollowedFrom };
  /** Of the container whose `imageFile` the pin is: the one literal that says its image, and what it says. */
  readonly siblingImage: { readonly literal: Literal; readonly value: string } | null;
  /** The attribute path that it is bound to, as written; null when there is none. */
  readonly boundTo: string | null;
  readonly ineffectiveOverride: IneffectiveOverride | null;
  /** From a `dockpin:` directive. */
  readonly ignored: boolean;
  /** From a `dockpin: platform=os/arch` directive. */
  readonly platformDirective: string | null;
  /** Why this pin can't be read or edited; the first is what a user is told. Empty when all is well. */
  readonly problems: readonly Problem[];
}

/** The text of a file as pins were read from it; null for a file that is not at hand. */
export type TextOf = (file: string) => string | null;

/** A replacement of a span of a file's text; `oldText` is what must stand there. */
export interface TextEdit {
  readonly file: string;
  readonly range: TextRange;
  readonly oldText: string;
  readonly newText: string;
}

/** The attributes that are read of a pin, by the names of its fields; `hash` may stand under another name. */
export const PIN_ATTRIBUTES = [
  "imageName",
  "imageDigest",
  "hash",
  "finalImageName",
  "finalImageTag",
  "os",
  "arch",
  "tlsVerify",
] as const satisfies readonly (keyof Pin)[];

export type PinAttribute = (typeof PIN_ATTRIBUTES)[number];
