import { authorizationRows } from "./authorization.ts";
import { endRows } from "./ends.ts";
import { layerRows } from "./layers.ts";
import { machineRows } from "./machines.ts";
import { manifestRows } from "./manifests.ts";
import { mirrorRows } from "./mirrors.ts";
import { networkRows } from "./network.ts";
import { proxyRows } from "./proxies.ts";
import { redirectRows } from "./redirects.ts";
import { refusalRows } from "./refusals.ts";
import type { Row } from "./row.ts";
import { tagRows } from "./tags.ts";
import { transferRows } from "./transfers.ts";

/** The fault matrix. `row.ts` tells how to add a row. */
export const rows: readonly Row[] = [
  ...transferRows,
  ...endRows,
  ...redirectRows,
  ...refusalRows,
  ...manifestRows,
  ...layerRows,
  ...authorizationRows,
  ...networkRows,
  ...tagRows,
  ...machineRows,
  ...mirrorRows,
  ...proxyRows,
];
