import type { Connection } from "vscode-languageserver";
import type { Log } from "../base/log.ts";
import type { Settings } from "./settings.ts";
import { readSettings } from "./settings-reading.ts";

/** The settings that hold for a document, or for none. */
export interface SettingsStore {
  of(uri: string | null): Promise<Settings>;
  /** The client says that something changed; `section` is what clients send that have no `workspace/configuration`. */
  change(section: unknown): void;
}

/** @param initial what stands for `workspace/configuration` with clients that lack it */
export function createSettingsStore(
  connection: Pick<Connection, "workspace">,
  log: Log,
  asksClient: boolean,
  initial: unknown,
): SettingsStore {
  const told = new Set<string>();
  const known = new Map<string | null, Promise<Settings>>();
  let section = initial;

  const read = (value: unknown): Settings => {
    const { settings, problems } = readSettings(value);
    for (const problem of problems) {
      if (!told.has(problem)) log.warn(problem);
      told.add(problem);
    }
    return settings;
  };
  const ask = async (uri: string | null): Promise<Settings> => {
    if (!asksClient) return read(section);
    const item = { section: "dockpin", ...(uri !== null && { scopeUri: uri }) };
    // Some clients can be asked, but do not know the section.
    return read((await connection.workspace.getConfiguration(item)) ?? initial);
  };

  return {
    of(uri) {
      const scope = asksClient ? uri : null;
      let settings = known.get(scope);
      if (settings === undefined) {
        settings = ask(scope);
        known.set(scope, settings);
        settings.catch(() => known.delete(scope));
      }
      return settings;
    },
    change(changed) {
      if (!asksClient && typeof changed === "object" && changed !== null) {
        section = "dockpin" in changed ? changed.dockpin : changed;
      }
      known.clear();
    },
  };
}
