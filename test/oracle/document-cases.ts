import type { ErrorCode } from "../../server/src/base/error-codes.ts";
import type { Digest } from "../../server/src/oci/digest.ts";
import { DOCKER_LIST, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST } from "../../server/src/oci/media-type.ts";
import {
  addImage,
  addIndex,
  gzipLayer,
  type ImageContent,
  type ImageFormat,
  plainLayer,
} from "../support/images/image.ts";
import { addManifest, type RepositoryContent } from "../support/registry/content.ts";
import type { AgreementCase } from "./agreement.ts";

type Store = (repository: RepositoryContent) => Digest;

function image(content: Partial<ImageContent> = {}): Store {
  return (repository) => addImage(repository, { format: "oci", layers: [gzipLayer("layer")], ...content });
}

function withLayerFields(descriptor: object, format: ImageFormat = "oci"): Store {
  return image({ format, layers: [{ ...gzipLayer("layer"), descriptor }] });
}

function index(format: ImageFormat = "oci"): Store {
  return (repository) =>
    addIndex(repository, { format, entries: [{ manifest: image({ format })(repository), platform: "linux/amd64" }] });
}

/** The same document with its text changed, served as something else where asked. */
function rewritten(store: Store, pattern: string | RegExp, replacement: string, servedAs?: string): Store {
  return (repository) => {
    const original = repository.manifests.get(store(repository))!;
    const text = Buffer.from(original.bytes).toString();
    const changed = text.replace(pattern, replacement);
    if (changed === text && servedAs === undefined) throw new Error(`${pattern} does not occur in ${text}`);
    return addManifest(repository, { mediaType: servedAs ?? original.mediaType, bytes: Buffer.from(changed) });
  };
}

const ACCEPTED: Readonly<Record<string, Store>> = {
  "no list of layers": image({ manifest: { layers: undefined } }),
  "null for layers": image({ format: "docker", manifest: { layers: null } }),
  "no schemaVersion": image({ manifest: { schemaVersion: undefined } }),
  "an empty mediaType": image({ manifest: { mediaType: "" } }),
  "null for history": image({ manifest: { history: null } }),
  "null for an annotation": image({ manifest: { annotations: { a: null } } }),
  "annotations that differ in case": image({ manifest: { annotations: { config: "a", Config: "b" } } }),
  "signatures beside layers": image({ manifest: { signatures: [] } }),
  "an artifactType beside an image's config": image({ manifest: { artifactType: "application/x" } }),
  "data in a descriptor": withLayerFields({ data: "eA==" }),
  "an empty list of addresses": withLayerFields({ urls: [] }),
  "white space around": rewritten(image(), /^.*$/s, "\n\t $& \r\n"),
  "an upper-case content type": image({ format: "docker", servedAs: DOCKER_MANIFEST.toUpperCase() }),
  "a content type with parameters": image({ format: "docker", servedAs: `${DOCKER_MANIFEST}; charset="utf-8" ;a=b;` }),
  "features in an index": rewritten(index(), /"platform": {/, '$& "os.version": "1", "os.features": ["a"],'),
  "no schemaVersion in an index": rewritten(index(), '"schemaVersion": 2,', ""),
  "a wrong type in an entry": rewritten(index(), OCI_MANIFEST, "a/b"),
  "the type of an index in an entry": rewritten(index(), OCI_MANIFEST, OCI_INDEX),
  "no type in an entry": rewritten(index(), `"mediaType": "${OCI_MANIFEST}",`, ""),
  "a wrong size in an entry": rewritten(index(), /"size": \d+/, '"size": 5'),
};

const REFUSED: Readonly<Record<string, readonly [Store, ErrorCode, RegExp]>> = {
  "text for schemaVersion": [image({ manifest: { schemaVersion: "2" } }), "manifest-malformed", /unmarshal/],
  "no schemaVersion in a Docker manifest": [
    image({ format: "docker", manifest: { schemaVersion: undefined } }),
    "manifest-malformed",
    /need a Docker schema 2 manifest/,
  ],
  "no mediaType in a Docker manifest": [
    image({ format: "docker", manifest: { mediaType: undefined } }),
    "manifest-malformed",
    /unsupported docker v2s2 media type/,
  ],
  "an empty mediaType in a Docker manifest": [
    image({ format: "docker", manifest: { mediaType: "" } }),
    "manifest-ambiguous",
    /unsupported docker v2s2 media type/,
  ],
  "the config among the layers": [
    image({ config: "{}", layers: [gzipLayer("x"), plainLayer("{}")] }),
    "manifest-malformed",
    /unmarshaling config/,
  ],
  "the config among the layers, compressed": [
    image({ config: "{}", layers: [gzipLayer("x"), gzipLayer("{}")] }),
    "manifest-malformed",
    /unmarshaling config/,
  ],
  "text for addresses": [withLayerFields({ urls: "u" }), "manifest-malformed", /unmarshal/],
  "a number for an annotation": [image({ manifest: { annotations: { a: 1 } } }), "manifest-malformed", /unmarshal/],
  "a number for a layer's platform": [withLayerFields({ platform: 5 }), "manifest-malformed", /unmarshal/],
  "a number for a layer's artifactType": [withLayerFields({ artifactType: 5 }), "manifest-malformed", /unmarshal/],
  "a number for the subject": [image({ manifest: { subject: 5 } }), "manifest-malformed", /unmarshal/],
  "data that is not base64": [withLayerFields({ data: "!" }), "manifest-malformed", /base64/],
  "a size with a fraction": [rewritten(image(), /"size": \d+/, "$&.0"), "manifest-malformed", /unmarshal/],
  "a size with an exponent": [rewritten(image(), /"size": \d+/, "$&e0"), "manifest-malformed", /unmarshal/],
  "a size beyond 64 bits": [withLayerFields({ size: 2 ** 70 }), "manifest-malformed", /unmarshal/],
  "no digest": [withLayerFields({ digest: undefined }), "manifest-malformed", /unknown digest/],
  "null for a layer": [image({ manifest: { layers: [null] } }), "manifest-malformed", /unknown digest/],
  "null for the config": [image({ manifest: { config: null } }), "manifest-malformed", /artifact/],
  "no size of the config": [image({ configDescriptor: { size: undefined } }), "manifest-malformed", /write too long/],
  "a config larger than it is": [image({ configDescriptor: { size: 9999 } }), "config-size-mismatch", /Size mismatch/],
  "history in an OCI manifest": [image({ manifest: { history: [] } }), "manifest-ambiguous", /rejecting/],
  "an upper-case digest": [withLayerFields({ digest: `sha256:${"A".repeat(64)}` }), "malformed-digest", /404|invalid/],
  "a document behind the document": [rewritten(image(), /$/, "{}"), "manifest-not-json", /invalid character/],
  "a byte order mark": [rewritten(image(), /^/, "\ufeff"), "manifest-not-json", /invalid character/],
  "a config in an index": [rewritten(index(), "{", '{"config":{},'), "manifest-ambiguous", /rejecting/],
  "null for an index's entries": [
    rewritten(index(), /^.*$/s, '{"schemaVersion":2,"manifests":null}'),
    "platform-missing",
    /no image found/,
  ],
  "an empty platform": [
    rewritten(index(), /"platform": {[^}]*}/, '"platform":{}'),
    "platform-missing",
    /no image found/,
  ],
  "text for features": [
    rewritten(index(), /"platform": {/, '$& "os.features": "a",'),
    "manifest-malformed",
    /unmarshal/,
  ],
  "a number for an index's annotations": [
    rewritten(index(), "{", '{"annotations":5,'),
    "manifest-malformed",
    /unmarshal/,
  ],
};

/** skopeo 1.9.3 takes the document, by a guess that another reader of it would not make. */
const REFUSED_BY_US: Readonly<Record<string, readonly [Store, ErrorCode]>> = {
  "schemaVersion 3": [image({ manifest: { schemaVersion: 3 } }), "manifest-malformed"],
  "schemaVersion 1 in an OCI manifest": [image({ manifest: { schemaVersion: 1 } }), "manifest-schema1"],
  "the other format's mediaType": [image({ manifest: { mediaType: DOCKER_MANIFEST } }), "manifest-ambiguous"],
  "a mediaType of nothing known": [image({ manifest: { mediaType: "a/b" } }), "manifest-ambiguous"],
  "the config twice": [rewritten(image(), "{", '{"config":null,'), "manifest-ambiguous"],
  "a negative size": [withLayerFields({ size: -5 }), "manifest-malformed"],
  "no size": [withLayerFields({ size: undefined }), "manifest-malformed"],
  "a size beyond 2^53": [withLayerFields({ size: 2 ** 60 }), "manifest-malformed"],
  "33 levels": [image({ manifest: { x: nested(33) } }), "manifest-malformed"],
  "an OCI index served as a Docker list": [rewritten(index(), "", "", DOCKER_LIST), "manifest-ambiguous"],
  "a Docker list served as an OCI index": [rewritten(index("docker"), "", "", OCI_INDEX), "manifest-ambiguous"],
  "sha512 in an entry of another platform": [
    rewritten(
      index(),
      '"manifests": [',
      `$& {"mediaType":"${OCI_MANIFEST}","size":1,"digest":"sha512:${"a".repeat(128)}","platform":{"os":"x","architecture":"y"}},`,
    ),
    "unsupported-digest-algorithm",
  ],
};

function nested(levels: number): unknown {
  return JSON.parse("[".repeat(levels) + "]".repeat(levels));
}

/** Manifests and indexes that no tool writes. */
export const documentCases: readonly AgreementCase[] = [
  ...Object.entries(ACCEPTED).map(([name, store]): AgreementCase => ({ name, store })),
  ...Object.entries(REFUSED).map(
    ([name, [store, code, bySkopeo]]): AgreementCase => ({ name, store, refused: [code, bySkopeo] }),
  ),
  ...Object.entries(REFUSED_BY_US).map(
    ([name, [store, onlyWeRefuse]]): AgreementCase => ({ name, store, onlyWeRefuse }),
  ),
];
