import { describe, expect, test } from "vitest";
import { documentSymbols, flatSymbols } from "../../../../server/src/lsp/features/document-symbol.ts";
import { NGINX, OLD, opened, URI } from "./harness.ts";

const PIN = `pullImage { imageName = "nginx"; imageDigest = "${OLD}"; finalImageTag = "1"; }`;

describe("one symbol per pin", () => {
  test.each<[title: string, text: string, symbols: [name: string, detail: string | undefined][]]>([
    ["bound to a name", NGINX, [["nginx:1.27", "nginx"]]],
    [
      "bound to a path",
      `{ services.web."front end" = pkgs.dockerTools.${PIN}; }`,
      [["nginx:1", 'services.web."front end"']],
    ],
    ["in a let", `let image = ${PIN}; in image`, [["nginx:1", "image"]]],
    [
      "in a list",
      `{ images = [ (${PIN}) (${PIN}) ]; }`,
      [
        ["nginx:1", "images"],
        ["nginx:1", "images"],
      ],
    ],
    ["behind a function's header", `{ image = { arch }: ${PIN}; }`, [["nginx:1", "image"]]],
    ["the whole file", PIN, [["nginx:1", undefined]]],
    [
      "a set that no call is seen to take",
      `{ web = { imageName = "nginx"; imageDigest = "${OLD}"; }; }`,
      [["nginx:latest", "web"]],
    ],
    ["by paths", `{ web.imageName = "nginx"; web.imageDigest = "${OLD}"; }`, [["nginx:latest", "web"]]],
    [
      "with a computed name",
      `{ web = pullImage { imageName = x; imageDigest = "${OLD}"; }; }`,
      [["image of a computed name", "web"]],
    ],
  ])("%s", (_, text, symbols) => {
    const { document, views } = opened(text);
    expect(documentSymbols(document, views).map(({ name, detail }) => [name, detail])).toEqual(symbols);
    expect(flatSymbols(document, views).map(({ name, containerName }) => [name, containerName])).toEqual(symbols);
  });

  test("its name's place lies in its range, as the protocol demands", () => {
    const { document, views } = opened(NGINX);
    const [symbol] = documentSymbols(document, views);
    expect(document.getText(symbol!.range)).toMatch(/^\{\n[\s\S]*\}$/);
    expect(document.getText(symbol!.selectionRange)).toBe("{");
    expect(flatSymbols(document, views)[0]?.location).toEqual({ uri: URI, range: symbol?.range });
  });
});
