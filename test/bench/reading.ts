import { performance } from "node:perf_hooks";
import type { NixParser } from "../../server/src/nix/reading.ts";
import { readNixFile } from "../../server/src/nix/reading.ts";
import { generatedModule } from "../support/nix/generated-nix.ts";
import { benchParser } from "./parser.ts";
import { type BenchResult, inMilliseconds, inSeconds, median } from "./result.ts";

/** Files that no one should have to wait for, however they came to be. */
const FILES: Readonly<Record<string, () => string>> = {
  "list of 10,000 images": () => imageList(10_000),
  "module of 5 MB, 100 pins": () => generatedModule(5, 148_000, 100),
  "nested 5,000 deep": () => `{ x = ${"[ ".repeat(5_000)}${"] ".repeat(5_000)}; p = pullImage { imageDigest = x; }; }`,
  "sets that double 60 times": () =>
    `let ${Array.from({ length: 60 }, (_, n) => `a${n + 1} = a${n} + a${n};`).join(" ")} a0 = "x"; in pullImage { imageName = a60; imageDigest = a60; }`,
  "a function that calls itself": () =>
    'let f = x: f (x + "y"); in pullImage { imageName = f "a"; imageDigest = "x"; }',
};

/** How long it takes to read files that are far from usual. */
export async function benchReading(rounds: number): Promise<BenchResult> {
  const parser = await benchParser();
  const figures: Record<string, number> = {};
  const table = [["", "size", "pins", "median"]];
  for (const [name, make] of Object.entries(FILES)) {
    const text = make();
    const { pins, seconds } = measured(parser, text, Math.min(rounds, 3));
    figures[name] = seconds;
    const size = `${(text.length / 1e6).toFixed(2)} MB`;
    table.push([name, size, String(pins), seconds < 0.1 ? inMilliseconds(seconds * 1000) : inSeconds(seconds)]);
  }
  return { title: "Reading of unusual files, from nothing", table, figures, goals: [] };
}

function measured(parser: NixParser, text: string, rounds: number): { pins: number; seconds: number } {
  let pins = 0;
  const seconds = Array.from({ length: rounds }, () => {
    const start = performance.now();
    pins = readNixFile(parser, "bench.nix", text).pins.length;
    return (performance.now() - start) / 1000;
  });
  return { pins, seconds: median(seconds) };
}

/** As a list of images for a cluster without internet access has it. */
function imageList(length: number): string {
  const entries = Array.from({ length }, (_, index) => {
    const digest = index.toString(16).padStart(64, "0");
    const hash = `sha256-${Buffer.from(digest, "hex").toString("base64")}`;
    return `  {\n    imageName = "registry.test/group/image-${index}";\n    imageDigest = "sha256:${digest}";\n    hash = "${hash}";\n    finalImageTag = "1.${index}";\n  }\n`;
  });
  return `{ pkgs }:\nmap pkgs.dockerTools.pullImage [\n${entries.join("")}]\n`;
}
