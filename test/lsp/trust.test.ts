import { chmodSync, existsSync } from "node:fs";
import { delimiter } from "node:path";
import { describe, expect, test } from "vitest";
import { HoverRequest } from "vscode-languageserver-protocol";
import {
  SERVER_COMMANDS,
  STATUS_NOTIFICATION,
  type StatusParams,
  TRUST_NOTIFICATION,
} from "../../server/src/lsp/protocol.ts";
import { until } from "../cli/harness.ts";
import { createTokenService } from "../support/registry/authorization.ts";
import { ALPINE, FRESH, STALE_DIGEST, session } from "./harness.ts";

const UNTRUSTED = { initializationOptions: { trusted: false } };

describe("before the workspace is trusted", () => {
  test("nothing leaves the machine, whatever one clicks", async () => {
    const place = await session({ "a.nix": ALPINE, "b.nix": FRESH }, UNTRUSTED);
    const uri = await place.open("a.nix");
    const [lens] = await place.lenses("a.nix");
    expect(lens?.command?.title).toMatch(/^Update digest and hash/);
    await place.connection.sendRequest(HoverRequest.type, {
      textDocument: { uri },
      position: place.at("a.nix", "imageDigest"),
    });
    for (const action of await place.actions("a.nix", place.rangeOf("a.nix", "imageDigest"))) {
      if (action.title !== "Ignore this image") await place.choose(action).catch(() => null);
    }
    const [pin] = await place.pins("a.nix");
    for (const command of ["updatePin", "checkPin", "verifyPin"] as const) {
      await place.execute(SERVER_COMMANDS[command], pin?.argument).catch(() => null);
    }
    await place.execute(SERVER_COMMANDS.updateFile, uri).catch(() => null);
    for (const command of ["updateWorkspace", "previewUpdates", "checkWorkspace"] as const) {
      await place.execute(SERVER_COMMANDS[command]).catch(() => null);
    }
    await place.connection.sendRequest("dockpin/newPin", { image: "alpine", platform: null }).catch(() => null);
    expect(await place.registry.openConnections()).toBe(0);
    expect(place.registry.requests).toEqual([]);
    expect(place.text("a.nix")).toBe(ALPINE);
    await place.connection.sendNotification(TRUST_NOTIFICATION);
    await place.untilStatus({ online: true, stale: 1, busy: 0 });
    // What could not be asked is no failure.
    expect(place.sent<StatusParams>(STATUS_NOTIFICATION).map(({ failed }) => failed)).not.toContain(1);
  });

  test("what the text alone tells is told", async () => {
    const place = await session({ "a.nix": ALPINE.replace(STALE_DIGEST, "sha256:12") }, UNTRUSTED);
    await place.open("a.nix");
    await place.untilCodes("a.nix", "malformed-digest");
    expect(place.registry.requests).toEqual([]);
  });

  test("no credentials are read", async () => {
    const place = await session(
      { "a.nix": ALPINE, "auth.json": "{ not JSON" },
      { ...UNTRUSTED, env: (path) => ({ REGISTRY_AUTH_FILE: path("auth.json") }) },
    );
    const uri = await place.open("a.nix");
    await place.connection.sendRequest(HoverRequest.type, {
      textDocument: { uri },
      position: place.at("a.nix", "imageDigest"),
    });
    expect(JSON.stringify(place.received)).not.toContain("auth.json");
    expect(place.registry.requests).toEqual([]);
  });

  // Windows has no scripts that are programs.
  test.skipIf(process.platform === "win32")("no credential helper is run; afterwards it is", async () => {
    const place = await session(
      {
        "a.nix": ALPINE,
        "docker/config.json": '{"credsStore":"mine"}',
        "bin/docker-credential-mine":
          '#!/bin/sh\ncat >> "$HELPER_RUNS"\necho credentials not found in native keychain\nexit 1\n',
      },
      {
        ...UNTRUSTED,
        registry: { authorization: { scheme: "bearer", tokens: createTokenService() } },
        env: (path) => ({
          REGISTRY_AUTH_FILE: "",
          DOCKER_CONFIG: path("docker"),
          HELPER_RUNS: path("runs"),
          PATH: [path("bin"), process.env["PATH"]].join(delimiter),
        }),
      },
    );
    chmodSync(place.place.path("bin/docker-credential-mine"), 0o755);
    await place.open("a.nix");
    const [pin] = await place.pins("a.nix");
    await place.execute(SERVER_COMMANDS.updatePin, pin?.argument).catch(() => null);
    await place.titles("a.nix");
    expect(existsSync(place.place.path("runs"))).toBe(false);
    await place.connection.sendNotification(TRUST_NOTIFICATION);
    await place.untilTitles("a.nix", "3.20 moved: update digest and hash");
    expect(await place.place.read("runs")).toContain(place.registry.host);
  });
});

test("once it is trusted, checks begin by themselves", async () => {
  const place = await session({ "a.nix": ALPINE }, UNTRUSTED);
  await place.open("a.nix");
  expect(await place.titles("a.nix")).toEqual([expect.stringMatching(/^Update digest and hash/)]);
  await place.connection.sendNotification(TRUST_NOTIFICATION);
  await place.untilTitles("a.nix", "3.20 moved: update digest and hash");
  await place.untilStatus({ online: true, stale: 1 });
  await until(() => place.registry.openRequests() === 0);
});
