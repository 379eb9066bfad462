import { join } from "node:path";
import { request } from "undici";
import { digestHex } from "../../server/src/oci/digest.ts";
import { type DockerRegistry, startDockerRegistry } from "../support/docker-registry.ts";
import type { StoredLayer } from "./images.ts";

/** An answer that the registry gave, by its log. */
export interface LoggedAnswer {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  /** Of the body. */
  readonly size: number;
}

export interface BenchRegistry extends DockerRegistry {
  /** What it has answered since this was asked the last time. */
  answers(): Promise<readonly LoggedAnswer[]>;
  /** The file of a layer's blob. */
  blobFile(layer: StoredLayer): string;
}

/** Starts the registry that all benchmarks share; its log is read. */
export async function startBenchRegistry(folder: string): Promise<BenchRegistry> {
  const storage = join(folder, "storage");
  let answers: LoggedAnswer[] = [];
  let marks = 0;
  let onLine: (path: string) => void = () => {};
  const registry = await startDockerRegistry({
    storage,
    onAccess(line) {
      const [, method, path = "", status, size] = /"(\S+) (\S+) [^"]*" (\d+) (\d+)/.exec(line) ?? [];
      if (method === undefined) return;
      if (!path.startsWith(MARK)) answers.push({ method, path, status: Number(status), size: Number(size) });
      onLine(path);
    },
  });
  return {
    ...registry,
    async answers() {
      const mark = `${MARK}${marks++}`;
      const logged = new Promise<void>((resolve) => {
        onLine = (path) => {
          if (path === mark) resolve();
        };
      });
      await (await request(`http://${registry.host}${mark}`)).body.dump();
      await logged;
      const until = answers;
      answers = [];
      return until;
    },
    blobFile(layer) {
      const hex = digestHex(layer.digest);
      return join(storage, "docker", "registry", "v2", "blobs", "sha256", hex.slice(0, 2), hex, "data");
    },
  };
}

/** A path that nobody else asks for: once it is in the log, so is all before. */
const MARK = "/v2/?mark=";
