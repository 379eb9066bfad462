/** The text, cut with an ellipsis where it is wider than `width` columns. */
export function fitToWidth(text: string, width: number): string {
  if (text.length <= width) return text;
  return width <= 1 ? text.slice(0, Math.max(0, width)) : `${text.slice(0, width - 1)}…`;
}
