import { startRegistry } from "../support/registry/server.ts";
import { describeAgreement } from "./agreement.ts";
import { documentCases } from "./document-cases.ts";
import { blobCases, corruptLayerCases, manifestCases } from "./refusal-cases.ts";

// The real registry refuses to hold most of these.
describeAgreement("corrupt layers", startRegistry, corruptLayerCases);
describeAgreement("manifests", startRegistry, manifestCases);
describeAgreement("documents", startRegistry, documentCases);
describeAgreement("blobs", startRegistry, blobCases);
