import { ERROR_CODES } from "../../base/error-codes.ts";
import { DIAGNOSTIC_CODES } from "../diagnostic-codes.ts";

const DOCUMENTATION = "https://github.com/dockpin/dockpin/blob/main/docs";

/** Pages beside those of the diagnostics, for what a lens says. */
export const LENS_PAGES = ["cannot-update", "updates-off"] as const;
export type LensPage = (typeof LENS_PAGES)[number];

const PAGES: readonly string[] = [...DIAGNOSTIC_CODES, ...LENS_PAGES];
const ERRORS: readonly string[] = ERROR_CODES;

/** The page that explains a diagnostic, a lens or an error code; the list of all of them for null or another word. */
export function explanationPage(code: string | null): string {
  if (code !== null && PAGES.includes(code)) return `${DOCUMENTATION}/diagnostics/${code}.md`;
  if (code !== null && ERRORS.includes(code)) return `${DOCUMENTATION}/errors.md`;
  return `${DOCUMENTATION}/diagnostics/README.md`;
}
