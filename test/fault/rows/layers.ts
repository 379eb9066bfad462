import { crc32, deflateRawSync } from "node:zlib";
import type { ErrorCode } from "../../../server/src/base/error-codes.ts";
import { gzipMember, gzipMembers } from "../../support/images/gzip.ts";
import { configFor, gzipLayer, plainLayer, type StoredLayer } from "../../support/images/image.ts";
import { imageLike, LAYER_BLOB, LAYER_CONTENT } from "../sample.ts";
import { answer, at, SIGNED_IN, START } from "./faults.ts";
import type { ImageOf, Row } from "./row.ts";

const ZEROS = Buffer.alloc(64);
const BLOB = Buffer.from(LAYER_BLOB);
const MANY = Array.from({ length: 1000 }, (_, index) => `layer ${index}`);

const stored = (blob: Uint8Array, type: StoredLayer["type"] = "gzip") => imageLike({ layers: [{ blob, type }] });

/** Layers whose bytes are as their digest says, and yet not as they should be. */
export const layerRows: readonly Row[] = [
  ...(
    [
      ["F46", "something follows the gzip data", joined(BLOB, Buffer.from("garbage")), "layer-trailing-data"],
      ["F47", "zeros follow the gzip data", joined(BLOB, ZEROS), "layer-trailing-data"],
      ["F47-member", "zeros, then another member", joined(BLOB, ZEROS, BLOB), "layer-trailing-data"],
      ["F48", "the gzip data has 5 members", gzipMembers(LAYER_CONTENT, 5), "right"],
      ["F48-empty", "the last gzip member is empty", joined(BLOB, gzipMember(Buffer.alloc(0))), "right"],
      ["F49", "the gzip trailer is cut", BLOB.subarray(0, -4), "layer-corrupt"],
      ["F49-crc", "the gzip checksum is wrong", withTrailer(1, 0), "layer-corrupt"],
      ["F49-size", "the gzip size is wrong", withTrailer(0, 1), "layer-corrupt"],
      ["F49-deflate", "the deflate data is cut", BLOB.subarray(0, 50_000), "layer-corrupt"],
    ] as const satisfies readonly (readonly [string, string, Uint8Array, "right" | ErrorCode])[]
  ).map<Row>(([id, what, blob, outcome]) => ({
    id,
    what,
    image: stored(blob),
    outcome,
    requests: { registry: `${START}, layer 200` },
  })),
  {
    id: "F50",
    what: "a plain layer is called gzip",
    image: stored(LAYER_CONTENT),
    outcome: "right",
    requests: { registry: `${START}, layer 200` },
  },
  {
    id: "F50-plain",
    what: "a gzip layer is called plain",
    image: stored(BLOB, "plain"),
    outcome: "right",
    requests: { registry: `${START}, layer 200` },
  },
  {
    id: "F51",
    what: "the same layer is there twice",
    image: imageLike({
      layers: [gzipLayer(LAYER_CONTENT), gzipLayer(LAYER_CONTENT)],
      config: configFor("linux/amd64", [LAYER_CONTENT, LAYER_CONTENT]),
    }),
    isOwnRight: true,
    outcome: "right",
    requests: { registry: /^ping 200, manifest 200, config 200, layer2? 200$/ },
  },
  {
    id: "F52",
    what: "a foreign layer has a URL elsewhere: the registry has it too, so the URL is not asked",
    image: foreign("{other}{layer}"),
    outcome: "right",
    requests: { registry: `${START}, layer 200` },
  },
  {
    id: "F52-missing",
    what: "a foreign layer is only at its URL, which gets no credentials",
    authorization: "basic",
    credentials: "password",
    image: foreign("{other}/stored"),
    faults: { registry: [at("{layer}", answer(404))], other: [at("/stored", answer(200, {}, BLOB))] },
    outcome: "right",
    requests: { registry: `${SIGNED_IN}, layer 404`, other: "/stored 200" },
  },
  {
    id: "F52-challenge",
    what: "the URL of a foreign layer asks for credentials",
    authorization: "basic",
    credentials: "password",
    image: foreign("{other}/stored"),
    faults: {
      registry: [at("{layer}", answer(404))],
      other: [at("/stored", answer(401, { "WWW-Authenticate": 'Basic realm="r"' }))],
    },
    outcome: "blob-missing",
    requests: { registry: `${SIGNED_IN}, layer 404`, other: "/stored 401" },
  },
  {
    id: "F52-local",
    what: "the URL of a foreign layer is a metadata service",
    image: foreign("https://169.254.169.254/latest"),
    faults: { registry: [at("{layer}", answer(404))] },
    outcome: "blob-missing",
    says: /redirect-refused/,
    requests: { registry: `${START}, layer 404` },
  },
  {
    id: "N05",
    what: "1000 layers",
    image: imageLike({ layers: MANY.map(plainLayer), config: configFor("linux/amd64", MANY) }),
    isOwnRight: true,
    anyOrder: true,
    outcome: "right",
    requests: { registry: /^config 200, (?:layer\d* 200, ){1000}manifest 200, ping 200$/ },
  },
];

/** The sample image, its layer a foreign one that is to be had at a URL too. */
function foreign(url: string): ImageOf {
  const type = "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip";
  return (repository, fill) =>
    imageLike({ layers: [{ blob: BLOB, type, descriptor: { urls: [fill(url)] } }] })(repository);
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts);
}

/** The sample layer with other numbers at its end. */
function withTrailer(crcOff: number, sizeOff: number): Uint8Array {
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE((crc32(LAYER_CONTENT) + crcOff) >>> 0, 0);
  trailer.writeUInt32LE(LAYER_CONTENT.length + sizeOff, 4);
  return Buffer.concat([BLOB.subarray(0, 10), deflateRawSync(LAYER_CONTENT), trailer]);
}
