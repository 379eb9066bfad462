import { writeFileSync } from "node:fs";

// Loaded into a measured Node process by --require: no other way tells a child's peak memory on every platform.
const path = process.env["DOCKPIN_USAGE_REPORT"];
if (path !== undefined) {
  process.on("exit", () => writeFileSync(path, JSON.stringify(process.resourceUsage())));
}
