import { startDockerRegistry } from "../support/docker-registry.ts";
import { pushContent } from "../support/push.ts";
import type { RegistryContent } from "../support/registry/content.ts";
import { type AgreementCase, describeAgreement } from "./agreement.ts";
import { badConfigCases, configCases, randomConfigCases } from "./config-cases.ts";
import { choiceCases, indexCases } from "./index-cases.ts";
import { claimCases, layerCases, zstdCases } from "./layer-cases.ts";

async function startWith(content: RegistryContent) {
  const registry = await startDockerRegistry();
  await pushContent(registry.host, content);
  return registry;
}

function describeImages(title: string, cases: readonly AgreementCase[]): void {
  describeAgreement(title, startWith, cases, ["docker-registry"]);
}

describeImages("layers", layerCases);
describeImages("zstd layers", zstdCases);
describeImages("what manifests claim", claimCases);
describeImages("configs", configCases);
describeImages("random configs", randomConfigCases);
describeImages("configs that are refused", badConfigCases);
describeImages("platforms of an index", choiceCases);
describeImages("indexes", indexCases);
