import type { Images } from "./images.ts";
import type { BenchRegistry } from "./registry.ts";

/** What parts that need images work with. */
export interface Stage {
  readonly registry: BenchRegistry;
  readonly images: Images;
  /** For files of any kind. */
  readonly folder: string;
  readonly rounds: number;
}
