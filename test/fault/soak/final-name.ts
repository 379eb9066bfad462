import type { Platform } from "../../../server/src/oci/platform.ts";

/** What all images of the soak are called in their archives. */
export const FINAL_NAME = "registry.test/team/soak";
export const FINAL_TAG = "1.0";
export const PLATFORM: Platform = { os: "linux", architecture: "amd64" };
