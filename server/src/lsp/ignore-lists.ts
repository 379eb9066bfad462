import picomatch from "picomatch";
import { printRepository } from "../oci/reference.ts";
import type { Assessment } from "../pins/assess.ts";
import type { Settings } from "./settings.ts";

export interface IgnoreLists {
  /** By the name as it is written and as `registry/path`. */
  ignoresImage(assessment: Assessment): boolean;
  /** `path` is relative to the workspace folder, with slashes. */
  ignoresFile(path: string): boolean;
}

/** The settings' globs, where `*` stops at a slash and `**` does not; a pattern without a slash matches at any depth. */
export function ignoreListsOf({ ignore }: Settings): IgnoreLists {
  const image = matcherOf(ignore.images);
  const file = matcherOf(ignore.files);
  return {
    ignoresImage({ pin, image: pinned }) {
      const written = pin.imageName.state === "known" ? [pin.imageName.value] : [];
      const normalised = pinned === null ? [] : [printRepository(pinned.target.repository)];
      return [...written, ...normalised].some(image);
    },
    ignoresFile: file,
  };
}

function matcherOf(globs: readonly string[]): (text: string) => boolean {
  const matchers = globs.map((glob) => picomatch(glob, { dot: true, basename: !glob.includes("/") }));
  return (text) => text !== "" && matchers.some((matches) => matches(text));
}
