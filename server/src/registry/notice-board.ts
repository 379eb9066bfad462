import { printable } from "../base/printable.ts";
import { headerLines } from "./headers.ts";
import type { RegistryNotice } from "./notices.ts";
import { readRateLimit } from "./rate-limit.ts";
import type { HttpResponse } from "./transport.ts";
import { readWarnings } from "./warning-header.ts";

/** Bytes of warnings of one registry that are told (distribution specification, "Warnings"). */
const WARNINGS_LIMIT = 4096;
const WARNING_LENGTH = 200;
/** Told about when at most so much of the limit, or so many requests, are left. */
const LOW_PART = 0.2;
const LOW_COUNT = 10;

/** Notices what registries say beside their answers, and tells each thing once. */
export interface NoticeBoard {
  observe(registry: string, response: Pick<HttpResponse, "headers">): void;
}

type Supply = "enough" | "low" | "none";

export function createNoticeBoard(onNotice: (notice: RegistryNotice) => void): NoticeBoard {
  const supplies = new Map<string, Supply>();
  const warnings = new Map<string, Set<string>>();

  const observeRateLimit = (registry: string, response: Pick<HttpResponse, "headers">) => {
    const rate = readRateLimit(headerLines(response, "ratelimit-limit"), headerLines(response, "ratelimit-remaining"));
    if (rate === null) return;
    const supply = supplyOf(rate);
    const isNew = supplies.get(registry) !== supply;
    supplies.set(registry, supply);
    if (isNew && supply !== "enough") onNotice({ kind: "rate-limit", registry, ...rate });
  };

  const observeWarnings = (registry: string, response: Pick<HttpResponse, "headers">) => {
    for (const warning of readWarnings(headerLines(response, "warning"))) {
      const text = printable(warning, WARNING_LENGTH);
      const told = warnings.get(registry) ?? new Set();
      warnings.set(registry, told);
      const size = [...told, text].reduce((sum, each) => sum + Buffer.byteLength(each), 0);
      if (text === "" || told.has(text) || size > WARNINGS_LIMIT) continue;
      told.add(text);
      onNotice({ kind: "warning", registry, text });
    }
  };

  return {
    observe(registry, response) {
      observeRateLimit(registry, response);
      observeWarnings(registry, response);
    },
  };
}

function supplyOf({ limit, remaining }: { readonly limit: number; readonly remaining: number }): Supply {
  if (remaining === 0) return "none";
  return remaining <= LOW_COUNT || remaining <= limit * LOW_PART ? "low" : "enough";
}
