import { describe, expect, test } from "vitest";
import type { ApplyWorkspaceEditResult, TextDocumentEdit, WorkspaceEdit } from "vscode-languageserver";
import { TextDocument } from "vscode-languageserver-textdocument";
import { createEditLanding } from "../../../server/src/lsp/edit-landing.ts";
import { planDocuments, type WantedChange } from "../../../server/src/lsp/edit-planning.ts";
import type { PinDocument } from "../../../server/src/lsp/pin-documents.ts";
import { workspaceEditOf } from "../../../server/src/lsp/workspace-edits.ts";
import { printHash } from "../../../server/src/nix/hash-encoding.ts";
import { shortDigest } from "../../../server/src/oci/digest.ts";
import { HASH, NEW, OLD, pinDocument, pinText } from "./pin-document.ts";

const ALL = { applyEdit: true, documentChanges: true, changeAnnotations: true };
const CHANGE = { imageDigest: NEW, hash: HASH };
const A = "file:///config/a.nix";

/** The same change for all pins of a document. */
function wantedIn({ views }: PinDocument): WantedChange[] {
  return views.map((view) => ({ view, change: CHANGE }));
}

function applied(document: PinDocument, edit: WorkspaceEdit): string {
  const { uri } = document.document;
  const versioned = (edit.documentChanges as TextDocumentEdit[] | undefined)?.find(
    ({ textDocument }) => textDocument.uri === uri,
  );
  const edits = (versioned?.edits ?? edit.changes?.[uri] ?? []).map((one) => ({
    ...one,
    newText: String("newText" in one ? one.newText : ""),
  }));
  return TextDocument.applyEdits(document.document, edits as Parameters<typeof TextDocument.applyEdits>[1]);
}

describe("the edits of a document", () => {
  const two = `[\n  (${pinText("a").trim()})\n  (${pinText("b").trim()})\n]\n`;

  test("are for one pin each, named by its image and what changes", () => {
    const document = pinDocument(two);
    const { changes, refused } = planDocuments([{ document, wanted: wantedIn(document) }]);
    expect(refused).toEqual([]);
    expect(changes.map(({ label, description, edits }) => [label, description, edits.length])).toEqual([
      ["a:1", `${shortDigest(OLD)} → ${shortDigest(NEW)}`, 2],
      ["b:1", `${shortDigest(OLD)} → ${shortDigest(NEW)}`, 2],
    ]);
  });

  test("find a pin again that other edits have moved", () => {
    const before = pinDocument(two);
    const after = pinDocument(`# one more line\n${two}`);
    const edit = workspaceEditOf(planDocuments([{ document: after, wanted: wantedIn(before) }]), ALL, false);
    expect(applied(after, edit)).toBe(
      `# one more line\n${two}`.replaceAll(OLD, NEW).replaceAll(/sha256-[^"]+/g, printHash(HASH, "sri")),
    );
  });

  test("leave a pin alone that says something else by now", () => {
    const before = pinDocument(two);
    const after = pinDocument(two.replace('"b"', '"c"'));
    const { changes, refused } = planDocuments([{ document: after, wanted: wantedIn(before) }]);
    expect(changes.map(({ label }) => label)).toEqual(["a:1"]);
    expect(refused.map(({ problem }) => problem)).toEqual([
      { code: "file-changed", message: expect.stringContaining("b:1") },
    ]);
  });

  test("of a digest that pins share are one, and every pin that changes is told", () => {
    const shared = `let digest = "${OLD}"; in [\n${["a", "b"].map((name) => `(pullImage { imageName = "${name}"; imageDigest = digest; hash = "${printHash(HASH, "sri")}"; })`).join("\n")}\n]\n`;
    const document = pinDocument(shared);
    const plan = planDocuments([{ document, wanted: wantedIn(document) }]);
    expect(applied(document, workspaceEditOf(plan, ALL, false))).toBe(shared.replace(OLD, NEW));
  });

  test("of what is added at one place are all there", () => {
    const text = '[ (pullImage (base // { imageName = "a"; })) (pullImage { imageName = "b"; }) ]\n';
    const document = pinDocument(text);
    const plan = planDocuments([{ document, wanted: wantedIn(document) }]);
    const written = applied(document, workspaceEditOf(plan, ALL, false));
    expect(written.split(NEW)).toHaveLength(1 + plan.changes.length);
    expect(plan.changes.length).toBeGreaterThan(0);
  });

  test.each([
    ["keep", printHash(HASH, "base32")],
    ["sri", printHash(HASH, "sri")],
  ] as const)("write the hash as the setting %s says", (hashStyle, expected) => {
    const document = pinDocument(pinText("a", OLD, "base32"), { settings: { hashStyle } });
    const edit = workspaceEditOf(planDocuments([{ document, wanted: wantedIn(document) }]), ALL, false);
    expect(applied(document, edit)).toContain(`sha256 = "${expected}";`);
  });
});

describe("a workspace edit", () => {
  const open = pinDocument(pinText("a"), { version: 7 });
  const closed = pinDocument(pinText("b"), { uri: "file:///config/b.nix", version: null });
  const plan = planDocuments([open, closed].map((document) => ({ document, wanted: wantedIn(document) })));

  test("is versioned where a document is open, and has an annotation per image", () => {
    const { documentChanges, changeAnnotations, changes } = workspaceEditOf(plan, ALL, false);
    expect((documentChanges as TextDocumentEdit[]).map(({ textDocument }) => textDocument)).toEqual([
      { uri: A, version: 7 },
      { uri: "file:///config/b.nix", version: null },
    ]);
    expect(Object.values(changeAnnotations ?? {})).toEqual(
      ["a:1", "b:1"].map((label) => ({
        label,
        description: `${shortDigest(OLD)} → ${shortDigest(NEW)}`,
        needsConfirmation: false,
      })),
    );
    expect(changes).toBeUndefined();
    const ids = (documentChanges as TextDocumentEdit[]).flatMap(({ edits }) =>
      edits.map((edit) => "annotationId" in edit && edit.annotationId),
    );
    expect(new Set(ids)).toEqual(new Set(Object.keys(changeAnnotations ?? {})));
  });

  test("waits for ticks in a preview", () => {
    const { changeAnnotations } = workspaceEditOf(plan, ALL, true);
    expect(Object.values(changeAnnotations ?? {}).map(({ needsConfirmation }) => needsConfirmation)).toEqual([
      true,
      true,
    ]);
  });

  test("has one edit for a pin in a preview, which can't be ticked in parts, and gives the same text", () => {
    const edit = workspaceEditOf(plan, ALL, true);
    expect((edit.documentChanges as TextDocumentEdit[]).map(({ edits }) => edits.length)).toEqual([1, 1]);
    expect(applied(open, edit)).toBe(applied(open, workspaceEditOf(plan, ALL, false)));
  });

  test("keeps edits apart in a preview that another pin's edit lies between", () => {
    const hash = printHash(OLD, "sri");
    const text = `let digest = "${OLD}"; hash = "${hash}"; in [
  (pullImage { imageName = "a"; imageDigest = digest; hash = "${hash}"; })
  (pullImage { imageName = "b"; imageDigest = digest; inherit hash; })
]
`;
    const document = pinDocument(text);
    const edit = workspaceEditOf(planDocuments([{ document, wanted: wantedIn(document) }]), ALL, true);
    expect((edit.documentChanges as TextDocumentEdit[]).map(({ edits }) => edits.length)).toEqual([3]);
    expect(applied(document, edit)).toBe(text.replace(OLD, NEW).replaceAll(hash, printHash(HASH, "sri")));
  });

  test("has no annotations for a client that knows none", () => {
    const edit = workspaceEditOf(plan, { ...ALL, changeAnnotations: false }, false);
    expect(edit.changeAnnotations).toBeUndefined();
    expect(JSON.stringify(edit)).not.toContain("annotationId");
  });

  test("is plain for a client that knows no versions", () => {
    const edit = workspaceEditOf(plan, { documentChanges: false, changeAnnotations: false }, false);
    expect(Object.keys(edit)).toEqual(["changes"]);
    expect(Object.keys(edit.changes ?? {})).toEqual([A, "file:///config/b.nix"]);
    expect(applied(open, edit)).toContain(NEW);
  });

  test("leaves out documents in which nothing changes", () => {
    expect(workspaceEditOf(planDocuments([{ document: open, wanted: [] }]), ALL, false).documentChanges).toEqual([]);
  });
});

describe("landing an edit", () => {
  const options = { label: "Update", needsConfirmation: false, signal: new AbortController().signal };

  /** A client that answers in turn, with the document as it is at each time. */
  function client(
    versions: readonly (PinDocument | null)[],
    answers: readonly ApplyWorkspaceEditResult[],
    support = ALL,
  ) {
    let reads = 0;
    const sent: WorkspaceEdit[] = [];
    const landing = createEditLanding(
      { read: async () => versions[Math.min(reads++, versions.length - 1)] ?? null },
      support,
      async ({ edit }) => {
        sent.push(edit);
        return answers[sent.length - 1] ?? { applied: false };
      },
    );
    return { landing, sent };
  }
  const document = pinDocument(pinText("a"));
  const changes = new Map([[A, wantedIn(document)]]);

  test("says what landed", async () => {
    const { landing, sent } = client([document], [{ applied: true }]);
    const { landed, refused, isDiscarded } = await landing.land(changes, options);
    expect([landed.length, refused, isDiscarded, sent.length]).toEqual([1, [], false, 1]);
  });

  test("plans anew when the document changed on the way", async () => {
    const typed = pinDocument(`# typed\n${pinText("a")}`, { version: 2 });
    const { landing, sent } = client([document, typed], [{ applied: false }, { applied: true }]);
    expect((await landing.land(changes, options)).landed).toHaveLength(1);
    expect(sent.map((edit) => (edit.documentChanges as TextDocumentEdit[])[0]?.textDocument.version)).toEqual([1, 2]);
  });

  test("gives up with the client's reason when nothing changed", async () => {
    const { landing, sent } = client([document], [{ applied: false, failureReason: "it is read-only" }]);
    const { landed, refused } = await landing.land(changes, options);
    expect(landed).toEqual([]);
    expect(refused.map(({ problem }) => problem)).toEqual([
      { code: "edit-refused", message: expect.stringContaining("it is read-only") },
    ]);
    expect(sent).toHaveLength(1);
  });

  test("gives up when the document never rests", async () => {
    const versions = Array.from({ length: 20 }, (_, version) => pinDocument(pinText("a"), { version }));
    const { landing, sent } = client(versions, []);
    expect((await landing.land(changes, options)).refused[0]?.problem.code).toBe("edit-refused");
    expect(sent).toHaveLength(3);
  });

  test("knows a preview that the user did not take", async () => {
    const { landing } = client([document], [{ applied: false }]);
    expect(await landing.land(changes, { ...options, needsConfirmation: true })).toEqual({
      landed: [],
      refused: [],
      isDiscarded: true,
    });
  });

  test("leaves alone what is no longer there", async () => {
    const { landing, sent } = client([null], []);
    expect((await landing.land(changes, options)).refused.map(({ problem }) => problem.code)).toEqual(["file-changed"]);
    expect(sent).toEqual([]);
  });

  test("tells a client that takes no edits", async () => {
    const { landing, sent } = client([document], [], { ...ALL, applyEdit: false });
    expect((await landing.land(changes, options)).refused.map(({ problem }) => problem)).toEqual([
      { code: "edit-refused", message: expect.stringContaining("takes no edits") },
    ]);
    expect(sent).toEqual([]);
  });

  test("sends nothing once it is aborted", async () => {
    const { landing, sent } = client([document], [{ applied: true }]);
    const signal = AbortSignal.abort();
    await expect(landing.land(changes, { ...options, signal })).rejects.toThrow(signal.reason);
    expect(sent).toEqual([]);
  });
});
