import { describe, expect, test } from "vitest";
import { DocumentLinkRequest, FileChangeType, HoverRequest } from "vscode-languageserver-protocol";
import { SERVER_COMMANDS } from "../../server/src/lsp/protocol.ts";
import { fileEditsOf } from "../support/lsp/document-mirror.ts";
import { ALPINE, codesOf, STALE_DIGEST, STALE_HASH, session, updatedByCli } from "./harness.ts";

const MOVED = "3.20 moved: update digest and hash";
const OFFLINE = { settings: { check: { onOpen: false } } };

/** What `nix-prefetch-docker --json` prints of the old alpine. */
const JSON_PIN = `${JSON.stringify(
  {
    imageName: "alpine",
    imageDigest: STALE_DIGEST,
    hash: STALE_HASH,
    finalImageName: "alpine",
    finalImageTag: "3.20",
    os: "linux",
    arch: "amd64",
  },
  null,
  2,
)}\n`;
const CALLS_JSON = `{ lib, dockerTools }:
{
  app = dockerTools.pullImage (lib.importJSON ./alpine.json);
}
`;
const TOML_PIN = `# Alpine, for tests.
[images.app]
imageName = "alpine"
imageDigest = "${STALE_DIGEST}" # moves
hash = '${STALE_HASH}'
finalImageTag = "3.20"
arch = "amd64"
`;
const CALLS_TOML = `{ lib, dockerTools }:
let data = lib.importTOML ./images.toml; in
dockerTools.pullImage data.images.app
`;
const SET = `{
  app = {
    imageName = "alpine";
    imageDigest = "${STALE_DIGEST}";
    hash = "${STALE_HASH}";
    finalImageTag = "3.20";
    arch = "amd64";
  };
}
`;
const CALLS_SET = `{ dockerTools }:
dockerTools.pullImage (import ./images.nix).app
`;

/** The digest in one file, the hash in another. */
const SPLIT = {
  "call.nix": `{ dockerTools }:
let hashes = import ./hashes.nix; in
dockerTools.pullImage {
  imageName = "alpine";
  imageDigest = "${STALE_DIGEST}";
  hash = hashes.alpine;
  finalImageTag = "3.20";
  arch = "amd64";
}
`,
  "hashes.nix": `{ alpine = "${STALE_HASH}"; }\n`,
};

test("a function's pin has the tag that a caller gives, which names no image itself", async () => {
  const place = await session({
    "base.nix": `{ dockerTools, tag ? "local" }:
dockerTools.pullImage {
  imageName = "alpine";
  imageDigest = "${STALE_DIGEST}";
  hash = "${STALE_HASH}";
  finalImageTag = tag;
  arch = "amd64";
}
`,
    "host.nix": '{ pkgs }: pkgs.callPackage ./base.nix { tag = "3.20"; }\n',
  });
  await place.open("base.nix");
  await place.untilTitles("base.nix", MOVED);
  await place.open("host.nix");
  await place.untilTitles("host.nix", MOVED);
});

describe("a pin whose values stand in another file than its call", () => {
  test.each<[title: string, data: string, files: Record<string, string>, call: string, values: string]>([
    ["in JSON", "alpine.json", { "alpine.json": JSON_PIN, "call.nix": CALLS_JSON }, "dockerTools.pullImage (", "{"],
    ["in TOML", "images.toml", { "images.toml": TOML_PIN, "call.nix": CALLS_TOML }, "dockerTools.pullImage d", "[ima"],
    ["in Nix", "images.nix", { "images.nix": SET, "call.nix": CALLS_SET }, "dockerTools.pullImage (", "{\n    ima"],
  ])("%s has a lens at both, and either updates it", async (_, data, files, call, values) => {
    for (const clicked of ["call.nix", data]) {
      const place = await session(files);
      await place.open("call.nix");
      await place.open(data);
      const [atCall] = await place.untilTitles("call.nix", MOVED);
      const [atValues] = await place.untilTitles(data, MOVED);
      expect(atCall!.range.start.line).toBe(place.at("call.nix", call).line);
      expect(atValues!.range.start.line).toBe(place.at(data, values).line);
      await place.click(clicked === data ? atValues : atCall);
      expect(place.text(data)).toBe((await updatedByCli(files, place.registry))[data]);
      expect(place.text("call.nix")).toBe(files["call.nix"]);
      await place.untilTitles("call.nix", "Up to date");
      await place.untilTitles(data, "Up to date");
    }
  });

  test("is edited on the disk where it is not open", async () => {
    const files = { "alpine.json": JSON_PIN, "call.nix": CALLS_JSON };
    const place = await session(files);
    await place.open("call.nix");
    await place.click((await place.untilTitles("call.nix", MOVED))[0]);
    expect(place.text("alpine.json")).toBe((await updatedByCli(files, place.registry))["alpine.json"]);
    expect(fileEditsOf(place.edits[0]!.edit).map(({ uri, version }) => [uri, version])).toEqual([
      [place.uri("alpine.json"), null],
    ]);
  });

  test("in two files is updated by one edit", async () => {
    const place = await session(SPLIT);
    await place.open("call.nix");
    await place.open("hashes.nix");
    await place.click((await place.untilTitles("call.nix", MOVED))[0]);
    const updated = await updatedByCli(SPLIT, place.registry);
    for (const name of Object.keys(SPLIT)) expect(place.text(name), name).toBe(updated[name]);
    expect(place.edits).toHaveLength(1);
    expect(fileEditsOf(place.edits[0]!.edit).map(({ version }) => version)).toEqual([1, 1]);
  });

  test("in two files is left alone when one of them says something else by the time the update is there", async () => {
    let edit = async () => {};
    const place = await session(SPLIT, { onBlob: () => void edit() });
    await place.open("call.nix");
    await place.open("hashes.nix");
    const [lens] = await place.untilTitles("call.nix", MOVED);
    const other = STALE_HASH.replace("I", "A");
    edit = async () => {
      edit = async () => {};
      await place.replace("hashes.nix", STALE_HASH, other);
    };
    await place.click(lens);
    expect(place.edits).toEqual([]);
    expect(place.text("call.nix")).toBe(SPLIT["call.nix"]);
    expect(place.text("hashes.nix")).toBe(SPLIT["hashes.nix"].replace(STALE_HASH, other));
  });

  test("is read with the text that the editor has of the other file, saved or not", async () => {
    const place = await session({ "images.nix": SET, "call.nix": CALLS_SET }, OFFLINE);
    await place.open("call.nix");
    await place.open("images.nix");
    expect(await place.titles("call.nix")).toEqual(["Update digest and hash"]);
    await place.replace("images.nix", STALE_HASH, "");
    expect(await place.titles("call.nix")).toEqual(["Add hash"]);
    await place.replace("images.nix", '"alpine"', '"alpine:3.20"');
    expect(await place.titles("call.nix")).toEqual(["Cannot update: imageName is not an image name"]);
    await place.replace("images.nix", "{\n  app", "{\n\n\n  app");
    expect((await place.lenses("images.nix"))[0]?.range.start.line).toBe(place.at("images.nix", "app =").line);
  });

  test("is read anew when the other file changes on the disk", async () => {
    const place = await session({ "images.nix": SET, "call.nix": CALLS_SET }, OFFLINE);
    await place.open("call.nix");
    expect(await place.titles("call.nix")).toEqual(["Update digest and hash"]);
    place.write("images.nix", SET.replace(STALE_HASH, ""));
    await place.connection.sendNotification("workspace/didChangeWatchedFiles", {
      changes: [{ uri: place.uri("images.nix"), type: FileChangeType.Changed }],
    });
    await place.untilTitles("call.nix", "Add hash");
  });

  test("is known by a call in a file that is not open", async () => {
    const place = await session({
      "data.json": `{ "tag": "3.20", "pin": "${STALE_DIGEST}" }\n`,
      "call.nix": calling("data.json"),
    });
    await place.open("data.json");
    await place.untilTitles("data.json", "Add hash");
    expect((await place.lenses("data.json"))[0]?.range.start).toEqual(place.at("data.json", `"${STALE_DIGEST}"`));
  });

  test("has its problems where its values stand", async () => {
    const place = await session({ "alpine.json": JSON_PIN.replace(STALE_HASH, ""), "call.nix": CALLS_JSON }, OFFLINE);
    await place.open("call.nix");
    await place.open("alpine.json");
    expect(codesOf(await place.diagnostics("alpine.json"))).toEqual(["placeholder-hash"]);
    expect(codesOf(await place.diagnostics("call.nix"))).toEqual([]);
  });

  test("is offered its fixes at the call, and their edit is one of the other file", async () => {
    const place = await session({ "alpine.json": JSON_PIN, "call.nix": CALLS_JSON });
    await place.open("call.nix");
    await place.untilTitles("call.nix", MOVED);
    const actions = await place.actions("call.nix", place.rangeOf("call.nix", "pullImage"));
    await place.choose(actions.find(({ title }) => title === "Update digest and hash"));
    expect(place.text("alpine.json")).not.toContain(STALE_DIGEST);
    expect(place.text("call.nix")).toBe(CALLS_JSON);
  });
});

describe("a JSON document", () => {
  test("has lens, hover and link without any Nix code beside it", async () => {
    const place = await session({ "alpine.json": JSON_PIN });
    await place.open("alpine.json");
    const [lens] = await place.untilTitles("alpine.json", MOVED);
    const textDocument = { uri: place.uri("alpine.json") };
    const position = place.at("alpine.json", "imageDigest");
    const hover = await place.connection.sendRequest(HoverRequest.type, { textDocument, position });
    expect(JSON.stringify(hover?.contents)).toContain("points to another image now");
    const links = await place.connection.sendRequest(DocumentLinkRequest.type, { textDocument });
    expect(links?.map(({ target }) => target)).toEqual(["https://hub.docker.com/_/alpine"]);
    await place.click(lens);
    expect(place.text("alpine.json")).toBe(
      (await updatedByCli({ "alpine.json": JSON_PIN }, place.registry))["alpine.json"],
    );
  });

  test("has nothing where there is no pin", async () => {
    const place = await session({ "package.json": '{ "name": "alpine", "version": "3.20" }\n', "a.nix": ALPINE });
    await place.open("package.json");
    expect(await place.lenses("package.json")).toEqual([]);
    expect(await place.diagnostics("package.json")).toEqual([]);
  });
});

test("an update of the workspace counts a pin once that shows in two files", async () => {
  const files = { "alpine.json": JSON_PIN, "call.nix": CALLS_JSON, "own.nix": ALPINE };
  const place = await session(files);
  await place.execute(SERVER_COMMANDS.updateWorkspace);
  const updated = await updatedByCli(files, place.registry);
  for (const name of Object.keys(files)) expect(place.text(name), name).toBe(updated[name]);
  expect(place.sent<{ message: string }>("window/showMessage").at(-1)?.message).toContain("2 updated");
});

function calling(file: string): string {
  return `{ lib, dockerTools }:
let data = lib.importJSON ./${file}; in
dockerTools.pullImage {
  imageName = "alpine";
  imageDigest = data.pin;
  finalImageTag = data.tag;
}
`;
}
