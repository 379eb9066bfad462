import { folderNar, type NarFile } from "../archive/nar.ts";
import { CodedError } from "../base/errors.ts";
import { digestHex, shortDigest } from "../oci/digest.ts";
import type { Descriptor, ImageManifest } from "../oci/manifest.ts";
import { type BlobDownloading, createBlobDownloads } from "./blob-downloads.ts";
import type { HashedArchive } from "./hashed-archive.ts";
import { writtenArchive } from "./written-archive.ts";

/** What skopeo writes into every folder (containers/image `directory/directory_transport.go`). */
const VERSION = Buffer.from("Directory Transport Version: 1.1\n");

export interface FolderHashing extends Pick<BlobDownloading, "blobs" | "host" | "budget"> {
  readonly onBlobDone: (blob: Descriptor) => void;
  readonly writeArchive: ((bytes: Uint8Array) => Promise<void>) | undefined;
  readonly signal: AbortSignal | undefined;
}

interface FolderFile extends NarFile {
  readonly content: Uint8Array | Descriptor;
}

/**
 * Hashes the Nix archive of the folder that `skopeo copy docker://… dir:` writes for an image: every distinct blob as it is
 * stored, named by the hex of its digest; the manifest as it is; the version of the layout. Nothing is unpacked, and no
 * blob is whole in memory but for small ones. Errors: `manifest-malformed` where the manifest states another size than a
 * blob has, since the archive has the size first; those of the source and of `writeArchive`.
 */
export async function hashFolder(
  manifest: ImageManifest,
  manifestBytes: Uint8Array,
  hashing: FolderHashing,
): Promise<HashedArchive> {
  const { signal, writeArchive, blobs, host, budget } = hashing;
  const files = filesOf(manifest, manifestBytes);
  const order = files.flatMap(({ content }) => (content instanceof Uint8Array ? [] : [content]));
  const hash = writtenArchive(writeArchive, signal);
  const failure = new AbortController();
  const downloads = createBlobDownloads({
    ...{ blobs, host, budget, order },
    signal: signal ? AbortSignal.any([signal, failure.signal]) : failure.signal,
    onFailure: (error) => failure.abort(error),
  });
  try {
    for (const part of folderNar(files)) {
      if (part.kind === "bytes") await hash.append(part.bytes);
      else if (part.file.content instanceof Uint8Array) await hash.append(part.file.content);
      else {
        const blob = part.file.content;
        const start = hash.size;
        for await (const chunk of downloads.read(blob)) {
          if (hash.size - start + chunk.length > blob.size) throw sizeMismatch(blob, "more");
          await hash.append(chunk);
        }
        if (hash.size - start < blob.size) throw sizeMismatch(blob, "fewer");
        hashing.onBlobDone(blob);
      }
    }
  } finally {
    await downloads.close();
  }
  return hash.digest();
}

/** In the order of an archive, so that blobs are fetched in the order in which they are needed. */
function filesOf(manifest: ImageManifest, manifestBytes: Uint8Array): FolderFile[] {
  const blobs = new Map([manifest.config, ...manifest.layers].map((blob) => [digestHex(blob.digest), blob]));
  const files: FolderFile[] = [
    ...Array.from(blobs, ([name, blob]) => ({ name, size: blob.size, content: blob })),
    { name: "manifest.json", size: manifestBytes.length, content: manifestBytes },
    { name: "version", size: VERSION.length, content: VERSION },
  ];
  return files.sort((one, other) => (one.name < other.name ? -1 : 1));
}

function sizeMismatch({ digest, size }: Descriptor, really: "more" | "fewer"): CodedError {
  const what = `The manifest says that the blob ${shortDigest(digest)} has ${size} bytes, but it has ${really}`;
  return new CodedError("manifest-malformed", `${what}; push the image again.`);
}
