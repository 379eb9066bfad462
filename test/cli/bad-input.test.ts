import { chmod } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import type { Digest } from "../../server/src/oci/digest.ts";
import { createCertificate } from "../support/certificate.ts";
import { addManifest } from "../support/registry/content.ts";
import type { FaultRow } from "../support/registry/faults.ts";
import { startRegistry } from "../support/registry/server.ts";
import { appContent, GONE, parsed, pullImage, REGISTRY, registryWith, SRI, workplace } from "./harness.ts";

interface Document {
  readonly pins: readonly { readonly status: string; readonly code: string; readonly reason: string }[];
  readonly problems: readonly { readonly file: string; readonly code: string; readonly message: string }[];
}

const { content, digests } = appContent();
const complete = { imageDigest: digests.oldIndex, hash: SRI, finalImageTag: "1.0" };
const stale = pullImage(complete);

/** What happened, and behind a semicolon or comma what to do about it. */
const SENTENCE = /^[^\n.]\S*[^\n]+[;,:] [^\n]+\.$/;

describe("files", () => {
  test.each<[title: string, bytes: Uint8Array, code: string, message: RegExp]>([
    ["not UTF-8", Buffer.from(`# caf\xe9\n${stale}`, "latin1"), "file-not-utf8", /convert it/],
    [
      "over 10 MB",
      Buffer.from(stale + " ".repeat(11 * 1024 * 1024)),
      "file-too-large",
      /larger than 10 MB; move its pins/,
    ],
  ])("%s: named or found, it is told, and the others are read", async (_, bytes, code, message) => {
    const { dockpin } = await workplace({ "bad.nix": bytes, "good.nix": stale });
    for (const path of ["bad.nix", "."]) {
      const outcome = await dockpin("list", "--json", path, "good.nix");
      expect(outcome.code).toBe(2);
      expect(outcome.stderr).toMatch(new RegExp(`^dockpin: bad\\.nix: .+\\. \\[${code}\\]\n$`));
      expect(outcome.stderr).toMatch(message);
      expect(parsed(outcome)).toHaveLength(1);
    }
  });

  test("a large file without pins, found in a folder, is no problem", async () => {
    const { dockpin } = await workplace({ "packages.nix": `{ }${" ".repeat(11 * 1024 * 1024)}` });
    expect(await dockpin("list")).toMatchObject({ code: 0 });
  });

  test.skipIf(process.platform === "win32")("unreadable", async () => {
    // Root may read everything.
    const place = await workplace(
      { "bad.nix": stale, "good.nix": stale },
      process.getuid?.() === 0 ? { uid: 65534 } : {},
    );
    await chmod(place.path("bad.nix"), 0);
    await chmod(place.path(".."), 0o755);
    const outcome = await place.dockpin("list", "--json");
    expect(outcome.code).toBe(2);
    expect(outcome.stderr).toMatch(
      /bad\.nix: It cannot be read \(EACCES\); check its permissions\. \[file-unreadable\]/,
    );
    expect(parsed(outcome)).toHaveLength(1);
  });

  test("a path that is not there", async () => {
    const { dockpin } = await workplace();
    expect(await dockpin("list", "nowhere.nix")).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(
        /nowhere\.nix: There is no such file or folder; check the path\. \[path-not-found\]/,
      ),
    });
  });

  test("a syntax error elsewhere: the pins are read, and the error is told with its line", async () => {
    const { endpoint } = await registryWith(content);
    const place = await workplace({ "a.nix": `{\n  one = (${stale});\n  two = = 3;\n}\n` });
    const outcome = await place.dockpin("update", "--json", ...endpoint);
    expect(parsed<Document>(outcome).problems).toEqual([
      { file: "a.nix", code: "syntax-error", message: expect.stringMatching(/line \d+/) },
    ]);
    expect(outcome.code).toBe(2);
    expect(await place.read("a.nix")).toContain(digests.newIndex);
  });
});

describe("pins", () => {
  const inside = (attributes: string) =>
    `{ dockerTools }:\ndockerTools.pullImage {\n  imageName = "registry.example/org/app";\n${attributes}}\n`;
  const digest = `  imageDigest = "${digests.oldIndex}";\n`;
  const hash = `  hash = "${SRI}";\n`;

  test.each<[title: string, text: string, status: string, code: string]>([
    ["an error inside", inside(`${digest}${hash}  finalImageTag = = "1.0";\n`), "computed", "syntax-error"],
    ["an attribute twice", inside(digest + digest + hash), "computed", "duplicate-attribute"],
    ["hash and sha256", inside(`${digest}${hash}  sha256 = "${SRI}";\n`), "computed", "hash-attribute-conflict"],
    [
      "digest in upper case",
      pullImage({ ...complete, imageDigest: `sha256:${"D".repeat(64)}` }),
      "incomplete",
      "malformed-digest",
    ],
    ["digest too short", pullImage({ ...complete, imageDigest: "sha256:abc" }), "incomplete", "malformed-digest"],
    [
      "a tag in the name",
      pullImage({ ...complete, imageName: "registry.example/org/app:1.0" }),
      "incomplete",
      "malformed-reference",
    ],
    ["arch x86_64", pullImage({ ...complete, arch: "x86_64" }), "incomplete", "unknown-platform"],
    ["unknown platform", pullImage({ ...complete, arch: "z80" }), "incomplete", "unknown-platform"],
    ["malformed hash", pullImage({ ...complete, hash: "sha256-abc" }), "incomplete", "malformed-hash"],
    ["a tag that does not exist", pullImage({ ...complete, finalImageTag: "9.9" }), "unknown", "tag-not-found"],
    ["a digest that is gone", pullImage({ ...complete, imageDigest: GONE }), "gone", "digest-gone"],
    [
      "no image for the platform",
      pullImage({ ...complete, imageDigest: digests.oldAmd64, arch: "s390x" }),
      "unknown",
      "platform-missing",
    ],
  ])("%s", async (_, text, status, code) => {
    const { endpoint } = await registryWith(content);
    const { dockpin } = await workplace({ "a.nix": text });
    const { pins } = parsed<Document>(await dockpin("check", "--json", ...endpoint));
    expect(pins).toEqual([expect.objectContaining({ status, code, reason: expect.stringMatching(SENTENCE) })]);
  });

  test("two pins on one line are two pins", async () => {
    const one = `(pullImage { imageName = "registry.example/org/app"; imageDigest = "${digests.newIndex}"; hash = "${SRI}"; finalImageTag = "1.0"; })`;
    const { endpoint } = await registryWith(content);
    const { dockpin } = await workplace({ "a.nix": `{ pullImage }: [ ${one} ${one} ]\n` });
    const pins = parsed<{ pins: { line: number; column: number; status: string }[] }>(
      await dockpin("check", "--json", ...endpoint),
    ).pins;
    expect(pins.map(({ line, status }) => [line, status])).toEqual([
      [1, "fresh"],
      [1, "fresh"],
    ]);
    expect(new Set(pins.map(({ column }) => column)).size).toBe(2);
  });
});

describe("registries", () => {
  const blob = /\/blobs\//;
  const manifest = /\/manifests\//;
  const layer = layerOf(digests.newAmd64);
  const faults = (path: RegExp, fault: FaultRow["fault"], method?: string): FaultRow[] => [
    { path, fault, ...(method !== undefined && { method }) },
  ];

  test.each<[title: string, faults: FaultRow[], code: string]>([
    ["401", faults(/./, { do: "answer", status: 401 }), "registry-unauthorized"],
    ["403", faults(manifest, { do: "answer", status: 403 }), "registry-denied"],
    [
      "429 with a long wait",
      faults(manifest, { do: "answer", status: 429, headers: { "Retry-After": "3600" } }),
      "registry-rate-limited",
    ],
    ["500", faults(manifest, { do: "answer", status: 500 }), "registry-failed"],
    ["a truncated blob", faults(blob, { do: "cut", afterBytes: 5 }), "blob-truncated"],
    [
      "another blob",
      faults(new RegExp(layer.digest), { do: "body", body: Buffer.alloc(layer.size) }),
      "digest-mismatch",
    ],
    ["a blob that is gone", faults(blob, { do: "answer", status: 404 }), "blob-missing"],
  ])("%s", async (_, script, code) => {
    const { endpoint } = await registryWith(content, { faults: script });
    const place = await workplace({ "a.nix": stale });
    const outcome = await place.dockpin("update", "--json", ...endpoint);
    expect(outcome.code).toBe(2);
    expect(parsed<Document>(outcome).pins).toEqual([
      expect.objectContaining({ outcome: "failed", code, reason: expect.stringMatching(SENTENCE) }),
    ]);
    expect(await place.read("a.nix")).toBe(stale);
  });

  test("JSON that is no manifest", async () => {
    const { content: mangled, digests: names } = appContent();
    const app = mangled.get("org/app")!;
    addManifest(app, { mediaType: "application/vnd.oci.image.manifest.v1+json", bytes: Buffer.from("[1]") }, "odd");
    const { endpoint } = await registryWith(mangled);
    const { dockpin } = await workplace({
      "a.nix": pullImage({ ...complete, imageDigest: names.oldAmd64, finalImageTag: "odd" }),
    });
    const outcome = await dockpin("update", "--json", ...endpoint);
    expect(outcome.code).toBe(2);
    expect(parsed<Document>(outcome).pins[0]).toMatchObject({
      code: expect.stringMatching(/^manifest-/),
      reason: expect.stringMatching(SENTENCE),
    });
  });

  test("down", async () => {
    const registry = await startRegistry(content);
    await registry.close();
    const endpoint = ["--endpoint", `${REGISTRY}=${registry.origin}`];
    const { dockpin } = await workplace({ "a.nix": stale });
    const outcome = await dockpin("check", "--json", ...endpoint);
    expect(outcome.code).toBe(2);
    expect(parsed<Document>(outcome).pins).toEqual([
      expect.objectContaining({
        status: "unknown",
        code: "registry-unreachable",
        reason: expect.stringMatching(SENTENCE),
      }),
    ]);
  });

  test("wrong certificate", async () => {
    const { endpoint } = await registryWith(content, { tls: createCertificate({ hosts: ["elsewhere.example"] }) });
    const { dockpin } = await workplace({ "a.nix": stale });
    const outcome = await dockpin("check", "--json", ...endpoint);
    expect(outcome.code).toBe(2);
    expect(parsed<Document>(outcome).pins).toEqual([
      expect.objectContaining({ status: "unknown", code: "registry-tls", reason: expect.stringMatching(SENTENCE) }),
    ]);
  });
});

function layerOf(digest: Digest): { readonly digest: string; readonly size: number } {
  const { bytes } = content.get("org/app")!.manifests.get(digest)!;
  const manifest = JSON.parse(Buffer.from(bytes).toString("utf8")) as { layers: { digest: string; size: number }[] };
  return manifest.layers[0]!;
}
