import { LAYER_BLOB } from "../sample.ts";
import { answer, at, CHUNKED, flipped, HALF, redirect, START } from "./faults.ts";
import type { Row } from "./row.ts";

const cut = { do: "cut", afterBytes: HALF } as const;
const WHOLE = answer(200, { "Content-Type": "application/octet-stream" }, LAYER_BLOB);
const SIGNED = "{cdn}{layer}?X-Amz-Signature={canary}";

/** Bodies that break off, stall, lie about their length or are not what they should be. */
export const transferRows: readonly Row[] = [
  { id: "F01", what: "nothing", outcome: "right", requests: { registry: `${START}, layer 200` } },
  {
    id: "F01-digest",
    what: "nothing, by digest",
    does: "prefetch by digest",
    outcome: "right",
    requests: { registry: "ping 200, manifest@ 200, config 200, layer 200" },
  },
  {
    id: "F09",
    what: "the layer is cut in the middle, ranges work",
    faults: { registry: [at("{layer}", cut, 1)] },
    outcome: "right",
    requests: { registry: `${START}, layer 200, layer[…-] 206` },
    waits: [500],
  },
  {
    id: "F09-config",
    what: "the config is cut",
    faults: { registry: [at("{config}", { do: "cut", afterBytes: 20 }, 1)] },
    anyOrder: true,
    outcome: "right",
    requests: { registry: "config 200, config[…-] 206, layer 200, manifest 200, ping 200" },
    waits: [500],
  },
  {
    id: "F09-start",
    what: "the layer is cut before its first byte",
    faults: { registry: [at("{layer}", { do: "cut", afterBytes: 0 }, 1)] },
    outcome: "right",
    requests: { registry: `${START}, layer 200, layer 200` },
    waits: [500],
  },
  {
    id: "F09-end",
    what: "the connection ends after the last byte, so that the range is answered 416",
    faults: { registry: [at("{layer}", { do: "cut", afterBytes: LAYER_BLOB.length, headers: CHUNKED }, 1)] },
    outcome: "right",
    requests: { registry: `${START}, layer 200, layer[…-] 416` },
    waits: [500],
  },
  {
    id: "F09-cdn",
    what: "the layer is cut at a signed URL: the resume goes by the registry, which signs anew",
    faults: { registry: [at("{layer}", redirect(SIGNED))], cdn: [at(/X-Amz/, cut, 1)] },
    outcome: "right",
    requests: { registry: `${START}, layer 307, layer[…-] 307`, cdn: "layer?… 200, layer?…[…-] 206" },
    waits: [500],
  },
  {
    id: "F10",
    what: "the connection is reset in the middle of the layer",
    faults: { registry: [at("{layer}", { do: "reset", afterBytes: HALF }, 1)] },
    outcome: "right",
    // What had arrived may be lost with the connection.
    requests: { registry: /^ping 200, manifest 200, config 200, layer 200, layer(?:\[…-\] 206| 200)$/ },
    waits: [500],
  },
  {
    id: "F11",
    what: "the layer is cut, then the registry ignores the range",
    faults: { registry: [at("{layer}", cut, 1), at("{layer}", WHOLE)] },
    outcome: "right",
    requests: { registry: `${START}, layer 200, layer[…-] 200` },
    waits: [500],
  },
  {
    id: "F11-other",
    what: "the layer is cut, then the registry ignores the range and sends other bytes",
    faults: { registry: [at("{layer}", cut, 1), at("{layer}", answer(200, {}, flippedLate(LAYER_BLOB)))] },
    outcome: "digest-mismatch",
    requests: { registry: `${START}, layer 200, layer[…-] 200, fresh layer 200` },
    waits: [500],
  },
  {
    id: "F12",
    what: "the layer is cut, then comes another range once",
    faults: {
      registry: [
        at("{layer}", cut, 1),
        at("{layer}", { do: "headers", headers: { "Content-Range": "bytes 0-9/10" } }, 1),
      ],
    },
    outcome: "right",
    requests: { registry: `${START}, layer 200, layer[…-] 206, layer 200` },
    waits: [500],
  },
  {
    id: "F12-always",
    what: "the layer is cut, then comes another range always",
    faults: {
      registry: [
        { ...at("{layer}", cut), times: 1 },
        at("{layer}", answer(206, { "Content-Range": "bytes 0-9/10" }, "0123456789")),
      ],
    },
    outcome: "blob-truncated",
    says: /another part of [0-9a-f…:sha]+ of registry\.test/,
    requests: { registry: `${START}, layer 200, layer[…-] 206, layer 206` },
    waits: [500],
  },
  {
    id: "F12-multipart",
    what: "the layer is cut, then comes multipart/byteranges once",
    faults: {
      registry: [
        at("{layer}", cut, 1),
        at("{layer}", answer(206, { "Content-Type": "multipart/byteranges; boundary=x" }, "--x\r\n\r\n"), 1),
      ],
    },
    outcome: "right",
    requests: { registry: `${START}, layer 200, layer[…-] 206, layer 200` },
    waits: [500],
  },
  {
    id: "F13",
    what: "the layer is cut on every attempt, with little progress",
    faults: { registry: [at("{layer}", { do: "cut", afterBytes: 1000 })] },
    outcome: "blob-truncated",
    says: /broke off after 5000 of \d+ bytes/,
    requests: {
      registry: `${START}, layer 200, layer[…-] 206, layer[…-] 206, layer[…-] 206, layer[…-] 206`,
    },
    waits: [500, 1000, 2000, 4000],
  },
  {
    id: "F14",
    what: "the layer stalls in the middle once",
    faults: { registry: [at("{layer}", { do: "stall", afterBytes: HALF }, 1)] },
    timeouts: { idleBody: 300 },
    outcome: "right",
    requests: { registry: `${START}, layer 200, layer[…-] 206` },
    waits: [500],
  },
  {
    id: "F14-always",
    what: "the layer stalls always, without a byte",
    faults: { registry: [at("{layer}", { do: "stall", afterBytes: 0 })] },
    timeouts: { idleBody: 200 },
    outcome: "registry-timeout",
    requests: { registry: `${START}, layer 200, layer 200, layer 200, layer 200, layer 200` },
    waits: [500, 1000, 2000, 4000],
  },
  {
    id: "F14-headers",
    what: "no answer comes for the manifest once",
    faults: { registry: [at("{manifest}", { do: "stall", afterBytes: null }, 1)] },
    timeouts: { headers: 300 },
    outcome: "right",
    requests: { registry: "ping 200, manifest -, manifest 200, config 200, layer 200" },
    waits: [500],
  },
  {
    id: "F15",
    what: "the layer is too short, but ends properly, once",
    faults: { registry: [at("{layer}", { do: "body", body: (truth) => truth.subarray(0, HALF) }, 1)] },
    outcome: "right",
    requests: { registry: `${START}, layer 200, layer[…-] 206` },
    waits: [500],
  },
  {
    id: "F15-always",
    what: "the layer is too short, but ends properly, always",
    faults: { registry: [at("{layer}", { do: "body", body: (truth) => truth.subarray(0, 1000) })] },
    outcome: "blob-truncated",
    says: /ended after 1000 of \d+ bytes/,
    // What comes of the range is shorter than it says, so the whole is asked for.
    requests: { registry: `${START}, layer 200, layer[…-] 206, layer 200` },
    waits: [500],
  },
  {
    id: "F16",
    what: "the layer comes chunked, without a length",
    faults: { registry: [at("{layer}", { do: "headers", headers: CHUNKED })] },
    outcome: "right",
    requests: { registry: `${START}, layer 200` },
  },
  {
    id: "F17",
    what: "one bit of the layer is flipped once, as by a cache",
    faults: { registry: [at("{layer}", { do: "body", body: flipped }, 1)] },
    outcome: "right",
    requests: { registry: `${START}, layer 200, fresh layer 200` },
  },
  {
    id: "F17-always",
    what: "one bit of the layer is flipped always",
    faults: { registry: [at("{layer}", { do: "body", body: flipped })] },
    outcome: "digest-mismatch",
    says: /other content than its digest says/,
    requests: { registry: `${START}, layer 200, fresh layer 200` },
  },
  {
    id: "F17-config",
    what: "one bit of the config is flipped always",
    faults: { registry: [at("{config}", { do: "body", body: flipped })] },
    anyOrder: true,
    outcome: "digest-mismatch",
    requests: { registry: "config 200, fresh config 200, layer 200, manifest 200, ping 200" },
  },
  {
    id: "F54",
    what: "ranges are answered 416: none is asked for while nothing breaks",
    faults: { registry: [at("{layer}", { do: "headers", headers: { "Accept-Ranges": "none" } })] },
    outcome: "right",
    requests: { registry: `${START}, layer 200` },
  },
  {
    id: "F54-resume",
    what: "the layer is cut, and the registry answers 416 to its range once",
    faults: { registry: [at("{layer}", cut, 1), at("{layer}", answer(416), 1)] },
    outcome: "right",
    requests: { registry: `${START}, layer 200, layer[…-] 416, layer 200` },
    waits: [500],
  },
  {
    id: "F55",
    what: "the layer goes on after its end, announced",
    faults: { registry: [at("{layer}", { do: "body", body: longer })] },
    outcome: "digest-mismatch",
    requests: { registry: `${START}, layer 200, fresh layer 200` },
  },
  {
    id: "F55-chunked",
    what: "the layer goes on after its end, not announced",
    faults: { registry: [at("{layer}", { do: "body", body: longer, headers: CHUNKED })] },
    outcome: "blob-too-large",
    requests: { registry: `${START}, layer 200` },
  },
  {
    id: "F55-huge",
    what: "the layer is announced with a terabyte",
    faults: {
      registry: [at("{layer}", { do: "cut", afterBytes: 10, headers: { "Content-Length": "1099511627776" } })],
    },
    outcome: "blob-too-large",
    requests: { registry: `${START}, layer 200` },
  },
];

/** Another bit than in what came before the cut. */
function flippedLate(truth: Uint8Array): Uint8Array {
  return Buffer.concat([truth.subarray(0, HALF), flipped(truth.subarray(HALF))]);
}

function longer(truth: Uint8Array): Uint8Array {
  return Buffer.concat([truth, Buffer.alloc(1000)]);
}
