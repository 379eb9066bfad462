import { expect, test } from "vitest";
import { DocumentLinkRequest } from "vscode-languageserver-protocol";
import { ALPINE, session } from "./harness.ts";

test.each<[image: string, target: string]>([
  ["alpine", "https://hub.docker.com/_/alpine"],
  ["docker.io/library/redis", "https://hub.docker.com/_/redis"],
  ["grafana/loki", "https://hub.docker.com/r/grafana/loki"],
  ["quay.io/example/proxy", "https://quay.io/repository/example/proxy"],
  ["ghcr.io/example/notes", "https://ghcr.io/example/notes"],
])("%s leads to its page", async (image, target) => {
  const place = await session(
    { "a.nix": ALPINE.replace('"alpine"', `"${image}"`) },
    { settings: { check: { onOpen: false } } },
  );
  const uri = await place.open("a.nix");
  const links = await place.connection.sendRequest(DocumentLinkRequest.type, { textDocument: { uri } });
  expect(links?.map((link) => link.target)).toEqual([target]);
  const range = place.rangeOf("a.nix", image);
  const [{ range: found } = { range }] = links ?? [];
  expect(found.start.line).toBe(range.start.line);
  expect(Math.abs(found.start.character - range.start.character)).toBeLessThanOrEqual(1);
  expect(place.registry.requests).toEqual([]);
});

test("a registry whose pages are not known has no link", async () => {
  const place = await session(
    { "a.nix": ALPINE.replace('"alpine"', '"registry.example.org/team/app"') },
    { settings: { check: { onOpen: false } } },
  );
  const uri = await place.open("a.nix");
  expect((await place.connection.sendRequest(DocumentLinkRequest.type, { textDocument: { uri } })) ?? []).toEqual([]);
});
