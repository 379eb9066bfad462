import { gzipSync } from "node:zlib";
import type { Digest } from "../../../server/src/oci/digest.ts";
import { DOCKER_LIST, OCI_INDEX, OCI_MANIFEST } from "../../../server/src/oci/media-type.ts";
import { addIndex, configFor, gzipLayer } from "../../support/images/image.ts";
import { addManifest, type RepositoryContent } from "../../support/registry/content.ts";
import { imageLike, LAYER_BLOB, LAYER_CONTENT, sampleImage, TAG } from "../sample.ts";
import { answer, at, CHUNKED, flipped, specError } from "./faults.ts";
import type { Row } from "./row.ts";

const READ = { registry: "ping 200, manifest 200" };
const ALL = { registry: "ping 200, manifest 200, config 200, layer 200" };
const headers = (changes: Record<string, string | null>) => ({
  registry: [at("{manifest}", { do: "headers", headers: changes })],
});
const ofHead = (fault: ReturnType<typeof at>["fault"]) => ({
  registry: [{ ...at("{manifest}", fault), method: "HEAD" }],
});
const asked = (status: number) => ({ registry: `ping 200, HEAD manifest ${status}, manifest 200` });
const wrongDigest = `sha256:${"0".repeat(64)}`;

/** Manifests: how they are asked for, and what they must be. */
export const manifestRows: readonly Row[] = [
  {
    id: "F29-none",
    what: "nothing, when a tag is resolved",
    does: "resolve",
    outcome: "right",
    requests: { registry: "ping 200, HEAD manifest 200" },
  },
  ...[400, 404, 405, 501].map<Row>((status) => ({
    id: `F29-${status}`,
    what: `HEAD is answered ${status}`,
    does: "resolve",
    faults: ofHead(answer(status)),
    outcome: "right",
    requests: asked(status),
  })),
  {
    id: "F29-403",
    what: "HEAD is answered 403: GET has the reason",
    does: "resolve",
    faults: { registry: [at("{manifest}", specError(403, "DENIED", "billing is overdue"))] },
    outcome: "registry-denied",
    says: /billing is overdue/,
    requests: { registry: "ping 200, HEAD manifest 403, manifest 403" },
  },
  {
    id: "F29-digest",
    what: "HEAD tells no digest",
    does: "resolve",
    faults: ofHead({ do: "headers", headers: { "Docker-Content-Digest": null } }),
    outcome: "right",
    requests: asked(200),
  },
  {
    id: "F29-malformed",
    what: "HEAD tells what is no digest",
    does: "resolve",
    faults: ofHead({ do: "headers", headers: { "Docker-Content-Digest": "sha256:../../etc" } }),
    outcome: "right",
    requests: asked(200),
  },
  {
    id: "F29-length",
    what: "HEAD tells no length",
    does: "resolve",
    faults: ofHead({ do: "headers", headers: CHUNKED }),
    outcome: "right",
    requests: asked(200),
  },
  {
    id: "F29-other",
    what: "HEAD of a digest tells another one",
    does: "resolve by digest",
    faults: {
      registry: [
        { ...at("{manifest@}", { do: "headers", headers: { "Docker-Content-Digest": wrongDigest } }), method: "HEAD" },
      ],
    },
    outcome: "right",
    requests: { registry: "ping 200, HEAD manifest@ 200, manifest@ 200" },
  },
  {
    id: "F30",
    what: "the tag is announced with a wrong digest",
    faults: headers({ "Docker-Content-Digest": wrongDigest }),
    outcome: "right",
    warns: /announced with a digest that its manifest does not have/,
    requests: ALL,
  },
  {
    id: "F31",
    what: "no digest is announced",
    faults: headers({ "Docker-Content-Digest": null }),
    outcome: "right",
    requests: ALL,
  },
  {
    id: "F32",
    what: "the digest gives other bytes once",
    does: "prefetch by digest",
    faults: { registry: [at("{manifest@}", { do: "body", body: flipped }, 1)] },
    outcome: "right",
    requests: { registry: "ping 200, manifest@ 200, fresh manifest@ 200, config 200, layer 200" },
  },
  {
    id: "F32-always",
    what: "the digest gives other bytes always",
    does: "prefetch by digest",
    faults: { registry: [at("{manifest@}", { do: "body", body: flipped })] },
    outcome: "digest-mismatch",
    says: /do not trust this registry or mirror/,
    requests: { registry: "ping 200, manifest@ 200, fresh manifest@ 200" },
  },
  {
    id: "F33",
    what: "the manifest has no media type",
    faults: headers({ "Content-Type": null }),
    outcome: "manifest-media-type-unsupported",
    requests: READ,
  },
  {
    id: "F34",
    what: "the manifest is just JSON",
    faults: headers({ "Content-Type": "application/json; charset=utf-8" }),
    outcome: "manifest-media-type-unsupported",
    requests: READ,
  },
  {
    id: "F34-parameters",
    what: "the media type has a parameter",
    faults: headers({ "Content-Type": `${OCI_MANIFEST}; charset=utf-8` }),
    outcome: "right",
    requests: ALL,
  },
  {
    id: "F35",
    what: "an image is served as an index",
    faults: headers({ "Content-Type": OCI_INDEX }),
    outcome: "manifest-ambiguous",
    requests: READ,
  },
  {
    id: "F35-list",
    what: "an index is served as a list of Docker's",
    image: anIndex,
    faults: headers({ "Content-Type": DOCKER_LIST }),
    outcome: "manifest-ambiguous",
    requests: READ,
  },
  {
    id: "F36",
    what: "a document that is an image and an index",
    image: imageLike({ manifest: { manifests: [] } }),
    outcome: "manifest-ambiguous",
    requests: READ,
  },
  {
    id: "F36-case",
    what: "a document with layers in another case too, which Go reads",
    image: imageLike({ manifest: { Layers: [] } }),
    outcome: "manifest-ambiguous",
    requests: READ,
  },
  {
    id: "F36-twice",
    what: "a document with its layers twice",
    image: raw((text) => text.replace('"layers":', '"layers": [], "layers":')),
    outcome: "manifest-ambiguous",
    requests: READ,
  },
  {
    id: "F37",
    what: "the manifest has 5 MiB",
    image: imageLike({ manifest: { annotations: { padding: "x".repeat(5 * 1024 * 1024) } } }),
    outcome: "manifest-too-large",
    requests: READ,
  },
  {
    id: "F37-endless",
    what: "the manifest has 5 MiB, not announced",
    image: imageLike({ manifest: { annotations: { padding: "x".repeat(5 * 1024 * 1024) } } }),
    faults: headers(CHUNKED),
    outcome: "manifest-too-large",
    requests: READ,
  },
  {
    id: "F38",
    what: "the manifest breaks off once",
    faults: { registry: [at("{manifest}", { do: "cut", afterBytes: 50 }, 1)] },
    outcome: "right",
    requests: { registry: "ping 200, manifest 200, manifest 200, config 200, layer 200" },
    waits: [500],
  },
  {
    id: "F38-not-json",
    what: "the manifest is no JSON",
    image: raw((text) => text.slice(0, -2)),
    outcome: "manifest-not-json",
    requests: READ,
  },
  {
    id: "F39",
    what: "the manifest comes compressed though nobody asked",
    faults: {
      registry: [
        at("{manifest}", { do: "body", body: (truth) => gzipSync(truth), headers: { "Content-Encoding": "gzip" } }),
      ],
    },
    outcome: "right",
    requests: ALL,
  },
  {
    id: "F39-broken",
    what: "the manifest claims to be compressed, and is not, once",
    faults: {
      registry: [
        at("{manifest}", { do: "headers", headers: { "Content-Encoding": "gzip", "Docker-Content-Digest": null } }, 1),
      ],
    },
    outcome: "right",
    requests: { registry: "ping 200, manifest 200, manifest 200, config 200, layer 200" },
    waits: [500],
  },
  {
    id: "F40",
    what: "the config is no JSON",
    image: imageLike({ config: "{" }),
    outcome: "config-malformed",
    requests: { registry: "ping 200, manifest 200, config 200" },
  },
  {
    id: "F41",
    what: "the config has 5 MiB",
    image: imageLike({ config: `{"padding":"${"x".repeat(5 * 1024 * 1024)}"}` }),
    outcome: "config-too-large",
    requests: READ,
  },
  {
    id: "F42",
    what: "the manifest says less of the layer's size",
    image: imageLike({ layers: [{ ...gzipLayer(LAYER_CONTENT), descriptor: { size: LAYER_BLOB.length - 5 } }] }),
    outcome: "right",
    warns: /but its manifest says/,
    requests: ALL,
  },
  {
    id: "F42-more",
    what: "the manifest says more of the layer's size",
    image: imageLike({ layers: [{ ...gzipLayer(LAYER_CONTENT), descriptor: { size: LAYER_BLOB.length + 5 } }] }),
    outcome: "right",
    warns: /but its manifest says/,
    requests: ALL,
  },
  {
    id: "F42-negative",
    what: "the manifest says that the layer's size is negative",
    image: imageLike({ layers: [{ ...gzipLayer(LAYER_CONTENT), descriptor: { size: -1 } }] }),
    outcome: "manifest-malformed",
    requests: READ,
  },
  {
    id: "F43",
    what: "the config names other layers",
    image: imageLike({ config: configFor("linux/amd64", ["another layer"]) }),
    isOwnRight: true,
    outcome: "right",
    warns: /diff_ids are not those of the layers/,
    requests: { registry: `${ALL.registry}, layer 200` },
  },
  ...(
    [
      ["F44", "a path instead of the layer's digest", "sha256:../../../../etc/passwd"],
      ["F45", "the layer's digest in upper case", `sha256:${"A".repeat(64)}`],
      ["F45-short", "a digest that is too short", `sha256:${"a".repeat(63)}`],
      ["F45-algorithm", "a digest of an unknown algorithm", `md5:${"a".repeat(32)}`],
    ] as const
  ).map<Row>(([id, what, digest]) => ({
    id,
    what,
    image: imageLike({ layers: [{ ...gzipLayer(LAYER_CONTENT), descriptor: { digest } }] }),
    outcome: id === "F45-algorithm" ? "unsupported-digest-algorithm" : "malformed-digest",
    requests: READ,
  })),
  {
    id: "N05-index",
    what: "an index of 200 platforms",
    image: anIndex,
    outcome: "right",
    requests: { registry: "ping 200, manifest 200, manifest@1 200, config 200, layer 200" },
  },
  {
    id: "N05-no-platform",
    what: "an index without the platform",
    image: (repository) =>
      addIndex(
        repository,
        { format: "oci", entries: [{ manifest: sampleImage(repository), platform: "linux/s390x" }] },
        TAG,
      ),
    outcome: "platform-missing",
    requests: READ,
  },
];

/** The sample image in an index, with 199 others that nobody has. */
function anIndex(repository: RepositoryContent): Digest {
  const manifest = sampleImage(repository);
  const others = Array.from({ length: 199 }, (_, index) => ({ manifest, platform: `linux/other${index}` }));
  return addIndex(repository, { format: "oci", entries: [{ manifest, platform: "linux/amd64" }, ...others] }, TAG);
}

/** The sample image's manifest, its text changed. */
function raw(change: (text: string) => string): (repository: RepositoryContent) => Digest {
  return (repository) => {
    const { bytes, mediaType } = repository.manifests.get(sampleImage(repository))!;
    return addManifest(repository, { mediaType, bytes: Buffer.from(change(Buffer.from(bytes).toString())) }, TAG);
  };
}
