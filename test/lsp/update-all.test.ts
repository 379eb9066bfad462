import { describe, expect, test } from "vitest";
import type {
  ChangeAnnotation,
  WorkDoneProgressBegin,
  WorkDoneProgressEnd,
  WorkDoneProgressReport,
} from "vscode-languageserver-protocol";
import { CLIENT_COMMANDS, SERVER_COMMANDS } from "../../server/src/lsp/protocol.ts";
import { until } from "../cli/harness.ts";
import { annotationIdsOf, fileEditsOf } from "../support/lsp/document-mirror.ts";
import { ALPINE, CONTAINERS, example, FRESH, FROZEN, PROXY, type Session, session, updatedByCli } from "./harness.ts";

const FILES = {
  "alpine.nix": ALPINE,
  "cluster/airgap-images.nix": PROXY,
  "homelab/containers.nix": CONTAINERS,
  "packages/cache-image.nix": FRESH,
  "packages/database-image.nix": example("packages/database-image.nix"),
  "packages/frozen.nix": FROZEN,
};

describe("update all", () => {
  test("over open and closed files: one edit, what the command line would write, and one undo", async () => {
    const place = await session(FILES);
    await place.open("alpine.nix");
    await place.open("homelab/containers.nix");
    await place.execute(SERVER_COMMANDS.updateWorkspace);
    const updated = await updatedByCli(FILES, place.registry);
    for (const name of Object.keys(FILES)) expect(place.text(name), name).toBe(updated[name]);
    expect(place.edits).toHaveLength(1);
    const [{ edit, label }] = place.edits as [(typeof place.edits)[0]];
    expect(label).toMatch(/\S/);
    const versions = fileEditsOf(edit).map(({ uri, version }) => [uri.split("/config/")[1], version]);
    expect(Object.fromEntries(versions)).toEqual({
      "alpine.nix": 1,
      "homelab/containers.nix": 1,
      "cluster/airgap-images.nix": null,
      "packages/database-image.nix": null,
    });
  });

  test("one annotation per image, none of which asks for a confirmation", async () => {
    const place = await session(FILES);
    await place.execute(SERVER_COMMANDS.updateWorkspace);
    const annotations = annotationsOf(place);
    for (const image of ["alpine", "ghcr.io/example/notes", "redis", "postgres", "quay.io/example/proxy"]) {
      expect(annotations.map(({ label }) => label)).toContainEqual(expect.stringContaining(image));
    }
    expect(annotations.filter(({ needsConfirmation }) => needsConfirmation === true)).toEqual([]);
    expect(annotations).toHaveLength(5);
    expect(annotationIdsOf(place.edits[0]!.edit)).not.toContain(undefined);
  });

  test("a preview: every change waits for its tick", async () => {
    const place = await session(FILES);
    await place.execute(SERVER_COMMANDS.previewUpdates);
    const annotations = annotationsOf(place);
    expect(annotations).toHaveLength(5);
    expect(annotations.filter(({ needsConfirmation }) => needsConfirmation !== true)).toEqual([]);
  });

  test("of a file: only that", async () => {
    const place = await session({ "a.nix": ALPINE, "b.nix": ALPINE });
    await place.open("a.nix");
    await place.execute(SERVER_COMMANDS.updateFile, place.uri("a.nix"));
    expect(place.text("a.nix")).toBe((await updatedByCli({ "a.nix": ALPINE }, place.registry))["a.nix"]);
    expect(place.text("b.nix")).toBe(ALPINE);
  });

  test("of a file that is not open", async () => {
    const place = await session({ "a.nix": ALPINE });
    await place.execute(SERVER_COMMANDS.updateFile, place.uri("a.nix"));
    expect(place.text("a.nix")).toBe((await updatedByCli({ "a.nix": ALPINE }, place.registry))["a.nix"]);
  });

  test("what is unsaved counts, not what is on the disk", async () => {
    const place = await session({ "a.nix": FRESH });
    await place.open("a.nix", ALPINE);
    await place.execute(SERVER_COMMANDS.updateWorkspace);
    expect(place.text("a.nix")).toBe((await updatedByCli({ "a.nix": ALPINE }, place.registry))["a.nix"]);
  });

  test("where all is fresh there is no edit, and a message says so", async () => {
    const place = await session({ "a.nix": FRESH });
    await place.execute(SERVER_COMMANDS.updateWorkspace);
    expect(place.edits).toEqual([]);
    expect(messages(place)).toHaveLength(1);
  });
});

describe("progress", () => {
  test("one, which begins, tells what is done in pins and bytes, and ends", async () => {
    const place = await session(FILES);
    await place.execute(SERVER_COMMANDS.updateWorkspace);
    const values = progress(place);
    expect(place.sent("window/workDoneProgress/create")).toHaveLength(1);
    expect(values[0]).toMatchObject({ kind: "begin", cancellable: true, title: expect.stringMatching(/\S/) });
    expect(values.slice(1, -1).map(({ kind }) => kind)).toEqual(values.slice(1, -1).map(() => "report"));
    expect(values.at(-1)?.kind).toBe("end");
    const reports = values.filter((value): value is WorkDoneProgressReport => value.kind === "report");
    expect(reports.some(({ message }) => /\b7\b/.test(message ?? ""))).toBe(true);
    const percentages = reports.flatMap(({ percentage }) => percentage ?? []);
    expect(percentages).toEqual(percentages.toSorted((a, b) => a - b));
  });

  test("cancelled in the middle, it leaves all files as they are, and ends", async () => {
    const stall = { path: /postgres\/blobs\//, fault: { do: "stall", afterBytes: 10 } } as const;
    const place = await session(FILES, { registry: { faults: [stall] } });
    await place.open("alpine.nix");
    const update = place.execute(SERVER_COMMANDS.updateWorkspace).catch(() => null);
    await until(() => place.registry.requests.some(({ path }) => /postgres\/blobs\//.test(path)));
    const [created] = place.sent<{ token: string }>("window/workDoneProgress/create");
    await place.connection.sendNotification("window/workDoneProgress/cancel", { token: created?.token ?? "" });
    await update;
    await until(() => place.registry.openRequests() === 0);
    expect(progress(place).at(-1)?.kind).toBe("end");
    expect(place.edits).toEqual([]);
    for (const [name, text] of Object.entries(FILES)) expect(place.text(name), name).toBe(text);
  });
});

describe("when something fails", () => {
  test("what works is updated all the same, and the message counts all three", async () => {
    const broken = { path: /postgres\/manifests\//, fault: { do: "answer", status: 404 } } as const;
    const place = await session(FILES, { registry: { faults: [broken] } });
    await place.execute(SERVER_COMMANDS.updateWorkspace);
    const { "packages/database-image.nix": database, ...others } = FILES;
    const updated = await updatedByCli(others, place.registry);
    for (const name of Object.keys(others)) expect(place.text(name), name).toBe(updated[name]);
    expect(place.text("packages/database-image.nix")).toBe(database);
    const [message, ...more] = messages(place);
    expect(more).toEqual([]);
    expect(message?.message).toMatch(/5 .*1 .*1 /);
  });

  test("the message offers the details to a client that can show them", async () => {
    const place = await session(
      { "a.nix": ALPINE },
      { initializationOptions: { clientCommands: Object.values(CLIENT_COMMANDS) } },
    );
    await place.execute(SERVER_COMMANDS.updateWorkspace);
    const [message] = place.sent<{ actions?: { title: string }[] }>("window/showMessageRequest");
    expect(message?.actions?.map(({ title }) => title)).toContain("Show details");
  });

  test("a document that changes before the edit comes is not overwritten, nor left half-updated", async () => {
    const files = { "a.nix": ALPINE, "b.nix": FILES["packages/database-image.nix"] };
    const place = await session(files);
    await place.open("a.nix");
    const typed = ALPINE.replace('"3.20"', '"3.21"');
    place.onApply = () => {
      if (place.text("a.nix") === ALPINE) void place.replace("a.nix", '"3.20"', '"3.21"');
    };
    await place.execute(SERVER_COMMANDS.updateWorkspace);
    expect(place.text("a.nix")).toBe(typed);
    const updated = (await updatedByCli(files, place.registry))["b.nix"];
    expect([files["b.nix"], updated]).toContain(place.text("b.nix"));
    expect(messages(place)).toHaveLength(1);
  });

  test("a closed file that changes on the disk meanwhile is not overwritten", async () => {
    const typed = ALPINE.replace('"3.20"', '"3.21"');
    const place = await session({ "a.nix": ALPINE }, { onBlob: () => place.write("a.nix", typed) });
    await place.execute(SERVER_COMMANDS.updateWorkspace);
    expect(place.text("a.nix")).toBe(typed);
  });
});

type Progress = WorkDoneProgressBegin | WorkDoneProgressReport | WorkDoneProgressEnd;

function progress(place: Session): Progress[] {
  return place.sent<{ value: Progress }>("$/progress").map(({ value }) => value);
}

/** What pops up. */
function messages(place: Session): readonly { readonly message: string }[] {
  return [
    ...place.sent<{ message: string }>("window/showMessage"),
    ...place.sent<{ message: string }>("window/showMessageRequest"),
  ];
}

function annotationsOf(place: Session): ChangeAnnotation[] {
  return Object.values(place.edits[0]?.edit.changeAnnotations ?? {});
}
