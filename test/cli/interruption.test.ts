import { describe, expect, test } from "vitest";
import type { RegistryOptions } from "../support/registry/server.ts";
import { appContent, filesIn, pullImage, registryWith, SRI, until, workplace } from "./harness.ts";

const { content, digests } = appContent();
const stale = pullImage({ imageDigest: digests.oldAmd64, hash: SRI, finalImageTag: "1.0" });
const single = pullImage({ imageDigest: digests.oldAmd64, hash: SRI, finalImageTag: "single" });
const isBlob = ({ path }: { readonly path: string }) => path.includes("/blobs/");

/** A registry that stops in the middle of every blob. */
function stalling() {
  return registryWith(content, { faults: [{ path: /\/blobs\//, fault: { do: "stall", afterBytes: 10 } }] });
}

describe.skipIf(process.platform === "win32")("an interrupted command", () => {
  test.each<[signal: NodeJS.Signals, code: number]>([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ])("ends on %s with %i, one line, and leaves nothing behind", async (signal, code) => {
    const { registry, endpoint } = await stalling();
    const place = await workplace({ "a.nix": stale });
    const { child, outcome } = place.start("update", "--quiet", ...endpoint);
    await until(() => registry.requests.some(isBlob));
    child.kill(signal);
    expect(await outcome).toEqual({ code, stdout: "", stderr: "Interrupted.\n" });
    expect(await place.read("a.nix")).toBe(stale);
    expect(await filesIn(place.folder)).toEqual(["a.nix"]);
    expect(await filesIn(place.temporaryFolder)).toEqual([]);
  });

  test("a second Ctrl-C does not wait, and leaves nothing either", async () => {
    const { registry, endpoint } = await stalling();
    const place = await workplace({ "a.nix": stale });
    const { child, outcome } = place.start("update", "--quiet", ...endpoint);
    await until(() => registry.requests.some(isBlob));
    child.kill("SIGINT");
    child.kill("SIGINT");
    expect(await outcome).toEqual({ code: 130, stdout: "", stderr: "Interrupted.\n" });
    expect(await filesIn(place.temporaryFolder)).toEqual([]);
  });

  test("prefetch --output leaves no part of the image", async () => {
    const { registry, endpoint } = await stalling();
    const place = await workplace();
    const { child, outcome } = place.start(
      "prefetch",
      "registry.example/org/app",
      "1.0",
      "--output",
      "x.tar",
      ...endpoint,
    );
    await until(() => registry.requests.some(isBlob));
    child.kill("SIGINT");
    expect((await outcome).code).toBe(130);
    expect([...(await filesIn(place.folder)), ...(await filesIn(place.temporaryFolder))]).toEqual([]);
  });

  test("what was written before stays, and was told", async () => {
    const config = await configOf("single");
    const { registry, endpoint } = await registryWith(content, {
      faults: [{ path: new RegExp(`/blobs/${config}`), fault: { do: "stall", afterBytes: 10 } }],
      gate: singleAfterBlobs(),
    });
    const place = await workplace({ "a.nix": stale, "b.nix": single });
    const { child, outcome, stdoutSoFar } = place.start("update", "--concurrency", "1", ...endpoint);
    await until(() => stdoutSoFar().includes("a.nix") && registry.requests.some(({ path }) => path.includes(config)));
    child.kill("SIGINT");
    const { code, stdout, stderr } = await outcome;
    expect(code).toBe(130);
    expect(stdout).toMatch(/^updated +a\.nix/);
    expect(stderr).toMatch(/^Interrupted\.\n$/);
    expect(await place.read("a.nix")).toContain(digests.newAmd64);
    expect(await place.read("b.nix")).toBe(single);
  });

  test("in JSON, the document has what was finished", async () => {
    const config = await configOf("single");
    const { registry, endpoint } = await registryWith(content, {
      faults: [{ path: new RegExp(`/blobs/${config}`), fault: { do: "stall", afterBytes: 10 } }],
      gate: singleAfterBlobs(),
    });
    const place = await workplace({ "a.nix": stale, "b.nix": single });
    const { child, outcome } = place.start("update", "--json", "--concurrency", "1", ...endpoint);
    await until(() => registry.requests.some(({ path }) => path.includes(config)));
    child.kill("SIGINT");
    const { code, stdout } = await outcome;
    expect(code).toBe(130);
    expect(JSON.parse(stdout)).toMatchObject({ files: [{ file: "a.nix", written: true }], summary: { updated: 1 } });
  });

  test("when nobody reads the output any more it ends quietly", async () => {
    const place = await workplace({ "a.nix": stale });
    const { child, outcome } = place.start("list", "--quiet");
    child.stdout.destroy();
    expect(await outcome).toMatchObject({ code: 141, stderr: "" });
  });
});

async function configOf(tag: string): Promise<string> {
  const repository = content.get("org/app")!;
  const manifest = repository.manifests.get(repository.tags.get(tag)!)!;
  return (JSON.parse(Buffer.from(manifest.bytes).toString("utf8")) as { config: { digest: string } }).config.digest;
}

/** Tells what the tag `single` is only when an image is being downloaded, so that one is the first. */
function singleAfterBlobs(): NonNullable<RegistryOptions["gate"]> {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return async ({ path }) => {
    if (isBlob({ path })) open();
    if (path.endsWith("/manifests/single")) await opened;
  };
}
