import { rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Files and folders that must not outlive the process, however it ends. */
export interface TemporaryPaths {
  /** A new empty folder for the caller alone. */
  createFolder(): Promise<string>;
  /** Has the path removed when the process ends, unless `forget` or `remove` comes first. */
  watch(path: string): void;
  forget(path: string): void;
  remove(path: string): Promise<void>;
  /** For the end of the process, when nothing can be awaited any more. */
  removeAllNow(): void;
}

export function createTemporaryPaths(): TemporaryPaths {
  const paths = new Set<string>();
  return {
    async createFolder() {
      const folder = await mkdtemp(join(tmpdir(), "dockpin-"));
      paths.add(folder);
      return folder;
    },
    watch: (path) => {
      paths.add(path);
    },
    forget: (path) => {
      paths.delete(path);
    },
    async remove(path) {
      await rm(path, { recursive: true, force: true });
      paths.delete(path);
    },
    removeAllNow() {
      for (const path of paths) rmSync(path, { recursive: true, force: true });
      paths.clear();
    },
  };
}
