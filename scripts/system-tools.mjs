// The real programs that the oracle suite compares with. On Debian as root they are installed when missing.
import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { run } from "./bootstrap.mjs";

const DEBIAN_PACKAGES = {
  skopeo: "skopeo",
  "docker-registry": "docker-registry",
  "nix-build": "nix-bin",
  zstd: "zstd",
  openssl: "openssl",
};

/** Gives the programs that are still missing after what could be installed was installed. */
export async function installSystemTools() {
  const missing = missingTools();
  if (missing.length === 0) return [];
  if (process.getuid?.() !== 0 || !existsSync("/etc/debian_version")) return missing;
  const packages = missing.map((tool) => DEBIAN_PACKAGES[tool]);
  console.log(`Installing ${packages.join(", ")} with apt-get…`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const quiet = { env, stdio: ["ignore", "ignore", "inherit"] };
  if ((await run("apt-get", ["update", "-qq"], quiet)) === 0) {
    await run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...packages], quiet);
  }
  return missingTools();
}

function missingTools() {
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  return Object.keys(DEBIAN_PACKAGES).filter((tool) => !folders.some((folder) => isExecutable(join(folder, tool))));
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
