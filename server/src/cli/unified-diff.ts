import { createTwoFilesPatch, FILE_HEADERS_ONLY } from "diff";
import type { Style } from "./style.ts";

/** What `patch -p1` and `git apply` take; empty when the texts are equal. `name` is the file's, with any separator. */
export function unifiedDiff(name: string, oldText: string, newText: string): string {
  if (oldText === newText) return "";
  const path = name.replaceAll("\\", "/").replace(/^\/+/, "");
  return createTwoFilesPatch(`a/${path}`, `b/${path}`, oldText, newText, undefined, undefined, {
    context: 3,
    headerOptions: FILE_HEADERS_ONLY,
  });
}

export function paintDiff(diff: string, style: Style): string {
  return diff.replace(/^.*$/gm, (line) => {
    if (line.startsWith("+++") || line.startsWith("---")) return style.bold(line);
    if (line.startsWith("@@")) return style.faint(line);
    if (line.startsWith("+")) return style.good(line);
    return line.startsWith("-") ? style.bad(line) : line;
  });
}
