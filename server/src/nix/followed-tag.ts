import { type CommentedTag, parseDirective, tagFromComment } from "./comments.ts";
import type { AttributeReading, Pin } from "./pin.ts";
import type { PinComment } from "./pin-comments.ts";

/** What the `dockpin:` comments beside a pin ask for; `invalid` is what was written of one that asks for nothing. */
export interface PinDirectives {
  readonly ignored: boolean;
  readonly tag: string | null;
  readonly platform: string | null;
  readonly invalid: string | null;
}

/** Reads the directives beside a pin; of two of a kind, the closest counts. */
export function readDirectives(comments: readonly PinComment[]): PinDirectives {
  const directives = comments.flatMap((block) => block.comments).map(parseDirective);
  let [tag, platform, invalid]: (string | null)[] = [null, null, null];
  for (const directive of directives) {
    if (directive?.kind === "tag") tag ??= directive.tag;
    if (directive?.kind === "platform") platform ??= directive.platform;
    if (directive?.kind === "invalid") invalid ??= directive.text;
  }
  const ignored = directives.some((directive) => directive?.kind === "ignore");
  return { ignored, tag: tag ?? null, platform: platform ?? null, invalid: invalid ?? null };
}

/**
 * The tag that a pin follows. The first that there is: a directive, `finalImageTag`, the older `imageTag`, an update command
 * in a comment, a comment that is just a tag or reference, the tag of the container's image, "latest".
 */
export function followedTag(
  directives: PinDirectives,
  readings: { readonly finalImageTag: AttributeReading; readonly imageTag: AttributeReading },
  comments: readonly PinComment[],
  imageName: string | null,
  siblingTag: () => string | null,
): Pin["followedTag"] {
  if (directives.tag !== null) return { tag: directives.tag, from: "directive" };
  for (const from of ["finalImageTag", "imageTag"] as const) {
    const reading = readings[from];
    if (reading.state === "known" && reading.value !== "") return { tag: reading.value, from };
  }
  const tags = comments.flatMap((block) => tagOf(block, imageName) ?? []);
  const commented = tags.find(({ from }) => from === "update-command") ?? tags[0];
  if (commented !== undefined) return { tag: commented.tag, from: commented.from };
  const sibling = siblingTag();
  return sibling === null ? { tag: "latest", from: "default" } : { tag: sibling, from: "image" };
}

function tagOf({ comments, isCloserToAnother }: PinComment, imageName: string | null): CommentedTag | null {
  return isCloserToAnother ? null : tagFromComment(comments.join("\n"), imageName);
}
