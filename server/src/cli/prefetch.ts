import { join } from "node:path";
import { orThrow } from "../base/errors.ts";
import { printable } from "../base/printable.ts";
import { createFile } from "../files/atomic-write.ts";
import { printAttributeSet } from "../nix/attribute-text.ts";
import { sriHash } from "../nix/hash-encoding.ts";
import { platformOf } from "../oci/platform.ts";
import { parseTag, type Tag } from "../oci/reference.ts";
import { openPrefetchEngine } from "../prefetch/open-engine.ts";
import { type ArchiveFormat, type PrefetchedImage, type PrefetchRequest, prefetchImage } from "../prefetch/prefetch.ts";
import { COMMON_OPTIONS, REGISTRY_OPTIONS, readArguments, readRegistrySettings, usage } from "./arguments.ts";
import { openCache } from "./cache-access.ts";
import type { ExitCode } from "./exit-code.ts";
import { readImageArguments } from "./image-arguments.ts";
import { printJson } from "./json-record.ts";
import { addFolderToStore, addToStore, folderStoreNameOf, requireNixStore, storeNameOf } from "./nix-store.ts";
import { createLog, createSpool, type Spool } from "./pin-command.ts";
import { createProgress, silentProgress } from "./progress.ts";
import { openRegistry } from "./registry-access.ts";
import type { CommandContext } from "./terminal.ts";

export const PREFETCH_HELP = `Usage: dockpin prefetch [OPTION…] IMAGE [TAG|DIGEST]

Computes the digest and hash of an image and prints the attributes that dockerTools.pullImage takes, or those of
nix2container.pullImage.
The options are those of nix-prefetch-docker, and some more. Without a tag and digest it takes "latest".

  --image-name NAME         instead of IMAGE
  --image-tag TAG           instead of TAG
  --image-digest DIGEST     instead of DIGEST
  --os OS                   default linux
  --arch ARCH               default amd64
  --final-image-name NAME   name of the loaded image; default IMAGE
  --final-image-tag TAG     tag of the loaded image; default TAG, or latest
  --format FORMAT           docker-archive, which dockerTools takes and is the default, or nix2container
  --json                    print JSON
  -q, --quiet               no progress
  --output FILE             write the image too, as "docker load -i FILE" takes it; with nix2container
                            as "nix-store --restore FOLDER < FILE" takes it
  --add-to-store            add the image to the Nix store, so that the next build downloads nothing
  --no-cache                believe nothing that earlier runs learned, and remember nothing
`;

const PREFETCH_OPTIONS = {
  ...COMMON_OPTIONS,
  ...REGISTRY_OPTIONS,
  "image-name": { type: "string" },
  "image-tag": { type: "string" },
  "image-digest": { type: "string" },
  os: { type: "string" },
  arch: { type: "string" },
  "final-image-name": { type: "string" },
  "final-image-tag": { type: "string" },
  format: { type: "string" },
  output: { type: "string", short: "o" },
  "add-to-store": { type: "boolean" },
  "no-cache": { type: "boolean" },
} as const;

type PrefetchValues = ReturnType<typeof readArguments<typeof PREFETCH_OPTIONS>>["values"];

/** Prints the attributes of a pin for an image. */
export async function prefetch(args: readonly string[], context: CommandContext): Promise<ExitCode> {
  const { values, positionals } = readArguments(args, PREFETCH_OPTIONS);
  const registry = readRegistrySettings(values);
  const format = readFormat(values);
  const image = readImageArguments(values, positionals);
  const request: PrefetchRequest = {
    target: { repository: image.repository, tlsVerify: registry.tlsVerify },
    reference: image.digest ?? image.tag ?? orThrow(parseTag("latest")),
    platform: orThrow(platformOf(values.os ?? "linux", values.arch ?? "amd64")),
    format,
    finalImageName: values["final-image-name"] ?? image.name,
    finalImageTag: values["final-image-tag"] ?? image.tag ?? "latest",
  };
  if (values["add-to-store"]) await requireNixStore(context.signal);

  const quiet = values.quiet ?? false;
  const progress = quiet ? silentProgress : createProgress(context.stderr, context.clock, 1);
  const log = createLog(context, progress, quiet);
  const store = openCache(!(values["no-cache"] ?? false), context, log);
  const client = await openRegistry(registry, [request.target], context, log, { store, tagLifetime: 0 });
  const spool = createSpool(context);
  const engine = openPrefetchEngine({ folder: context.wasmFolder, cache: store, log });
  try {
    const item = { label: `${image.name}:${request.finalImageTag}` };
    const compute = async (writeArchive?: (bytes: Uint8Array) => Promise<void>) =>
      prefetchImage(request, {
        engine,
        registry: client,
        log,
        temporaryFolder: await spool.folder(),
        signal: context.signal,
        onProgress: (state) => progress.advanced(item, state),
        ...(writeArchive && { writeArchive }),
      });
    progress.started(item);
    const prefetched = await computeInto(await archiveFiles(values, request, spool), compute, context);
    progress.finished(item);
    progress.clear();
    for (const warning of prefetched.warnings) if (!quiet) context.stderr.write(`dockpin: ${warning}\n`);
    if (values["add-to-store"]) {
      const file = await storeFile(request, spool);
      const add = format === "nix2container" ? addFolderToStore : addToStore;
      const stored = await add(file, context.signal);
      if (!quiet) context.stderr.write(`Added to the Nix store as ${stored}\n`);
    }
    const attributes = describePin(image.name, request, prefetched, values);
    context.stdout.write(values.json ? printJson(attributes) : printPin(attributes, format, image.tag));
    return 0;
  } finally {
    progress.clear();
    await Promise.all([client.close(), engine.close(), spool.remove()]);
  }
}

/** Where the archive's bytes are to go. */
async function archiveFiles(values: PrefetchValues, request: PrefetchRequest, spool: Spool): Promise<string[]> {
  const files = values.output === undefined ? [] : [values.output];
  return values["add-to-store"] ? [...files, await storeFile(request, spool)] : files;
}

/** A temporary file that has the name which the image gets in the store. */
async function storeFile({ format, finalImageName, finalImageTag }: PrefetchRequest, spool: Spool): Promise<string> {
  const name =
    format === "nix2container" ? folderStoreNameOf(finalImageName) : storeNameOf(finalImageName, finalImageTag);
  return join(await spool.folder(), name);
}

function readFormat(values: PrefetchValues): ArchiveFormat {
  const { format = "docker-archive" } = values;
  if (format === "docker-archive") return format;
  if (format !== "nix2container") {
    throw usage(`--format takes docker-archive or nix2container, not "${printable(format, 40)}"`);
  }
  for (const option of ["final-image-name", "final-image-tag"] as const) {
    if (values[option] !== undefined)
      throw usage(`nix2container gives an image no other name, so leave out --${option}`);
  }
  return format;
}

type Append = (bytes: Uint8Array) => Promise<void>;

/** What `compute` gives, its bytes written to all the files, or to none of them when it fails. */
async function computeInto<T>(
  files: readonly string[],
  compute: (append?: Append) => Promise<T>,
  { temporaryPaths }: Pick<CommandContext, "temporaryPaths">,
  appends: readonly Append[] = [],
): Promise<T> {
  const [file, ...others] = files;
  if (file !== undefined) {
    return createFile(file, temporaryPaths, (append) =>
      computeInto(others, compute, { temporaryPaths }, [...appends, append]),
    );
  }
  if (appends.length === 0) return compute();
  return compute(async (bytes) => {
    for (const append of appends) await append(bytes);
  });
}

/**
 * The attributes in nix-prefetch-docker's order, or those of nix2container's `pullImage`; os and arch where the result depends
 * on them or they were given.
 */
function describePin(
  imageName: string,
  { format, finalImageName, finalImageTag, platform }: PrefetchRequest,
  { digest, digestOf, archiveDigest }: PrefetchedImage,
  values: PrefetchValues,
): Record<string, string> {
  const hash = sriHash(archiveDigest);
  return {
    imageName,
    imageDigest: digest,
    ...(format === "nix2container" ? { sha256: hash } : { hash, finalImageName, finalImageTag }),
    ...((values.os !== undefined || digestOf === "index") && { os: platform.os }),
    ...((values.arch !== undefined || digestOf === "index") && { arch: platform.architecture }),
  };
}

/** As Nix code. No attribute of nix2container's holds the tag, so that a comment must say which one is followed. */
function printPin(attributes: Record<string, string>, format: ArchiveFormat, tag: Tag | null): string {
  const text = printAttributeSet(attributes);
  return format === "nix2container" && tag !== null ? text.replace("{\n", `{\n  # dockpin: tag=${tag}\n`) : text;
}
