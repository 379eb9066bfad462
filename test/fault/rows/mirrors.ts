import { answer, at, flipped, START, specError } from "./faults.ts";
import type { Row } from "./row.ts";

const BY_DIGEST = { does: "prefetch by digest" } as const;
const MIRRORS = { "{registryHost}": { mirrors: ["{cdnHost}", "{otherHost}"] } };
const FROM_MIRROR = "ping 200, manifest@ 200, config 200, layer 200";
const conf = (lines: string) => `[[registry]]\nprefix = "{registryHost}"\nlocation = "{registryHost}"\n${lines}\n`;

/** Mirrors and what `registries.conf` says. */
export const mirrorRows: readonly Row[] = [
  {
    id: "N08-mirror",
    what: "a mirror has everything",
    ...BY_DIGEST,
    settings: MIRRORS,
    outcome: "right",
    requests: { cdn: FROM_MIRROR },
  },
  {
    id: "N08",
    what: "the first mirror has nothing, the second sends wrong bytes, the registry is right",
    ...BY_DIGEST,
    settings: MIRRORS,
    faults: { cdn: [at(/manifests|blobs/, answer(404))], other: [at(/manifests/, { do: "body", body: flipped })] },
    outcome: "right",
    requests: {
      cdn: "ping 200, manifest@ 404, config 404, layer 404",
      other: "ping 200, manifest@ 200, fresh manifest@ 200",
      registry: "ping 200, manifest@ 200, config 200, layer 200",
    },
  },
  {
    id: "N08-layer",
    what: "the mirror's layer is wrong: the registry's own copy is taken",
    ...BY_DIGEST,
    settings: MIRRORS,
    faults: { cdn: [at("{layer}", { do: "body", body: flipped })] },
    outcome: "right",
    requests: { cdn: FROM_MIRROR, registry: "ping 200, fresh layer 200" },
  },
  {
    id: "N08-cut",
    what: "the mirror's layer is cut, and the registry goes on with it",
    ...BY_DIGEST,
    settings: MIRRORS,
    faults: { cdn: [at("{layer}", { do: "cut", afterBytes: 60_000 })], other: [at(/./, answer(404))] },
    outcome: "right",
    requests: {
      cdn: FROM_MIRROR,
      other: "ping 404, layer[…-] 404",
      registry: "ping 200, layer[…-] 206",
    },
  },
  {
    id: "N08-tag",
    what: "a tag is the registry's to know, whatever mirrors say",
    does: "resolve",
    settings: MIRRORS,
    faults: { cdn: [at(/./, answer(500))] },
    outcome: "right",
    requests: { registry: "ping 200, HEAD manifest 200" },
  },
  {
    id: "N08-password",
    what: "a mirror of somebody else asks for a password, and gets none",
    ...BY_DIGEST,
    settings: { "{registryHost}": { mirrors: ["{otherHost}"] } },
    authorization: "basic",
    machine: { files: { "/home/me/.docker/config.json": '{"auths":{"{registryHost}":{"auth":"{basic}"}}}' } },
    faults: { other: [at(/./, answer(401, { "WWW-Authenticate": 'Basic realm="r"' }))] },
    outcome: "right",
    requests: { other: "ping 401", registry: "ping 401, manifest@ 200, config 200, layer 200" },
  },
  {
    id: "N08-all",
    what: "neither mirrors nor the registry have it",
    ...BY_DIGEST,
    settings: { "{registryHost}": { mirrors: ["{cdnHost}"] } },
    faults: {
      cdn: [at(/manifests/, specError(404, "MANIFEST_UNKNOWN", "gone"))],
      registry: [at(/manifests/, specError(404, "MANIFEST_UNKNOWN", "gone"))],
    },
    outcome: "digest-gone",
    says: /Elsewhere it was not to be had either: cdn\.test:\d+/,
    requests: { cdn: "ping 200, manifest@ 404", registry: "ping 200, manifest@ 404" },
  },
  {
    id: "N08-conf",
    what: "a mirror of registries.conf",
    ...BY_DIGEST,
    registriesConf: conf('[[registry.mirror]]\nlocation = "{cdnHost}"'),
    outcome: "right",
    requests: { cdn: FROM_MIRROR },
  },
  {
    id: "N08-location",
    what: "registries.conf has the registry elsewhere",
    registriesConf: '[[registry]]\nprefix = "{registryHost}"\nlocation = "{cdnHost}"\n',
    outcome: "right",
    requests: { cdn: `${START}, layer 200` },
  },
  {
    id: "N08-blocked",
    what: "registries.conf blocks the registry",
    registriesConf: conf("blocked = true"),
    outcome: "registry-blocked",
    requests: {},
  },
  {
    id: "N08-insecure",
    what: "registries.conf calls the registry insecure, and its certificate is nobody's",
    certificate: "of an unknown authority",
    registriesConf: conf("insecure = true"),
    outcome: "right",
    requests: { registry: `${START}, layer 200` },
  },
  {
    id: "N08-malformed",
    what: "registries.conf is malformed, which keeps nobody from public images",
    registriesConf: "[[registry\n",
    outcome: "right",
    warns: /registries\.conf/,
    requests: { registry: `${START}, layer 200` },
  },
];
