import { gzipMember } from "./images/gzip.ts";
import type { StoredLayer } from "./images/image.ts";

/** An image and the docker-archive that skopeo 1.2 to 1.22 write for it. */
export interface ArchiveVector {
  readonly layers: readonly StoredLayer[];
  /** What the layers unpack to. */
  readonly contents: readonly string[];
  readonly config: Uint8Array;
  readonly finalImageName: string;
  readonly finalImageTag: string;
  readonly sha256: string;
  readonly size: number;
}

const plain = (content: string): StoredLayer => ({ blob: Buffer.from(content), type: "plain" });
const gzip = (content: string): StoredLayer => ({ blob: gzipMember(Buffer.from(content)), type: "gzip" });

export const ARCHIVE_VECTORS: readonly (readonly [string, ArchiveVector])[] = [
  [
    "one layer, empty config",
    {
      layers: [plain("abc")],
      contents: ["abc"],
      config: Buffer.from("{}"),
      finalImageName: "nixos/nix",
      finalImageTag: "2.19.3",
      sha256: "5bb9a69d0c9d2c9bd2314ae0f0b2827f3ba7a13c82b91789b712f2953697aff6",
      size: 7680,
    },
  ],
  [
    "no layers",
    {
      layers: [],
      contents: [],
      config: Buffer.from('{"architecture":"amd64","os":"linux"}'),
      finalImageName: "nix",
      finalImageTag: "latest",
      sha256: "a2752024303448fe74295ebe78115ae782a0fd38e307b5384b7863e866ba91ad",
      size: 4096,
    },
  ],
  [
    "a repeated layer, attributes out of order, characters that Go escapes",
    {
      layers: [plain("abc"), plain("d".repeat(512)), plain("abc")],
      contents: ["abc", "d".repeat(512), "abc"],
      config: Buffer.from(
        '{"os":"linux","architecture":"arm64","config":{"Env":["A=<&>"],"Cmd":null},"created":"2024-01-02T03:04:05Z"}',
      ),
      finalImageName: "quay.io/x/y",
      finalImageTag: "1.2",
      sha256: "10c2a2c7f2618d7563aebda195d24ec11bea37736928b05eb535df12e255118f",
      size: 13824,
    },
  ],
  [
    "gzip, white space, escapes and number spellings that stay",
    {
      layers: [gzip("e".repeat(1000))],
      contents: ["e".repeat(1000)],
      config: Buffer.from(
        '{ "created" : "x" , "config" : { "b" : 1.0e5 , "a" : "\\u003c \u2028 é \\/" } , "history" : [ ] }\n',
      ),
      finalImageName: "localhost:5000/a/b",
      finalImageTag: "T_1.x",
      sha256: "5b1336b32e9459d3dff4e8a7e477a160237e57594d26a721cb5a0ee490999bae",
      size: 8192,
    },
  ],
  [
    "a layer of no bytes, config null",
    {
      layers: [plain("")],
      contents: [""],
      config: Buffer.from("null"),
      finalImageName: "index.docker.io/busybox",
      finalImageTag: "latest",
      sha256: "06a9a93fa9451b1a35c61f8cdc1c25bfb21535ec707cb745f2a27458e3d6ecee",
      size: 7168,
    },
  ],
  [
    "one content as three blobs, keys that occur twice or belong to the metadata",
    {
      layers: [
        gzip("same"),
        plain("same"),
        { blob: Buffer.concat([gzipMember(Buffer.from("same")), gzipMember(Buffer.alloc(0))]), type: "gzip" },
      ],
      contents: ["same", "same", "same"],
      config: Buffer.from(
        '{"docker_version":"1","container":"c","container_config":{},"id":"i","parent":"p","layer_id":"l","os":"a","os":"b"}',
      ),
      finalImageName: "docker.io/library/a",
      finalImageTag: "b",
      sha256: "d8817ae69017ba5388adc689edccafc931fc0326cbfd477445b38d34b55fbbee",
      size: 12800,
    },
  ],
];
