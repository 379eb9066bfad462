import { describe, expect, test } from "vitest";
import type { SourceFiles } from "../../../server/src/nix/source.ts";
import { type Digest, digestOf } from "../../../server/src/oci/digest.ts";
import { assessPin } from "../../../server/src/pins/assess.ts";
import { checkPins } from "../../../server/src/pins/check.ts";
import { labelOf } from "../../../server/src/pins/label.ts";
import { manifestText } from "../../../server/src/pins/manifest-file.ts";
import { rehashPin } from "../../../server/src/pins/rehash.ts";
import { rewriteFiles } from "../../../server/src/pins/rewrite.ts";
import { updatePins } from "../../../server/src/pins/update.ts";
import { verifyPins } from "../../../server/src/pins/verify.ts";
import { addIndex } from "../../support/images/image.ts";
import { type RegistryContent, repositoryOf } from "../../support/registry/content.ts";
import { type AppDigests, appRegistry, benchOver, pinIn, SETTINGS } from "./harness.ts";

const FILE = "app.json";

/** A pin whose manifest file has this text, or is not there. */
function manifestPin(manifest: string | null, more = 'imageTag = "1.0";') {
  const text = `nix2container.pullImageFromManifest { imageName = "org/app"; imageManifest = ./${FILE}; ${more} }`;
  const files: SourceFiles = {
    open: () => (manifest === null ? { reason: "there is no such file" } : { file: FILE, text: manifest }),
  };
  const textOf = (file: string) => (file === FILE ? manifest : text);
  return { pin: pinIn(text, files), textOf };
}

function servedIn(content: RegistryContent, digest: Digest): string {
  const manifest = repositoryOf(content, "org/app").manifests.get(digest);
  return Buffer.from(manifest?.bytes ?? []).toString("utf8");
}

const compact = (text: string) => JSON.stringify(JSON.parse(text));
const pretty = (text: string) => `${JSON.stringify(JSON.parse(text), null, 2)}\n`;
const reversed = (text: string) => JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(text)).reverse()));

function removeBlobsOf(content: RegistryContent, digest: Digest): void {
  const { config } = JSON.parse(servedIn(content, digest)) as { config: { digest: Digest } };
  repositoryOf(content, "org/app").blobs.delete(config.digest);
}

describe("the pin of a manifest file", () => {
  test("has the digest of the file, a final newline aside", () => {
    const { content, digests } = appRegistry();
    for (const end of ["", "\n", "\r\n"]) {
      const { status, image } = assessPin(manifestPin(servedIn(content, digests.newAmd64) + end).pin, SETTINGS);
      expect(status).toBe("unchecked");
      expect(image).toMatchObject({ digest: digests.newAmd64, hash: digests.newAmd64, format: "manifest", tag: "1.0" });
    }
  });

  test.each([
    ["", "docker.io/org/app"],
    ['registryUrl = "registry-1.docker.io";', "docker.io/org/app"],
    ['registryUrl = "registry.hub.docker.com";', "docker.io/org/app"],
    ['registryUrl = "ghcr.io";', "ghcr.io/org/app"],
    ['registryUrl = "localhost:5000";', "localhost:5000/org/app"],
  ])("%s is of %s", (more, expected) => {
    const { content, digests } = appRegistry();
    const { image } = assessPin(manifestPin(servedIn(content, digests.newAmd64), more).pin, SETTINGS);
    const { registry, path } = image?.target.repository ?? {};
    expect(`${registry}/${path}`).toBe(expected);
  });

  test("is called by its registry", () => {
    expect(labelOf(manifestPin("{}", 'registryUrl = "ghcr.io"; imageTag = "1.0";').pin)).toBe("ghcr.io/org/app:1.0");
    expect(labelOf(manifestPin("{}").pin)).toBe("org/app:1.0");
  });

  test.each<[title: string, manifest: string | null, more: string | undefined, status: string, code: string]>([
    ["an empty file", "", undefined, "incomplete", "manifest-malformed"],
    ["no JSON", "{", undefined, "incomplete", "manifest-malformed"],
    ["no manifest", "{}", undefined, "incomplete", "manifest-malformed"],
    ["no file", null, undefined, "computed", "pin-computed"],
    ["an unknown registry", "{}", "registryUrl = config.registry;", "computed", "pin-computed"],
    ["an unknown arch", "{}", "arch = config.arch;", "computed", "pin-computed"],
    ["a wrong arch", "{}", 'arch = "x86_64";', "incomplete", "unknown-platform"],
  ])("%s", (_, manifest, more, status, code) => {
    expect(assessPin(manifestPin(manifest, more).pin, SETTINGS)).toMatchObject({ status, problem: { code } });
  });
});

describe("a pinned manifest against its tag", () => {
  interface Row {
    readonly title: string;
    readonly pinned: keyof AppDigests;
    readonly laidOut?: (text: string) => string;
    readonly more?: string;
    readonly without?: "config" | "tag" | "config and tag";
    readonly status: string;
    readonly becomes?: keyof AppDigests;
  }
  const tag = 'imageTag = "1.0";';
  const rows: Row[] = [
    { title: "the tag's, byte for byte", pinned: "newAmd64", status: "fresh" },
    { title: "the tag's, compact", pinned: "newAmd64", laidOut: compact, status: "fresh" },
    { title: "the tag's, laid out by jq", pinned: "newAmd64", laidOut: pretty, status: "fresh" },
    { title: "the tag's, members in another order", pinned: "newAmd64", laidOut: reversed, status: "fresh" },
    { title: "of a stated platform", pinned: "newArm64", more: `${tag} arch = "arm64";`, status: "fresh" },
    {
      title: "of another platform than stated",
      pinned: "newArm64",
      more: `${tag} arch = "amd64";`,
      status: "stale",
      becomes: "newAmd64",
    },
    { title: "of no stated platform keeps its own", pinned: "newArm64", status: "fresh" },
    { title: "an older one", pinned: "oldAmd64", status: "stale", becomes: "newAmd64" },
    { title: "an older one keeps its platform", pinned: "oldArm64", status: "stale", becomes: "newArm64" },
    {
      title: "of a tag that is no index",
      pinned: "oldSingle",
      more: 'imageTag = "single";',
      status: "stale",
      becomes: "newSingle",
    },
    {
      title: "an older one whose config is gone",
      pinned: "oldAmd64",
      without: "config",
      status: "gone",
      becomes: "newAmd64",
    },
    { title: "without its tag", pinned: "oldAmd64", without: "tag", status: "unknown" },
    { title: "without its tag and its config", pinned: "oldAmd64", without: "config and tag", status: "gone" },
  ];
  test.each(rows)("$title: $status", async ({ pinned, laidOut, more, without, status, becomes }) => {
    const { content, digests } = appRegistry();
    const served = servedIn(content, digests[pinned]);
    if (without?.includes("config")) removeBlobsOf(content, digests[pinned]);
    if (without?.includes("tag")) repositoryOf(content, "org/app").tags.clear();
    const { pin } = manifestPin(laidOut?.(served) ?? served, more);
    const [check] = await checkPins([pin], benchOver(content).run);
    expect(check).toMatchObject({ status, newDigest: becomes === undefined ? null : digests[becomes] });
  });
});

describe("an update of a manifest file", () => {
  test.each<[title: string, before: (served: string) => string, after: (served: string) => string]>([
    ["as the registry has it", (served) => served, (served) => served],
    ["with a final newline", (served) => `${served}\n`, (served) => `${served}\n`],
    ["compact: as the registry has it", compact, (served) => served],
    ["laid out by jq", pretty, pretty],
    ["with Windows line endings", (served) => served.replaceAll("\n", "\r\n"), (s) => s.replaceAll("\n", "\r\n")],
  ])("%s", async (_, before, after) => {
    const { content, digests } = appRegistry();
    const bench = benchOver(content);
    const { pin, textOf } = manifestPin(before(servedIn(content, digests.oldAmd64)));
    const updates = await updatePins([{ pin, textOf }], bench.run, async () => {});
    expect(updates[0]).toMatchObject({ outcome: "updated", status: "stale", hostDependent: false });
    const { texts } = rewriteFiles(textOf, updates);
    expect([...texts]).toEqual([[FILE, after(servedIn(content, digests.newAmd64))]]);
    expect(bench.prefetched).toEqual([]);
    const again = manifestPin(texts.get(FILE) ?? "");
    const [update] = await updatePins([again], benchOver(content).run, async () => {});
    expect(update).toMatchObject({ outcome: "unchanged", change: null });
  });

  test.each(["", "{}\n", "null"])("fills in a file that has %j", async (before) => {
    const { content, digests } = appRegistry();
    const { pin, textOf } = manifestPin(before, 'imageTag = "1.0"; arch = "arm64";');
    const updates = await updatePins([{ pin, textOf }], benchOver(content).run, async () => {});
    expect(updates[0]).toMatchObject({ outcome: "updated", status: "incomplete" });
    const text = rewriteFiles(textOf, updates).texts.get(FILE);
    expect(digestOf(Buffer.from(text?.trimEnd() ?? ""))).toBe(digests.newArm64);
  });

  test("is refused where the new index lacks the platform", async () => {
    const { content, digests } = appRegistry();
    const entries = [{ manifest: digests.newAmd64, platform: "linux/amd64" }];
    addIndex(repositoryOf(content, "org/app"), { format: "oci", entries }, "1.0");
    const item = manifestPin(servedIn(content, digests.oldArm64));
    const [update] = await updatePins([item], benchOver(content).run, async () => {});
    expect(update).toMatchObject({ outcome: "failed", change: null, problem: { code: "platform-missing" } });
  });

  test("keeps the indentation of tabs", () => {
    expect(manifestText('{\n\t"a": 1\n}', Buffer.from('{"b":2}'))).toBe('{\n\t"b": 2\n}');
  });
});

describe("a pinned manifest itself", () => {
  test("is verified where the registry has its config, whatever the tag points to", async () => {
    const { content, digests } = appRegistry();
    const { pin } = manifestPin(pretty(servedIn(content, digests.oldAmd64)));
    const [verified] = await verifyPins([pin], benchOver(content).run);
    expect(verified).toMatchObject({ status: "verified", problem: null });
    removeBlobsOf(content, digests.oldAmd64);
    const [gone] = await verifyPins([pin], benchOver(content).run);
    expect(gone).toMatchObject({ status: "gone", problem: { code: "digest-gone" } });
  });

  test("has nothing to hash anew", async () => {
    const { content, digests } = appRegistry();
    const text = servedIn(content, digests.oldAmd64);
    const bench = benchOver(content);
    const change = await rehashPin(assessPin(manifestPin(text).pin, SETTINGS), bench.run);
    expect(change).toEqual({ imageDigest: digests.oldAmd64, hash: digests.oldAmd64, manifest: text });
    expect(bench.prefetched).toEqual([]);
  });
});
