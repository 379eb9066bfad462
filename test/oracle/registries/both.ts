import { spawn } from "node:child_process";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { expect } from "vitest";
import { BUNDLE, type Outcome, type Workplace, workplace } from "../../cli/harness.ts";

/** What is on the machine of a user, the same for skopeo and dockpin. */
export interface UserMachine {
  /** By path below the home folder. */
  readonly files?: Readonly<Record<string, string>>;
  /** Programs on PATH, by name: their text. */
  readonly programs?: Readonly<Record<string, string>>;
  /** `~` stands for the home folder. */
  readonly env?: Readonly<Record<string, string>>;
  /** Options of both, `~` as above: `--authfile`. */
  readonly options?: readonly string[];
}

/** Whether one of the two got the image. */
export type Success = "in" | "out";

/** Both the same; or not, and why that is wanted. */
export type Agreement = Success | { readonly skopeo: Success; readonly dockpin: Success; readonly because: string };

export interface Tries {
  readonly skopeo: Outcome;
  readonly dockpin: Outcome;
  /** What `measure` gave after skopeo had ended and before dockpin started. */
  readonly between: number;
}

/** Both programs on one user's machine, with a folder of its own, which is gone after the test. */
export interface UserPlace {
  readonly folder: string;
  skopeo(...args: readonly string[]): Promise<Outcome>;
  dockpin(...args: readonly string[]): Promise<Outcome>;
}

export async function userPlace(machine: UserMachine): Promise<UserPlace> {
  const place = await workplace();
  const home = place.env["HOME"] ?? "";
  await mkdir(join(home, "runtime"));
  for (const [path, content] of Object.entries(machine.files ?? {})) await writeIn(home, path, content);
  for (const [name, content] of Object.entries(machine.programs ?? {})) {
    await chmod(await writeIn(home, join("bin", name), content), 0o755);
  }
  const inHome = (value: string) => value.replaceAll("~", home);
  const env = {
    ...place.env,
    PATH: [join(home, "bin"), place.env["PATH"]].join(delimiter),
    REGISTRY_AUTH_FILE: undefined,
    XDG_RUNTIME_DIR: join(home, "runtime"),
    ...Object.fromEntries(Object.entries(machine.env ?? {}).map(([name, value]) => [name, inHome(value)])),
  };
  const start = (program: string, args: readonly string[]) => run(program, args.map(inHome), place, env);
  return {
    folder: place.folder,
    skopeo: (...args) => start("skopeo", args),
    dockpin: (...args) => start(process.execPath, [BUNDLE, ...args]),
  };
}

/** Has skopeo and the built dockpin fetch an image, one after the other, on the same machine. `measure` is called in between. */
export async function fetchWithBoth(image: Image, machine: UserMachine, measure = () => 0): Promise<Tries> {
  const place = await userPlace(machine);
  const { name, reference } = image;
  const options = [...(machine.options ?? []), ...(image.isInsecure === false ? [] : ["--tls-verify=false"])];
  const source = `docker://${name}${reference.startsWith("sha256:") ? "@" : ":"}${reference}`;
  const skopeo = await place.skopeo("inspect", "--raw", ...options, source);
  const between = measure();
  return { skopeo, between, dockpin: await place.dockpin("prefetch", "--quiet", ...options, name, reference) };
}

export interface Image {
  readonly name: string;
  /** A tag or digest. */
  readonly reference: string;
  /** False: nothing is said of the certificate, so it must be valid. */
  readonly isInsecure?: false;
}

/** Both did what the row says. */
export function expectAgreement({ skopeo, dockpin }: Tries, agreement: Agreement): void {
  const wanted = typeof agreement === "string" ? { skopeo: agreement, dockpin: agreement } : agreement;
  const said = `skopeo: ${skopeo.stderr}\ndockpin: ${dockpin.stderr}`;
  expect({ skopeo: successOf(skopeo), dockpin: successOf(dockpin) }, said).toEqual({
    skopeo: wanted.skopeo,
    dockpin: wanted.dockpin,
  });
  // A failure that is told, not a crash.
  if (wanted.dockpin === "out")
    expect(dockpin).toMatchObject({ code: 2, stderr: expect.stringMatching(/\[[a-z-]+\]\n$/) });
}

function successOf({ code }: Outcome): Success {
  return code === 0 ? "in" : "out";
}

async function writeIn(folder: string, name: string, content: string): Promise<string> {
  const path = join(folder, name);
  if (name.endsWith("/")) {
    await mkdir(path, { recursive: true });
    return path;
  }
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
  return path;
}

async function run(
  program: string,
  args: readonly string[],
  { folder }: Workplace,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Outcome> {
  const child = spawn(program, args, { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, stdout, stderr };
}
