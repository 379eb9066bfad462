import { expect, test } from "vitest";
import { appContent, GONE, parsed, pullImage, registryWith, SRI, workplace } from "./harness.ts";

interface VerifyDocument {
  readonly pins: readonly {
    readonly status: string;
    readonly code: string | null;
    readonly computedHash: string | null;
  }[];
}

const { content, digests } = appContent();

test("a wrong hash is told with the right one, in the pin's own encoding, and nothing is written", async () => {
  const { endpoint } = await registryWith(content);
  const base32 = "0mdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73";
  const text = pullImage({ imageDigest: digests.oldAmd64, sha256: base32, finalImageTag: "1.0" });
  const place = await workplace({ "a.nix": text });
  const { code, stdout } = await place.dockpin("verify", ...endpoint);
  expect(code).toBe(1);
  const [, right] = /^wrongHash\s+a\.nix:2 .* (\w{52}) → (?<right>\w{52})\n/.exec(stdout)?.slice(1) ?? [];
  expect(stdout).toContain(`${base32} → ${right}`);
  expect(stdout).toContain("[hash-mismatch]");
  expect(stdout).toMatch(/\n1 pin: 1 wrongHash\.\n$/);
  expect(await place.read("a.nix")).toBe(text);

  const mended = await workplace({ "a.nix": text.replace(base32, right ?? "") });
  expect(await mended.dockpin("verify", ...endpoint)).toMatchObject({ code: 0 });
});

test("a stale pin verifies: its hash belongs to its own digest", async () => {
  const { endpoint } = await registryWith(content);
  const text = pullImage({ imageDigest: digests.oldAmd64, hash: "", finalImageTag: "1.0" });
  const place = await workplace({ "a.nix": text });
  const computed = await place.dockpin(
    "prefetch",
    "--json",
    "registry.example/org/app",
    digests.oldAmd64,
    "--image-tag",
    "1.0",
    ...endpoint,
  );
  const { hash } = parsed<{ hash: string }>(computed);
  const pinned = await workplace({ "a.nix": text.replace('hash = ""', `hash = "${hash}"`) });
  expect(await pinned.dockpin("check", ...endpoint)).toMatchObject({ code: 1 });
  expect(await pinned.dockpin("verify", ...endpoint)).toMatchObject({ code: 0 });
});

test.each<[title: string, text: string, code: number, status: string, problem: string]>([
  ["no hash", pullImage({ imageDigest: digests.newIndex }), 1, "incomplete", "missing-hash"],
  ["digest gone", pullImage({ imageDigest: GONE, hash: SRI }), 1, "gone", "digest-gone"],
])("%s", async (_, text, code, status, problem) => {
  const { endpoint } = await registryWith(content);
  const { dockpin } = await workplace({ "a.nix": text });
  const outcome = await dockpin("verify", "--json", ...endpoint);
  expect(outcome.code).toBe(code);
  expect(parsed<VerifyDocument>(outcome).pins).toEqual([
    expect.objectContaining({ status, code: problem, computedHash: null }),
  ]);
});

test("the hash that another function wants is computed as well", async () => {
  const { endpoint } = await registryWith(content);
  const text = pullImage({ imageDigest: digests.newIndex, sha256: SRI }).replaceAll("dockerTools", "nix2container");
  const { dockpin } = await workplace({ "a.nix": text });
  const outcome = await dockpin("verify", "--json", ...endpoint);
  expect(outcome.code).toBe(1);
  expect(parsed<VerifyDocument>(outcome).pins).toMatchObject([
    { status: "wrongHash", code: "hash-mismatch", computedHash: expect.stringMatching(/^sha256-/) },
  ]);
});
