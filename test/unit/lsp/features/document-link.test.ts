import { describe, expect, test } from "vitest";
import { documentLinks } from "../../../../server/src/lsp/features/document-link.ts";
import { NGINX, OLD, opened, textIn } from "./harness.ts";

function links(text: string): [text: string, target: string | undefined][] {
  const place = opened(text);
  return documentLinks(place.document, place.views).map(({ range, target }) => [textIn(place, range), target]);
}

describe("from an image's name to its page", () => {
  test.each<[title: string, text: string, expected: [string, string][]]>([
    ["without the quotes", NGINX, [["nginx", "https://hub.docker.com/_/nginx"]]],
    [
      "in an indented string",
      NGINX.replace('"nginx"', "''ghcr.io/org/app''"),
      [["ghcr.io/org/app", "https://ghcr.io/org/app"]],
    ],
    [
      "where the variable is written",
      `let name = "quay.io/org/app"; in pullImage { imageName = name; imageDigest = "${OLD}"; }`,
      [["quay.io/org/app", "https://quay.io/repository/org/app"]],
    ],
    [
      "once for two pins that read the same string",
      `let n = "nginx"; in [ (pullImage { imageName = n; imageDigest = "${OLD}"; }) (pullImage { imageName = n; imageDigest = "${OLD}"; arch = "arm64"; }) ]`,
      [["nginx", "https://hub.docker.com/_/nginx"]],
    ],
    ["none for a name put together", NGINX.replace('"nginx"', '"ngi" + "nx"'), []],
    ["none for a name from outside", NGINX.replace('"nginx"', "pkgs.name"), []],
    ["none for a malformed name", NGINX.replace('"nginx"', '"Nginx:1"'), []],
    ["none for a registry whose pages are not known", NGINX.replace('"nginx"', '"registry.example.org/app"'), []],
  ])("%s", (_, text, expected) => {
    expect(links(text)).toEqual(expected);
  });

  test("says where it leads", () => {
    const { document, views } = opened(NGINX);
    expect(documentLinks(document, views)[0]?.tooltip).toBe("Open the page of docker.io/library/nginx");
  });
});
