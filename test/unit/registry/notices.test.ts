import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Tag } from "../../../server/src/oci/reference.ts";
import { describeNotice, type RegistryNotice } from "../../../server/src/registry/notices.ts";
import { readRateLimit } from "../../../server/src/registry/rate-limit.ts";
import { readWarnings } from "../../../server/src/registry/warning-header.ts";
import { withClient } from "../../support/registry/client-harness.ts";
import type { FaultRow } from "../../support/registry/faults.ts";
import { startRegistry } from "../../support/registry/server.ts";

const TAG = "1.0" as Tag;

describe("Docker Hub's rate limit", () => {
  test.each<[limit: string[], remaining: string[], read: object | null]>([
    [["100;w=21600"], ["76;w=21600"], { limit: 100, remaining: 76, windowSeconds: 21_600 }],
    [["100"], ["0"], { limit: 100, remaining: 0, windowSeconds: null }],
    [["100;w=21600"], ["7"], { limit: 100, remaining: 7, windowSeconds: 21_600 }],
    [[" 200 ; w=60, 200;w=60"], ["9;w=60;comment"], { limit: 200, remaining: 9, windowSeconds: 60 }],
    [[], ["76;w=21600"], null],
    [["100;w=21600"], [], null],
    [["-1"], ["5"], null],
    [["many"], ["some"], null],
    [["1e9"], ["5"], null],
    [["9".repeat(100)], ["5"], null],
  ])("%j and %j: %j", (limit, remaining, read) => {
    expect(readRateLimit(limit, remaining)).toEqual(read);
  });
});

describe("warnings", () => {
  test.each<[lines: string[], texts: string[]]>([
    [['299 - "this image is deprecated"'], ["this image is deprecated"]],
    [['299 r.example:5000 "a, \\"b\\" \\\\ c" "Tue, 24 Nov 2026 12:00:00 GMT"'], ['a, "b" \\ c']],
    [
      ['299 - "one", 299 - "two"', '299 - "three"'],
      ["one", "two", "three"],
    ],
    [['110 - "stale", 299 - "kept"'], ["kept"]],
    [['299 - "first", nonsense, 299 - "lost"'], ["first"]],
    [["299 - unquoted"], []],
    [['299 - "unclosed'], []],
    [['"299 - x"'], []],
    [[""], []],
    [[], []],
  ])("%j: %j", (lines, texts) => {
    expect(readWarnings(lines)).toEqual(texts);
  });

  test("of any text are parts of it", () => {
    const words = fc.constantFrom("299", " ", "-", '"', ",", "\\", "a", "\u0000", "110");
    fc.assert(
      fc.property(fc.array(words), (parts) => {
        for (const text of readWarnings([parts.join("")])) expect(typeof text).toBe("string");
      }),
    );
  });

  test.each([
    ['"', '299 - "a"'.repeat(120_000)],
    ["spaces", `299${" ".repeat(2 ** 20)}`],
    ["backslashes", `299 - "${"\\".repeat(2 ** 20)}`],
    ["commas", ",".repeat(2 ** 20)],
  ])("a megabyte of %s is read in linear time, since only its start is", (_name, line) => {
    expect(readWarnings([line]).length).toBeLessThan(2);
  });
});

test.each<[RegistryNotice, sentence: string]>([
  [
    { kind: "rate-limit", registry: "docker.io", limit: 100, remaining: 12, windowSeconds: 21_600 },
    "docker.io allows 12 of 100 pulls in 6 h 00 min; sign in for a higher limit.",
  ],
  [
    { kind: "rate-limit", registry: "docker.io", limit: 100, remaining: 0, windowSeconds: null },
    "docker.io allows no more of 100 pulls; sign in for a higher limit.",
  ],
  [
    { kind: "warning", registry: "r.example", text: "this image is deprecated" },
    "r.example warns: this image is deprecated",
  ],
])("%j reads: %s", (notice, sentence) => {
  expect(describeNotice(notice)).toBe(sentence);
});

describe("notices of a client", () => {
  const rate = (remaining: number): FaultRow => ({
    path: /manifests/,
    times: 1,
    fault: {
      do: "headers",
      headers: { "RateLimit-Limit": "100;w=21600", "RateLimit-Remaining": `${remaining};w=21600` },
    },
  });
  const warning = (text: string): FaultRow => ({
    path: /manifests/,
    times: 1,
    fault: { do: "headers", headers: { Warning: `299 - "${text}"` } },
  });

  async function noticesOf(faults: readonly FaultRow[]): Promise<RegistryNotice[]> {
    const notices: RegistryNotice[] = [];
    const client = { onNotice: (notice: RegistryNotice) => notices.push(notice) };
    await withClient({ registry: { faults }, client }, async ({ client, target }) => {
      for (const _ of faults) await client.resolve(target, TAG);
    });
    return notices;
  }

  test.each<[string, remaining: number[], told: number[]]>([
    ["enough", [100, 50, 21], []],
    ["a fifth left", [21, 20, 19, 18], [20]],
    ["nothing left", [20, 1, 0, 0], [20, 0]],
    ["enough again, and little again", [20, 100, 15], [20, 15]],
  ])("the rate limit, once when it gets low: %s", async (_name, remaining, told) => {
    const notices = await noticesOf(remaining.map(rate));
    expect(notices).toEqual(
      told.map((left) => ({
        kind: "rate-limit",
        registry: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
        limit: 100,
        remaining: left,
        windowSeconds: 21_600,
      })),
    );
  });

  test("the rate limit of a refusal", async () => {
    const headers = { "RateLimit-Limit": "100;w=21600", "RateLimit-Remaining": "0;w=21600", "Retry-After": "1" };
    expect(
      await noticesOf([{ path: /manifests/, times: 1, fault: { do: "answer", status: 429, headers } }]),
    ).toMatchObject([{ kind: "rate-limit", remaining: 0 }]);
  });

  test("each warning once, without control characters, bounded", async () => {
    const long = "x".repeat(500);
    const notices = await noticesOf([warning("deprecated"), warning("deprecated"), warning("a\tb"), warning(long)]);
    expect(notices.map((notice) => notice.kind === "warning" && notice.text)).toEqual([
      "deprecated",
      "a b",
      `${"x".repeat(199)}…`,
    ]);
  });

  test("warnings of 4096 bytes in all", async () => {
    const rows = Array.from({ length: 60 }, (_, index) =>
      warning(`${String(index).padStart(2, "0")}${"y".repeat(98)}`),
    );
    expect(await noticesOf(rows)).toHaveLength(40);
  });

  test("no secret in a warning", async () => {
    const [notice] = await noticesOf([warning("see https://s3.example/x?X-Amz-Signature=canary")]);
    expect(JSON.stringify(notice)).toMatch(/see https:\/\/s3\.example\/x\?\*\*\*/);
  });

  test("nothing that another host says", async () => {
    const elsewhere = await startRegistry(new Map(), {
      faults: [{ path: /./, fault: { do: "answer", status: 404, headers: { Warning: '299 - "buy"' } } }],
    });
    const notices: RegistryNotice[] = [];
    const location = elsewhere.origin;
    const faults: FaultRow[] = [{ path: /manifests/, fault: { do: "redirect", location } }];
    try {
      await withClient(
        { registry: { faults }, client: { onNotice: (notice) => notices.push(notice) } },
        async ({ client, target }) => {
          await expect(client.manifest(target, TAG)).rejects.toMatchObject({ code: "registry-not-found" });
        },
      );
      expect(notices).toEqual([]);
    } finally {
      await elsewhere.close();
    }
  });
});
