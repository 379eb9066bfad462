import type { LaunchOptions } from "playwright-core";
import { programPath } from "../../support/tools.ts";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/** How to launch the Chromium of this machine: without sandbox (tests may run as root) and without background traffic. */
export function chromiumOptions(): LaunchOptions {
  const executablePath =
    process.env["CHROMIUM_PATH"] ?? NAMES.map(programPath).find((path): path is string => path !== null);
  if (executablePath === undefined) {
    throw new Error(`None of ${NAMES.join(", ")} is on PATH; set CHROMIUM_PATH to a Chromium`);
  }
  return {
    executablePath,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  };
}
