import type { Clock } from "../../../server/src/base/clock.ts";
import type { Log } from "../../../server/src/base/log.ts";
import type { RegistryClient, RegistryTarget, RequestOptions } from "../../../server/src/registry/client.ts";
import { createRegistryClient, type RegistryClientOptions } from "../../../server/src/registry/create-client.ts";
import type { Credentials } from "../../../server/src/registry/credentials.ts";
import type { RegistriesSettings } from "../../../server/src/registry/registries-settings.ts";
import { noRules, type RegistryRules } from "../../../server/src/registry/registry-rules.ts";
import { addBlob, addManifest, type RegistryContent, repositoryOf } from "./content.ts";
import { type RegistryOptions, startRegistry, type TestRegistry } from "./server.ts";

/** A clock that never waits: sleeping moves it forward, and is recorded in milliseconds. */
export interface TestClock extends Clock {
  readonly slept: number[];
  advance(milliseconds: number): void;
}

export function createTestClock(start = Date.UTC(2026, 10, 24, 12, 0, 0)): TestClock {
  let now = start;
  const slept: number[] = [];
  return {
    slept,
    now: () => now,
    advance: (milliseconds) => {
      now += milliseconds;
    },
    sleep: async (milliseconds, signal) => {
      signal?.throwIfAborted();
      slept.push(milliseconds);
      now += milliseconds;
    },
  };
}

export const IMAGE_PATH = "team/app";
export const IMAGE_MANIFEST = {
  mediaType: "application/vnd.oci.image.manifest.v1+json",
  bytes: Buffer.from('{"schemaVersion":2,"layers":[]}'),
};
export const LAYER = Buffer.from("the bytes of a layer ".repeat(500));

/** One repository, `team/app`, with a manifest tagged `1.0` and a layer. */
export function sampleContent() {
  const content: RegistryContent = new Map();
  const repository = repositoryOf(content, IMAGE_PATH);
  const layerDigest = addBlob(repository, LAYER);
  const manifestDigest = addManifest(repository, IMAGE_MANIFEST, "1.0");
  return { content, repository, layerDigest, manifestDigest };
}

/** The rules that settings alone make, as a client takes them. */
export async function rulesFor(settings: RegistriesSettings): Promise<RegistryRules> {
  return { ...noRules, settings };
}

export interface HarnessOptions {
  readonly registry?: RegistryOptions;
  readonly client?: Partial<RegistryClientOptions>;
  /** The host in `registry` of the target; `127.0.0.1:PORT` of the registry when absent. */
  readonly tlsVerify?: boolean;
  readonly credentials?: Credentials;
}

export interface Harness {
  readonly client: RegistryClient;
  readonly registry: TestRegistry;
  readonly target: RegistryTarget;
  readonly clock: TestClock;
  /** Every message that was logged. */
  readonly logged: readonly string[];
  readonly waits: { milliseconds: number; reason: string }[];
  /** Records the waits. */
  readonly options: RequestOptions;
}

const SECRETS = ["canary-password", "canary-identity", "issued-token"];

/**
 * Runs `use` with a client and the registry of `sampleContent`, both closed afterwards. Fails when a connection is left
 * open, or when a secret of the tests was logged.
 */
export async function withClient(
  harnessOptions: HarnessOptions,
  use: (harness: Harness) => Promise<void>,
): Promise<void> {
  const registry = await startRegistry(sampleContent().content, harnessOptions.registry);
  const clock = createTestClock();
  const logged: string[] = [];
  const waits: Harness["waits"] = [];
  const { credentials = null } = harnessOptions;
  const client = createRegistryClient({
    log: recordingLog(logged),
    version: "1.2.3",
    clock,
    random: () => 0.5,
    credentials: async () => ({ credentials, source: credentials === null ? "none were found in a test" : "a test" }),
    ...harnessOptions.client,
  });
  try {
    const target = {
      repository: { registry: registry.host, path: IMAGE_PATH },
      tlsVerify: harnessOptions.tlsVerify ?? false,
    };
    await use({ client, registry, target, clock, logged, waits, options: { onWait: (wait) => waits.push(wait) } });
    for (const secret of SECRETS) {
      const leak = logged.find((message) => message.includes(secret));
      if (leak !== undefined) throw new Error(`a secret was logged: ${leak}`);
    }
  } finally {
    await client.close();
    await until(async () => (await registry.openConnections()) === 0);
    await registry.close();
  }
}

/** `GET /v2/ 200`, in the order of arrival. */
export function requestLines(registry: TestRegistry): string[] {
  return registry.requests.map(({ method, path, status }) => `${method} ${path} ${status ?? "none"}`);
}

/** Waits for a condition, which may take as long as the test may. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setImmediate(resolve));
}

function recordingLog(messages: string[]): Log {
  const record = (message: string) => {
    messages.push(message);
  };
  return { debug: record, info: record, warn: record };
}
