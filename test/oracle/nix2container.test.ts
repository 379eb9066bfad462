import { digestOf } from "../../server/src/oci/digest.ts";
import { startDockerRegistry } from "../support/docker-registry.ts";
import { gzipMember } from "../support/images/gzip.ts";
import { addImage, configFor, gzipLayer, type ImageFormat, plainLayer } from "../support/images/image.ts";
import { randomBytes } from "../support/images/random.ts";
import { zstd } from "../support/images/zstd.ts";
import { pushContent } from "../support/push.ts";
import type { RegistryContent } from "../support/registry/content.ts";
import { startRegistry } from "../support/registry/server.ts";
import { type AgreementCase, describeAgreement, describeNoOtherHash } from "./agreement.ts";
import { badConfigCases } from "./config-cases.ts";
import { documentCases } from "./document-cases.ts";
import { choiceCases, indexCases } from "./index-cases.ts";
import { claimCases, layerCases } from "./layer-cases.ts";
import { blobCases, corruptLayerCases, manifestCases } from "./refusal-cases.ts";

async function startWith(content: RegistryContent) {
  const registry = await startDockerRegistry();
  await pushContent(registry.host, content);
  return registry;
}

const CONTENT = randomBytes(1, 70_000);
const FORMATS: readonly ImageFormat[] = ["docker", "oci"];
const DOCKER_ZSTD = "application/vnd.docker.image.rootfs.diff.tar.zstd";

/** What a docker-archive can't be made of, and a folder can. */
const asStoredCases: readonly AgreementCase[] = [
  {
    name: "a zstd layer",
    store: (repository) => addImage(repository, { format: "oci", layers: [{ blob: zstd(CONTENT), type: "zstd" }] }),
  },
  {
    name: "a zstd layer in a Docker manifest",
    store: (repository) =>
      addImage(repository, { format: "docker", layers: [{ blob: zstd(CONTENT), type: DOCKER_ZSTD }] }),
    refused: ["layer-media-type-unsupported", /zstd/],
  },
  {
    name: "a gzip layer that is damaged inside",
    store: (repository) => {
      const blob = gzipMember(CONTENT);
      return addImage(repository, { format: "oci", layers: [{ blob: blob.subarray(0, 9999), type: "gzip" }] });
    },
  },
  {
    name: "an artifact",
    store: (repository) =>
      addImage(repository, {
        format: "oci",
        config: "{}",
        configDescriptor: { mediaType: "application/vnd.cncf.helm.config.v1+json" },
        layers: [{ blob: CONTENT, type: "application/vnd.cncf.helm.chart.content.v1.tar+gzip" }],
      }),
  },
  {
    name: "an encrypted layer",
    store: (repository) =>
      addImage(repository, {
        format: "oci",
        layers: [{ blob: CONTENT, type: "application/vnd.oci.image.layer.v1.tar+gzip+encrypted" }],
      }),
  },
  {
    name: "a config that is no JSON",
    store: (repository) => addImage(repository, { format: "oci", config: "x", layers: [plainLayer("a")] }),
  },
  {
    name: "a config that is a layer as well",
    store: (repository) => {
      const config = configFor("linux/amd64");
      return addImage(repository, { format: "docker", config, layers: [plainLayer(config), plainLayer("b")] });
    },
  },
  ...FORMATS.flatMap((format): AgreementCase[] => [
    {
      name: `${format}: a layer of 20 MB among small ones`,
      store: (repository) =>
        addImage(repository, {
          format,
          layers: [gzipLayer("a"), { blob: randomBytes(2, 20_000_000), type: "gzip" }, gzipLayer("b")],
        }),
    },
    ...[-1, 1].flatMap((difference): AgreementCase[] => [
      {
        name: `${format}: a layer whose size is stated wrong by ${difference}`,
        store: (repository) =>
          addImage(repository, {
            format,
            layers: [{ ...plainLayer(CONTENT), descriptor: { size: CONTENT.length + difference } }],
          }),
        onlyWeRefuse: "manifest-malformed",
      },
      {
        name: `${format}: a config whose size is stated wrong by ${difference}`,
        store: (repository) =>
          addImage(repository, { format, config: "{ }", configDescriptor: { size: 3 + difference }, layers: [] }),
        refused: ["manifest-malformed", /Size mismatch/],
      },
    ]),
    {
      name: `${format}: a layer that is not there`,
      store: (repository) => {
        const image = addImage(repository, { format, layers: [gzipLayer("there"), gzipLayer("not there")] });
        repository.blobs.delete(digestOf(gzipLayer("not there").blob));
        return image;
      },
      refused: ["blob-missing", /404/],
    },
  ]),
];

const PROGRAMS = ["docker-registry", "nix-store"];

describeAgreement("nix2container: layers", startWith, layerCases, PROGRAMS, "nix2container");
describeAgreement("nix2container: what manifests claim", startWith, claimCases, PROGRAMS, "nix2container");
describeAgreement("nix2container: platforms of an index", startWith, choiceCases, PROGRAMS, "nix2container");
// The real registry refuses to hold some of these.
describeAgreement("nix2container: as stored", startRegistry, asStoredCases, ["nix-store"], "nix2container");

/** Of two images that differ in compression only, skopeo takes the other one before 1.12; their folders are not alike. */
const isOfSkopeoRelease = ({ name }: AgreementCase) =>
  name === "a gzip image annotated as nothing beside its zstd twin";

const ODDITIES = {
  ...{ corruptLayerCases, manifestCases, documentCases, blobCases, badConfigCases },
  indexCases: indexCases.filter((indexCase) => !isOfSkopeoRelease(indexCase)),
};
for (const [name, cases] of Object.entries(ODDITIES)) {
  describeNoOtherHash(`nix2container: ${name}`, startRegistry, cases, ["nix-store"], "nix2container");
}
