import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { createGunzip } from "node:zlib";
import { Agent, request } from "undici";
import { openLayer } from "../../server/src/archive/inflate.ts";
import { ZlibEngine } from "../../server/src/archive/zlib-engine.ts";
import type { BenchImage, StoredLayer } from "./images.ts";
import { processorSeconds } from "./processes.ts";
import type { BenchRegistry } from "./registry.ts";
import { sum } from "./result.ts";

/** Seconds of one core that the parts of a prefetch take by themselves, as fast as plain Node can do each. */
export interface LimitTerms {
  /** Here. */
  readonly receive: number;
  /** By the registry, which is on the same machine. */
  readonly serve: number;
  /** SHA-256 of the blobs. */
  readonly hashBlobs: number;
  readonly unpack: number;
  /** SHA-256 of the unpacked bytes, once: they are hashed as layers, and as the archive. */
  readonly hashUnpacked: number;
}

/** No prefetch can be faster: the archive is hashed in its order, and all work needs the cores. */
export function limitSeconds(terms: LimitTerms): number {
  return Math.max(terms.hashUnpacked, workSeconds(terms) / availableParallelism());
}

export function workSeconds({ receive, serve, hashBlobs, unpack, hashUnpacked }: LimitTerms): number {
  return receive + serve + hashBlobs + unpack + 2 * hashUnpacked;
}

/** Null where the system does not tell what the registry takes. */
export async function measureLimit(registry: BenchRegistry, image: BenchImage): Promise<LimitTerms | null> {
  const before = processorSeconds(registry.processId);
  const receive = await cost(() => receiveAll(registry.host, image));
  const after = processorSeconds(registry.processId);
  if (before === null || after === null) return null;
  const blobs = [];
  for (const layer of image.layers) {
    const blob = await readFile(registry.blobFile(layer));
    blobs.push({
      hash: await cost(async () => hashPieces(piecesOf(blob))),
      unpack: await cost(() => unpack(layer, blob)),
    });
  }
  return {
    receive,
    serve: after - before,
    hashBlobs: sum(blobs.map(({ hash }) => hash)),
    unpack: sum(blobs.map((blob) => blob.unpack)),
    hashUnpacked: await cost(async () => hashPieces(samePiece(image.uncompressedSize))),
  };
}

/** Processor time of this process, in seconds. */
async function cost(work: () => Promise<unknown>): Promise<number> {
  const start = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}

async function receiveAll(host: string, image: BenchImage): Promise<void> {
  const dispatcher = new Agent();
  try {
    for (const { digest } of image.layers) {
      const { body } = await request(`http://${host}/v2/${image.repository}/blobs/${digest}`, { dispatcher });
      for await (const _ of body);
    }
  } finally {
    await dispatcher.close();
  }
}

async function unpack({ type }: StoredLayer, blob: Buffer): Promise<void> {
  if (type === "zstd") {
    const { content } = await openLayer(
      (async function* () {
        yield* piecesOf(blob);
      })(),
    );
    for await (const _ of content);
    return;
  }
  const engine = new ZlibEngine(createGunzip());
  for (const piece of piecesOf(blob)) for (const _ of engine.decompress(piece));
  engine.close();
}

const PIECE = 64 * 1024;

function* piecesOf(blob: Buffer): Generator<Buffer> {
  for (let start = 0; start < blob.length; start += PIECE) yield blob.subarray(start, start + PIECE);
}

/** Unpacked bytes are hashed where they were just written: in the processor's cache. */
function* samePiece(size: number): Generator<Buffer> {
  const piece = Buffer.alloc(4 * PIECE, "dockpin");
  for (let left = size; left > 0; left -= piece.length) yield piece.subarray(0, Math.min(left, piece.length));
}

function hashPieces(pieces: Iterable<Uint8Array>): string {
  const hash = createHash("sha256");
  for (const piece of pieces) hash.update(piece);
  return hash.digest("hex");
}
