import type { AddressInfo } from "node:net";
import { createServer as createTcpServer, type Socket } from "node:net";
import { describe, expect, test } from "vitest";
import type { ErrorCode } from "../../../server/src/base/error-codes.ts";
import { silentLog } from "../../../server/src/base/log.ts";
import type { Tag } from "../../../server/src/oci/reference.ts";
import { createRegistryClient, type RegistryClientOptions } from "../../../server/src/registry/create-client.ts";
import type { Endpoint } from "../../../server/src/registry/endpoint.ts";
import { TransientFailure } from "../../../server/src/registry/retry.ts";
import { createTransport } from "../../../server/src/registry/transport.ts";
import { createCertificate } from "../../support/certificate.ts";
import {
  createTestClock,
  requestLines,
  rulesFor,
  sampleContent,
  until,
  withClient,
} from "../../support/registry/client-harness.ts";
import type { FaultRow } from "../../support/registry/faults.ts";

const TAG = "1.0" as Tag;
const { manifestDigest } = sampleContent();
const endpointAt = ({ host, origin }: URL): Endpoint => ({
  registry: host,
  credentialHost: host,
  base: new URL(origin),
  tlsVerify: true,
  trustedAuthRealms: [],
});
const HOUR = 60 * 60 * 1000;

describe("certificates are verified, and a bad one is never tried again", () => {
  const good = createCertificate({ hosts: ["127.0.0.1"] });
  const otherHost = createCertificate({ hosts: ["registry.example"] });
  const expired = createCertificate({
    hosts: ["127.0.0.1"],
    notBefore: new Date(Date.now() - 48 * HOUR),
    notAfter: new Date(Date.now() - 24 * HOUR),
  });
  const future = createCertificate({
    hosts: ["127.0.0.1"],
    notBefore: new Date(Date.now() + 24 * HOUR),
    notAfter: new Date(Date.now() + 48 * HOUR),
  });

  test("one that is trusted is accepted", async () => {
    const client = { certificateAuthorities: [good.cert] };
    await withClient({ registry: { tls: good }, client, tlsVerify: true }, async (harness) => {
      expect((await harness.client.resolve(harness.target, TAG)).digest).toBe(manifestDigest);
    });
  });

  test.each<[string, { key: string; cert: string }, trusted: boolean, RegExp]>([
    [
      "self-signed",
      good,
      false,
      /^The certificate of 127\.0\.0\.1:\d+ is self-signed; put its authority into the file of SSL_CERT_FILE, into certs\.d\/127\.0\.0\.1:\d+\/ca\.crt or into the editor's setting certificateAuthority, or set tlsVerify = false\.$/,
    ],
    ["for another host", otherHost, true, /is for another host name/],
    ["expired", expired, true, /has expired/],
    ["not valid yet", future, true, /is not valid yet/],
  ])("one that is %s is refused", async (_name, tls, trusted, message) => {
    const client = { certificateAuthorities: trusted ? [tls.cert] : [] };
    await withClient({ registry: { tls }, client, tlsVerify: true }, async (harness) => {
      await expect(harness.client.resolve(harness.target, TAG)).rejects.toMatchObject({
        code: "registry-tls",
        message: expect.stringMatching(message),
      });
      expect(harness.registry.requests).toEqual([]);
      expect(harness.clock.slept).toEqual([]);
    });
  });

  test.each([
    ["self-signed", good],
    ["for another host", otherHost],
    ["expired", expired],
  ] as const)("one that is %s is accepted with tlsVerify = false", async (_name, tls) => {
    await withClient({ registry: { tls }, tlsVerify: false }, async (harness) => {
      expect((await harness.client.resolve(harness.target, TAG)).digest).toBe(manifestDigest);
    });
  });

  test("tlsVerify = false for one request does not weaken another", async () => {
    await withClient({ registry: { tls: good } }, async ({ client, target }) => {
      await client.resolve(target, TAG);
      await expect(client.resolve({ ...target, tlsVerify: true }, TAG)).rejects.toMatchObject({ code: "registry-tls" });
    });
  });
});

describe("plain http", () => {
  test("is not spoken without tlsVerify = false, and the error says so", async () => {
    await withClient({ tlsVerify: true }, async ({ client, target, registry, clock }) => {
      await expect(client.resolve(target, TAG)).rejects.toMatchObject({
        code: "registry-tls",
        message: expect.stringMatching(
          /does not speak TLS as it should .*; if it only speaks http, set tlsVerify = false\.$/,
        ),
      });
      expect(registry.requests).toEqual([]);
      expect(clock.slept).toEqual([]);
    });
  });

  test("is spoken with tlsVerify = false after https failed, and remembered", async () => {
    await withClient({ tlsVerify: false }, async ({ client, target, registry, logged }) => {
      await client.resolve(target, TAG);
      await client.manifest(target, TAG);
      expect(requestLines(registry)).toHaveLength(3);
      expect(logged.filter((line) => line.includes("trying http"))).toHaveLength(1);
    });
  });

  test("is spoken to an endpoint that the user gave as http", async () => {
    await withClient({}, async ({ registry }) => {
      const rules = rulesFor({ "docker.io": { endpoint: registry.origin } });
      const client = createRegistryClient({ log: silentLog, rules });
      try {
        const target = { repository: { registry: "docker.io", path: "team/app" }, tlsVerify: true };
        expect((await client.resolve(target, TAG)).digest).toBe(manifestDigest);
        expect((await client.manifest(target, manifestDigest)).digest).toBe(manifestDigest);
      } finally {
        await client.close();
      }
    });
  });
});

describe("a registry that does not answer", () => {
  const timeouts = { connect: 5000, headers: 500, idleBody: 500 };
  const stall = (afterBytes: number | null, times: number): FaultRow => ({
    path: /manifests/,
    times,
    fault: { do: "stall", afterBytes },
  });
  test.each<[string, FaultRow[]]>([
    ["no headers once", [stall(null, 1)]],
    ["a stalled body once", [stall(5, 1)]],
  ])("%s is asked again", async (_name, faults) => {
    await withClient({ registry: { faults }, client: { timeouts } }, async ({ client, target, options, waits }) => {
      expect((await client.manifest(target, TAG, options)).digest).toBe(manifestDigest);
      expect(waits).toEqual([
        { milliseconds: 500, reason: expect.stringMatching(/^127\.0\.0\.1:\d+ does not answer$/) },
      ]);
    });
  });

  test("no headers are a time-out that another try may mend", async () => {
    await withClient({ registry: { faults: [stall(null, 1)] } }, async ({ registry }) => {
      const transport = createTransport({ timeouts, userAgent: "test" });
      try {
        const url = new URL("/v2/team/app/manifests/1.0", registry.origin);
        const sending = transport.send({ method: "GET", url, headers: {}, endpoint: endpointAt(url) });
        await expect(sending).rejects.toSatisfy((failure) => failure instanceof TransientFailure);
        await expect(sending).rejects.toMatchObject({
          problem: {
            code: "registry-timeout",
            message: `${registry.host} did not answer in time; check the network or try again later.`,
          },
        });
      } finally {
        await transport.close();
      }
    });
  });

  test("a closed port is unreachable after five tries", async () => {
    const closed = await listen(() => undefined);
    await closed.close();
    await expectFailure(
      {},
      closed.host,
      "registry-unreachable",
      /could not be reached: the connection was refused/,
      [500, 1000, 2000, 4000],
    );
  });

  test("a name that nobody has is unreachable at once", async () => {
    await expectFailure(
      {},
      "registry.invalid",
      "registry-unreachable",
      /registry\.invalid could not be reached: /,
      null,
    );
  });

  test("what is no HTTP is a failure", async () => {
    const odd = await listen((socket) => socket.end("SSH-2.0-OpenSSH_9.6\r\n"));
    try {
      const rules = rulesFor({ [odd.host]: { endpoint: `http://${odd.host}` } });
      await expectFailure({ rules }, odd.host, "registry-failed", /answered with malformed HTTP/, []);
    } finally {
      await odd.close();
    }
  });

  test("headers beyond all measure are a failure", async () => {
    const faults: FaultRow[] = [
      { path: /manifests/, fault: { do: "headers", headers: { "X-Long": "x".repeat(40_000) } } },
    ];
    await withClient({ registry: { faults } }, async ({ client, target }) => {
      await expect(client.resolve(target, TAG)).rejects.toMatchObject({ code: "registry-failed" });
    });
  });

  test("a connection that was kept and lost is replaced", async () => {
    const faults: FaultRow[] = [{ path: /manifests/, method: "GET", times: 1, fault: { do: "reset" } }];
    await withClient({ registry: { faults } }, async ({ client, target }) => {
      await client.resolve(target, TAG);
      expect((await client.manifest(target, TAG)).digest).toBe(manifestDigest);
    });
  });
});

describe("work that is given up", () => {
  const reason = new Error("stopped by the user");

  test.each<[string, FaultRow]>([
    ["while it waits for headers", { path: /manifests/, fault: { do: "stall", afterBytes: null } }],
    ["while it reads a body", { path: /manifests/, fault: { do: "stall", afterBytes: 5 } }],
    ["while it pings", { path: "/v2/", fault: { do: "stall", afterBytes: null } }],
  ])("%s ends with the signal's reason", async (_name, fault) => {
    await withClient({ registry: { faults: [fault] } }, async ({ client, target, registry }) => {
      const controller = new AbortController();
      const outcome = expect(client.manifest(target, TAG, { signal: controller.signal })).rejects.toBe(reason);
      await until(() => registry.requests.length === (fault.path === "/v2/" ? 1 : 2));
      controller.abort(reason);
      await outcome;
      await until(() => registry.openRequests() === 0);
    });
  });

  test("before it begins sends nothing", async () => {
    await withClient({}, async ({ client, target, registry }) => {
      await expect(client.manifest(target, TAG, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
      await client.resolve(target, TAG);
      await expect(client.manifest(target, TAG, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
      expect(requestLines(registry)).toEqual(["GET /v2/ 200", "HEAD /v2/team/app/manifests/1.0 200"]);
    });
  });

  test("by closing the client ends all that is under way", async () => {
    const faults: FaultRow[] = [{ path: /manifests/, fault: { do: "stall", afterBytes: null } }];
    await withClient({ registry: { faults } }, async ({ client, target, registry }) => {
      const outcome = expect(client.manifest(target, TAG)).rejects.toMatchObject({ name: "AbortError" });
      await until(() => registry.requests.length === 2);
      await client.close();
      await outcome;
      await until(async () => (await registry.openConnections()) === 0);
    });
  });
});

async function expectFailure(
  options: Partial<RegistryClientOptions>,
  registry: string,
  code: ErrorCode,
  message: RegExp,
  slept: number[] | null,
): Promise<void> {
  const clock = createTestClock();
  const client = createRegistryClient({ log: silentLog, clock, random: () => 0.5, ...options });
  try {
    await expect(client.resolve({ repository: { registry, path: "a" }, tlsVerify: true }, TAG)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
    if (slept !== null) expect(clock.slept).toEqual(slept);
  } finally {
    await client.close();
  }
}

async function listen(onConnection: (socket: Socket) => void) {
  const server = createTcpServer((socket) => {
    // Unread bytes would keep the connection open.
    socket.resume();
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}
