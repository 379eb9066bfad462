import { posix, win32 } from "node:path";
import { fail, type Result, succeed } from "../base/errors.ts";
import { readVariable } from "./credential-places.ts";
import type { Machine } from "./machine.ts";

type Surroundings = Pick<Machine, "environment" | "homeFolder" | "platform" | "isExecutable">;

/** A file says this name, so nothing that is part of a path or of a command line may be in it. */
const HELPER = /^[A-Za-z0-9_.-]{1,64}$/;
/** What Windows runs without an interpreter. */
const BINARY_EXTENSIONS = [".com", ".exe"];
const COMMAND_SCRIPT_EXTENSIONS = [".bat", ".cmd"];
const DEFAULT_EXTENSIONS = ".COM;.EXE;.BAT;.CMD";

/**
 * The absolute path of `docker-credential-<helper>`: in the folders of `PATH` that are absolute, never in the current folder,
 * which may be a workspace that nobody trusts; on macOS then in the folders that programs with a window lack.
 * Problems: `credentials-unreadable`, in words that finish a sentence.
 */
export async function locateCredentialHelper(helper: string, machine: Surroundings): Promise<Result<string>> {
  if (!HELPER.test(helper)) return fail("credentials-unreadable", "its name may not stand for a program");
  const program = `docker-credential-${helper}`;
  return machine.platform === "win32" ? locateOnWindows(program, machine) : locateOnPosix(program, machine);
}

async function locateOnPosix(program: string, machine: Surroundings): Promise<Result<string>> {
  for (const folder of posixFolders(machine)) {
    const path = posix.join(folder, program);
    if (await machine.isExecutable(path)) return succeed(path);
  }
  return fail("credentials-unreadable", `${program} is not on PATH`);
}

function posixFolders(machine: Surroundings): string[] {
  const folders = (readVariable(machine, "PATH") ?? "").split(":").filter((folder) => posix.isAbsolute(folder));
  if (machine.platform !== "darwin") return folders;
  return [
    ...folders,
    "/usr/local/bin",
    "/opt/homebrew/bin",
    "/Applications/Docker.app/Contents/Resources/bin",
    posix.join(machine.homeFolder, ".docker", "bin"),
    posix.join(machine.homeFolder, ".nix-profile", "bin"),
    "/run/current-system/sw/bin",
  ];
}

/** Command scripts need a shell, whose quoting cannot be trusted (CVE-2024-27980): they are found, but not run. */
async function locateOnWindows(program: string, machine: Surroundings): Promise<Result<string>> {
  const folders = (readVariable(machine, "PATH") ?? "")
    .split(";")
    .map((folder) => folder.replace(/^"(.*)"$/, "$1"))
    .filter((folder) => /^([a-z]:[\\/]|\\\\)/i.test(folder));
  const names = namesOnWindows(program, readVariable(machine, "PATHEXT") ?? DEFAULT_EXTENSIONS);
  let script: string | null = null;
  for (const path of folders.flatMap((folder) => names.map((name) => win32.join(folder, name)))) {
    const extension = win32.extname(path).toLowerCase();
    const isScript = COMMAND_SCRIPT_EXTENSIONS.includes(extension);
    if ((isScript || BINARY_EXTENSIONS.includes(extension)) && (await machine.isExecutable(path))) {
      if (!isScript) return succeed(path);
      script ??= path;
    }
  }
  return script === null
    ? fail("credentials-unreadable", `${program} is not on PATH`)
    : fail("credentials-unreadable", `${script} is a command script, and only programs are run`);
}

function namesOnWindows(program: string, extensions: string): string[] {
  const known = extensions.split(";").filter((extension) => /^\.\w+$/.test(extension));
  return [program, ...known.map((extension) => program + extension.toLowerCase())];
}
