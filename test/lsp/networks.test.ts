import { expect, onTestFinished, test } from "vitest";
import {
  NETWORK_NOTIFICATION,
  SERVER_COMMANDS,
  STATUS_NOTIFICATION,
  type StatusParams,
} from "../../server/src/lsp/protocol.ts";
import { startForwardProxy } from "../support/forward-proxy.ts";
import { startRegistry } from "../support/registry/server.ts";
import { sampleImages } from "../support/sample/images.ts";
import { ALPINE, FRESH, session } from "./harness.ts";

const HOST = "registry.example";
const THROUGH_PROXY = { "docker.io": { endpoint: `http://${HOST}` } };
const ACCOUNT = { username: "octocat", password: "canary-of-the-proxy" };

/** A registry that is reached only through a proxy with an account. */
async function behindProxy() {
  const registry = await startRegistry(sampleImages());
  onTestFinished(() => registry.close());
  const hosts = { [`${HOST}:80`]: Number(registry.host.split(":")[1]) };
  const proxy = await startForwardProxy({ hosts, account: ACCOUNT });
  onTestFinished(() => proxy.close());
  const { username, password } = ACCOUNT;
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
  return {
    registry,
    inUrl: { proxy: proxy.url.replace("//", `//${username}:${password}@`) },
    inHeader: { proxy: proxy.url, proxyAuthorization: authorization },
    secrets: [password, authorization.split(" ")[1]!],
  };
}

test.each(["inUrl", "inHeader"] as const)("the editor's proxy counts from the start, its account %s", async (where) => {
  const { [where]: network, secrets, registry } = await behindProxy();
  const place = await session(
    { "a.nix": ALPINE },
    { settings: { registries: THROUGH_PROXY }, initializationOptions: { network } },
  );
  await place.open("a.nix");
  await place.untilTitles("a.nix", "3.20 moved: update digest and hash");
  expect(registry.requests.length).toBeGreaterThan(0);
  for (const secret of secrets) expect(JSON.stringify(place.received)).not.toContain(secret);
});

test("another proxy counts at once: what failed is asked anew, what is known stays", async () => {
  const { inUrl, secrets } = await behindProxy();
  const place = await session({ "a.nix": ALPINE, "b.nix": FRESH }, { settings: { registries: THROUGH_PROXY } });
  await place.open("a.nix");
  await place.untilTitles("a.nix", /^Retry: /);
  await place.connection.sendNotification(NETWORK_NOTIFICATION, inUrl);
  await place.untilTitles("a.nix", "3.20 moved: update digest and hash");
  await place.connection.sendNotification(NETWORK_NOTIFICATION, { proxy: "http://127.0.0.1:1" });
  expect(await place.titles("a.nix")).toEqual(["3.20 moved: update digest and hash"]);
  for (const secret of secrets) expect(JSON.stringify(place.received)).not.toContain(secret);
});

test("few requests that are left are told in the status and kept for what the user asks; nothing pops up", async () => {
  const headers = { "RateLimit-Limit": "100;w=21600", "RateLimit-Remaining": "3;w=21600" };
  const place = await session(
    { "a.nix": ALPINE, "b.nix": ALPINE.replace("3.20", "3.19") },
    { registry: { faults: [{ path: /manifests/, fault: { do: "headers", headers } }] } },
  );
  await place.open("a.nix");
  await place.untilTitles("a.nix", "3.20 moved: update digest and hash");
  const { notes } = await place.until("the status with a note", () =>
    place.sent<StatusParams>(STATUS_NOTIFICATION).find((status) => status.notes.length > 0),
  );
  expect(notes).toEqual([expect.stringMatching(/^docker\.io: 3 of 100 requests left/)]);
  const before = place.registry.requests.length;
  await place.open("b.nix");
  expect(await place.titles("b.nix")).toEqual(["Update digest and hash"]);
  expect(place.registry.requests).toHaveLength(before);
  const [pin] = await place.pins("b.nix");
  await place.execute(SERVER_COMMANDS.checkPin, pin?.argument);
  expect(place.registry.requests.length).toBeGreaterThan(before);
  expect([...place.sent("window/showMessage"), ...place.sent("window/showMessageRequest")]).toEqual([]);
});

test("a click that has to wait says for how long, and for whom", async () => {
  const limited = { do: "answer", status: 429, headers: { "Retry-After": "2" } } as const;
  const place = await session(
    { "a.nix": ALPINE },
    { settings: { check: { onOpen: false } }, registry: { faults: [{ path: /manifests/, fault: limited, times: 1 }] } },
  );
  await place.open("a.nix");
  const [pin] = await place.pins("a.nix");
  const checked = place.execute(SERVER_COMMANDS.checkPin, pin?.argument);
  await place.untilTitles("a.nix", /^Checking… waiting \d+ s: docker\.io is rate limiting$/);
  await checked;
  await place.untilTitles("a.nix", "3.20 moved: update digest and hash");
});
