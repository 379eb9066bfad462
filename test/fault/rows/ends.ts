import { configFor, gzipLayer } from "../../support/images/image.ts";
import { randomBytes } from "../../support/images/random.ts";
import type { Fault } from "../../support/registry/faults.ts";
import { imageLike } from "../sample.ts";
import { answer, at, redirect } from "./faults.ts";
import type { Row } from "./row.ts";

/** So large that its end is asked for while it is downloaded. */
const CONTENT = randomBytes(8, 5 * 1024 * 1024);
const LARGE = imageLike({ layers: [gzipLayer(CONTENT)], config: configFor("linux/amd64", [CONTENT]) });
const AS_IT_IS: Fault = { do: "headers", headers: {} };
/** What the trailer of another layer would say. */
const OTHER_SIZE = Buffer.alloc(4);
OTHER_SIZE.writeUInt32LE(CONTENT.length + 1);

/** The question for the size at the end of a layer, which is asked behind the one for the layer itself: nothing may depend on it. */
export const endRows: readonly Row[] = (
  [
    ["end", "the end of a layer is asked for by range", AS_IT_IS, "206"],
    [
      "end-whole",
      "the registry knows no ranges",
      { do: "headers", status: 200, headers: { "Content-Range": null } },
      "200",
    ],
    ["end-416", "the registry refuses the range", answer(416), "416"],
    ["end-404", "the range is not found", answer(404), "404"],
    ["end-503", "the registry fails when it is asked for the range", answer(503), "503"],
    ["end-429", "the registry wants patience for the range", answer(429, { "Retry-After": "30" }), "429"],
    ["end-reset", "the connection for the range is reset", { do: "reset" }, "-"],
    ["end-cut", "the range breaks off", { do: "cut", afterBytes: 2 }, "206"],
    ["end-redirect", "the range leads to where it is refused", redirect("{cdn}/refused"), "307"],
    ["end-wrong", "the range is wrong: the layer is hashed once more", { do: "body", body: OTHER_SIZE }, "206"],
  ] as const satisfies readonly (readonly [string, string, Fault, string])[]
).map<Row>(([id, what, fault, status]) => ({
  id,
  what,
  image: LARGE,
  isOwnRight: true,
  faults: {
    registry: [at("{layer}", AS_IT_IS, 1), at("{layer}", fault, 1)],
    cdn: [at("/refused", answer(403))],
  },
  outcome: "right",
  requests: {
    registry: `config 200, layer 200, ${id === "end-wrong" ? "layer 200, " : ""}layer[…-…] ${status}, manifest 200, ping 200`,
    ...(id === "end-redirect" && { cdn: "/refused[…-…] 403" }),
  },
  anyOrder: true,
}));
