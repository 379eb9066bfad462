import { join } from "node:path";

export interface WorkbenchAddress {
  /** Of a VS Code server. */
  readonly origin: string;
  /** The workspace folder. */
  readonly folder: string;
  /** Files to open, relative to the folder. */
  readonly files?: readonly string[];
  /** An extension's folder that takes the place of the installed one. */
  readonly developmentPath?: string;
  /** A CommonJS module whose `run()` the extension host calls. */
  readonly testsPath?: string;
}

/** The address of a window of VS Code. */
export function workbenchUrl({ origin, folder, files = [], developmentPath, testsPath }: WorkbenchAddress): string {
  const remote = (path: string) => `vscode-remote://${new URL(origin).host}${path}`;
  const payload = [
    ...(developmentPath === undefined ? [] : [["extensionDevelopmentPath", remote(developmentPath)]]),
    ...(testsPath === undefined ? [] : [["extensionTestsPath", remote(testsPath)]]),
    ...files.map((file) => ["openFile", remote(join(folder, file))]),
  ];
  const query = new URLSearchParams({ folder, payload: JSON.stringify(payload) });
  return `${origin}/?${query}`;
}
