import { describe, expect, test } from "vitest";
import type { StatusParams } from "../../server/src/lsp/protocol.ts";
import { SERVER_COMMANDS, STATUS_NOTIFICATION } from "../../server/src/lsp/protocol.ts";
import { until } from "../cli/harness.ts";
import { ALPINE, CONTAINERS, example, FRESH, session } from "./harness.ts";

const LIMITED = {
  path: /\/manifests\//,
  fault: { do: "answer", status: 429, headers: { "Retry-After": "3600" } },
} as const;

describe("the numbers of the status item", () => {
  test("pins, stale and incomplete ones, of all open documents; they follow what happens", async () => {
    const place = await session({ "a.nix": CONTAINERS, "b.nix": FRESH });
    await place.open("a.nix");
    await place.open("b.nix");
    await place.untilStatus({ pins: 3, stale: 1, incomplete: 1, busy: 0, failed: 0, message: null, online: true });
    const [first, second] = await place.untilTitles("a.nix", /moved/, /Add/);
    await place.click(first);
    await place.untilStatus({ pins: 3, stale: 0, incomplete: 1, busy: 0 });
    await place.click(second);
    await place.untilStatus({ pins: 3, stale: 0, incomplete: 0, busy: 0 });
    expect(place.sent<StatusParams>(STATUS_NOTIFICATION).some(({ busy }) => busy > 0)).toBe(true);
  });

  test("it is said only when a number changed", async () => {
    const place = await session({ "a.nix": ALPINE });
    await place.open("a.nix");
    await place.untilStatus({ stale: 1, busy: 0 });
    await place.change("a.nix", [
      { range: { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } }, text: "#" },
    ]);
    await place.titles("a.nix");
    const said = place.sent(STATUS_NOTIFICATION).map((params) => JSON.stringify(params));
    expect(said.filter((one, index) => one === said[index - 1])).toEqual([]);
  });
});

describe("a registry that fails is said once, in the status, and never pops up", () => {
  test("it answers 429: the other pins do not ask it again, and a click does", async () => {
    const files = { "a.nix": ALPINE, "b.nix": example("packages/database-image.nix"), "c.nix": FRESH };
    const place = await session(files, {
      registry: { faults: [{ ...LIMITED, times: 1 }] },
      settings: { concurrency: 1 },
    });
    for (const name of Object.keys(files)) await place.open(name);
    const [lens] = await place.untilTitles("a.nix", "Retry: registry answered 429");
    const { message } = await place.untilStatus({ failed: 1, busy: 0 });
    expect(message).toMatch(/429|rate|limit/i);
    await place.titles("b.nix");
    await place.titles("c.nix");
    expect(place.registry.requests.filter(({ path }) => path.includes("/manifests/"))).toHaveLength(1);
    const said = place.sent<StatusParams>(STATUS_NOTIFICATION).map((status) => status.message);
    expect(said.filter((one, index) => one !== null && said[index - 1] !== one)).toHaveLength(1);
    await place.click(lens);
    await place.untilTitles("a.nix", "3.20 moved: update digest and hash");
    await place.untilStatus({ failed: 0, message: null });
    expect(place.sent("window/showMessage")).toEqual([]);
    expect(place.sent("window/showMessageRequest")).toEqual([]);
  });

  test("it can't be reached at all", async () => {
    const place = await session(
      { "a.nix": ALPINE },
      { settings: { registries: { "docker.io": { endpoint: "http://127.0.0.1:1" } } } },
    );
    await place.open("a.nix");
    await place.untilTitles("a.nix", "Retry: registry cannot be reached");
    expect((await place.untilStatus({ failed: 1, busy: 0 })).message).toMatch(/\S/);
    expect(place.sent("window/showMessage")).toEqual([]);
  });

  test("another registry's pins are checked all the same", async () => {
    const place = await session(
      { "a.nix": CONTAINERS.replace('"redis"', '"quay.io/example/proxy"').replace('"7.2"', '"v3.5"'), "b.nix": ALPINE },
      {
        registry: { faults: [{ ...LIMITED, path: /example\/notes\/manifests/ }] },
      },
    );
    await place.open("a.nix");
    await place.open("b.nix");
    await place.untilTitles("a.nix", "Retry: registry answered 429", "Add digest and hash");
    await place.untilTitles("b.nix", "3.20 moved: update digest and hash");
  });

  test("update all counts it among the failed, in one message", async () => {
    const place = await session({ "a.nix": ALPINE }, { registry: { faults: [LIMITED] } });
    await place.execute(SERVER_COMMANDS.updateWorkspace);
    expect(place.text("a.nix")).toBe(ALPINE);
    expect([...place.sent("window/showMessage"), ...place.sent("window/showMessageRequest")]).toHaveLength(1);
  });
});

test("work in the background ends with the document", async () => {
  const stall = { method: "HEAD", path: /manifests/, fault: { do: "stall", afterBytes: null } } as const;
  const place = await session({ "a.nix": ALPINE }, { registry: { faults: [stall] } });
  await place.open("a.nix");
  await until(() => place.registry.openRequests() > 0);
  await place.close("a.nix");
  await place.untilStatus({ pins: 0 });
});
