import type { HttpResponse } from "./transport.ts";

type Headed = Pick<HttpResponse, "headers">;

/** The first line of a response's header; null without one. `name` in lower case. */
export function header(response: Headed, name: string): string | null {
  return headerLines(response, name)[0] ?? null;
}

/** The lines of a response's header, as they came. `name` in lower case. */
export function headerLines(response: Headed, name: string): readonly string[] {
  const value = response.headers[name];
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}
