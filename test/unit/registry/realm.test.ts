import { describe, expect, test } from "vitest";
import { mayReceiveCredentials } from "../../../server/src/registry/realm.ts";

describe("who may receive the credentials of a registry", () => {
  test.each<[realm: string, registries: string[], boolean]>([
    ["auth.docker.io", ["registry-1.docker.io", "docker.io"], true],
    ["quay.io", ["quay.io"], true],
    ["127.0.0.1", ["127.0.0.1"], true],
    ["localhost", ["localhost"], true],
    ["gitlab.com", ["registry.gitlab.com"], true],
    ["auth.registry.example.com", ["registry.example.com"], true],
    ["gitlab.example.com", ["registry.example.com"], true],
    ["docker-auth.elastic.co", ["docker.elastic.co"], true],
    ["login.example.co.uk", ["registry.example.co.uk"], true],
    ["oauth2.googleapis.com", ["europe-docker.pkg.dev"], true],
    ["login.microsoftonline.com", ["mine.azurecr.io"], true],
    ["evil.example", ["registry.example.com"], false],
    ["docker.io.evil.example", ["registry-1.docker.io", "docker.io"], false],
    ["evildocker.io", ["docker.io"], false],
    ["other.co.uk", ["registry.co.uk"], false],
    ["co.uk", ["registry.co.uk"], false],
    ["io", ["docker.io"], false],
    ["theirs.azurecr.io", ["mine.azurecr.io"], false],
    ["login.microsoftonline.com", ["evilazurecr.io"], false],
    ["evil.s3.amazonaws.com", ["1.dkr.ecr.us-east-1.amazonaws.com"], false],
    ["127.0.0.2", ["127.0.0.1"], false],
    ["1.0.0.1", ["10.0.0.1"], false],
    ["localhost", ["127.0.0.1"], false],
    ["registry", ["other"], false],
  ])("%s for %j: %j", (realm, registries, allowed) => {
    expect(mayReceiveCredentials(realm, registries)).toBe(allowed);
  });
});
