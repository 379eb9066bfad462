import type { Digest } from "../../server/src/oci/digest.ts";
import { startBenchServer } from "./language-server.ts";
import { pinsFile } from "./pins.ts";
import { timed } from "./programs.ts";
import { type BenchResult, inSeconds, median } from "./result.ts";
import { withFolder } from "./temporary-folder.ts";

const DIGEST = `sha256:${"d".repeat(64)}` as Digest;

/** How long it takes from the start of the language server until the editor can show the first lens. */
export async function benchFirstLens(rounds: number): Promise<BenchResult> {
  const times: number[] = [];
  await withFolder(async (folder) => {
    for (let round = 0; round < rounds; round++) {
      const { seconds, value: server } = await timed(async () => {
        const started = await startBenchServer(folder, "registry.test");
        await started.firstLens("image.nix", pinsFile([{ image: "registry.test/app", tag: "1.0", digest: DIGEST }]));
        return started;
      });
      times.push(seconds);
      await server.close();
    }
  });
  return {
    title: "Editor: from the start of the language server to the first lens",
    table: [
      ["", "median", "best"],
      ["a file with one pin", inSeconds(median(times)), inSeconds(Math.min(...times))],
    ],
    figures: { seconds: median(times) },
    goals: [],
  };
}
