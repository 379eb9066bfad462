export { createCredentialLookup as lookUpCredentialFiles } from "./credential-lookup.ts";
