// The real programs that suites compare with or run in. On Debian as root they are installed when missing.
import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { run } from "./bootstrap.mjs";

/** Any of the programs will do; `package` is the Debian package that has the first. */
const TOOLS = [
  { programs: ["skopeo"], package: "skopeo", suites: ["oracle", "bench"] },
  { programs: ["docker-registry"], package: "docker-registry", suites: ["oracle", "bench"] },
  { programs: ["nginx"], package: "nginx-light", suites: ["oracle"] },
  { programs: ["tinyproxy"], package: "tinyproxy", suites: ["oracle"] },
  { programs: ["nix-build"], package: "nix-bin", suites: ["oracle", "bench"] },
  { programs: ["zstd"], package: "zstd", suites: ["oracle", "bench"] },
  { programs: ["openssl"], package: "openssl", suites: ["unit", "oracle", "cli"] },
  { programs: ["nvim"], package: "neovim", suites: ["lsp"] },
  {
    programs: ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"],
    package: "chromium",
    suites: ["editor"],
  },
];

/** Gives the tools of the suites, or of `bench`, that are still missing after what could be installed was installed. */
export async function installSystemTools(suites) {
  const missing = missingTools(suites);
  if (missing.length === 0) return [];
  if (process.getuid?.() !== 0 || !existsSync("/etc/debian_version")) return missing;
  const packages = missing.map((tool) => tool.package);
  console.log(`Installing ${packages.join(", ")} with apt-get…`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const quiet = { env, stdio: ["ignore", "ignore", "inherit"] };
  if ((await run("apt-get", ["update", "-qq"], quiet)) === 0) {
    await run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...packages], quiet);
  }
  return missingTools(suites);
}

function missingTools(suites) {
  return TOOLS.filter(
    (tool) => tool.suites.some((suite) => suites.includes(suite)) && !tool.programs.some((program) => onPath(program)),
  );
}

/** Whether a program is on PATH. */
export function onPath(program) {
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  const names = process.platform === "win32" ? [`${program}.exe`, `${program}.cmd`] : [program];
  return folders.some((folder) => names.some((name) => isExecutable(join(folder, name))));
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch (error) {
    if (["ENOENT", "EACCES", "ENOTDIR"].includes(error.code)) return false;
    throw error;
  }
}
