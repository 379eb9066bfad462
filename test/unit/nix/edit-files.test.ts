import { describe, expect, test } from "vitest";
import { applyEdits, editsByFile, type PinChange, planEdits, planPinEdits } from "../../../server/src/nix/edit.ts";
import { sriHash } from "../../../server/src/nix/hash-encoding.ts";
import { jsonValue } from "../../../server/src/nix/json-value.ts";
import { type AttributeReading, PIN_ATTRIBUTES, type Pin, type TextOf } from "../../../server/src/nix/pin.ts";
import { readNixFile } from "../../../server/src/nix/reading.ts";
import { tomlValue } from "../../../server/src/nix/toml-value.ts";
import type { SetValue, Value } from "../../../server/src/nix/value.ts";
import { digestOf } from "../../../server/src/oci/digest.ts";
import { nixParser } from "../../support/nix-parser.ts";

const hashed = (of: string) => digestOf(Buffer.from(of));
const OLD = { imageDigest: hashed("old"), hash: hashed("old archive") };
const NEW = { imageDigest: hashed("new"), hash: hashed("new archive") };
const ARM = { imageDigest: hashed("arm"), hash: hashed("arm archive") };
const ABSENT: AttributeReading = { state: "absent" };

const EMPTY: Omit<Pin, "file" | "range"> = {
  line: 1,
  column: 1,
  callee: "dockerTools.pullImage",
  calledAt: [],
  pulledThrough: [],
  dependsOnCallers: false,
  systems: [],
  variants: [],
  imageName: ABSENT,
  imageDigest: ABSENT,
  hash: ABSENT,
  hashAttribute: null,
  hashEncoding: null,
  finalImageName: ABSENT,
  finalImageTag: ABSENT,
  os: ABSENT,
  arch: ABSENT,
  tlsVerify: ABSENT,
  manifestFile: null,
  registryUrl: ABSENT,
  followedTag: { tag: "latest", from: "default" },
  siblingImage: null,
  boundTo: null,
  ineffectiveOverride: null,
  ignored: false,
  platformDirective: null,
  problems: [],
};

/** The pin that the set at a path of a JSON or TOML document is. */
function dataPin(file: string, text: string, path: readonly string[] = []): Pin {
  const source = { file, text };
  let value: Value = file.endsWith(".json") ? jsonValue(source) : tomlValue(source);
  for (const name of path) value = (value as SetValue).attributes.get(name)!.value.force();
  const { attributes } = value as SetValue;
  const hashAttribute = (["hash", "sha256"] as const).find((name) => attributes.has(name)) ?? null;
  const readings = PIN_ATTRIBUTES.map((name) => {
    const attribute = attributes.get(name === "hash" ? (hashAttribute ?? "hash") : name);
    const string = attribute?.value.force();
    const definition = attribute?.definitions[0];
    if (definition === undefined || string?.kind !== "string") return [name, ABSENT] as const;
    const { start, end } = definition;
    const { text, provenance, token } = string;
    const reading: AttributeReading = {
      state: "known",
      value: text,
      at: { file, start, end },
      provenance,
      editable: token,
      blocked: null,
    };
    return [name, reading] as const;
  });
  return { ...EMPTY, file, range: { start: 0, end: text.length }, hashAttribute, ...Object.fromEntries(readings) };
}

const textsOf =
  (texts: Readonly<Record<string, string>>): TextOf =>
  (file) =>
    texts[file] ?? null;

/** All texts after the edits. */
function edited(texts: Readonly<Record<string, string>>, edits: Parameters<typeof editsByFile>[0]) {
  const byFile = editsByFile(edits);
  return Object.fromEntries(
    Object.entries(texts).map(([file, text]) => [file, applyEdits(text, byFile.get(file) ?? [])]),
  );
}

function filled(template: string, { imageDigest, hash }: PinChange): string {
  return template.replaceAll("DIGEST", imageDigest).replaceAll("SRI", sriHash(hash));
}

describe("a data file keeps its formatting", () => {
  test.each([
    ["JSON", "a.json", '{\n\t"imageName" : "a",\n\t"imageDigest" : "DIGEST",\n\t"hash" : "SRI"\n}\n'],
    ["JSON on one line", "a.json", '{"imageName":"a","imageDigest":"DIGEST","hash":"SRI"}'],
    ["TOML", "a.toml", '# pin\nimageName   = "a"\nimageDigest = "DIGEST" # old\nhash = "SRI"\n'],
    ["TOML's literal strings", "a.toml", "imageName = 'a'\nimageDigest = 'DIGEST'\nhash = 'SRI'\n"],
    ["TOML's long strings", "a.toml", "imageName = 'a'\nimageDigest = '''DIGEST'''\nhash = \"\"\"\nSRI\"\"\"\n"],
    ["TOML's inline tables", "a.toml", 'app = { imageName = "a", imageDigest = "DIGEST", hash = "SRI" }\n', ["app"]],
    ["TOML with CRLF", "a.toml", 'imageName = "a"\r\nimageDigest = "DIGEST"\r\nhash = "SRI"\r\n'],
  ])("%s", (_what, file, template, path: readonly string[] = []) => {
    const before = filled(template, OLD);
    const plan = planPinEdits(textsOf({ [file]: before }), dataPin(file, before, path), NEW);
    expect(plan.ok && applyEdits(before, plan.value)).toBe(filled(template, NEW));
  });
});

describe("what is missing is added as the format has it", () => {
  const D = `DIGEST`;
  test.each([
    [
      "JSON, behind the name",
      "a.json",
      '{\n  "imageName": "a",\n  "os": "linux"\n}\n',
      `{\n  "imageName": "a",\n  "imageDigest": "${D}",\n  "hash": "SRI",\n  "os": "linux"\n}\n`,
    ],
    [
      "JSON, behind the last",
      "a.json",
      `{\r\n\t"imageDigest" : "",\r\n\t"imageName" : "a"\r\n}`,
      `{\r\n\t"imageDigest" : "${D}",\r\n\t"hash" : "SRI",\r\n\t"imageName" : "a"\r\n}`,
    ],
    [
      "JSON on one line",
      "a.json",
      '{ "imageName": "a", "os": "linux" }',
      `{ "imageName": "a", "imageDigest": "${D}", "hash": "SRI", "os": "linux" }`,
    ],
    ["JSON without spaces", "a.json", '{"imageName":"a"}', `{"imageName":"a","imageDigest":"${D}","hash":"SRI"}`],
    [
      "TOML, behind the name and its remark",
      "a.toml",
      'imageName = "a" # remark\nos = "linux"\n',
      `imageName = "a" # remark\nimageDigest = "${D}"\nhash = "SRI"\nos = "linux"\n`,
    ],
    [
      "TOML at the end of the file",
      "a.toml",
      "[app]\r\nimageName = 'a'",
      `[app]\r\nimageName = 'a'\r\nimageDigest = "${D}"\r\nhash = "SRI"`,
      ["app"],
    ],
    [
      "TOML, indented and aligned",
      "a.toml",
      '[app]\n  imageName     = "a"\n  finalImageTag = "1"\n',
      `[app]\n  imageName     = "a"\n  imageDigest   = "${D}"\n  hash          = "SRI"\n  finalImageTag = "1"\n`,
      ["app"],
    ],
    [
      "TOML's dotted keys",
      "a.toml",
      'app.imageName = "a"\n',
      `app.imageName = "a"\napp.imageDigest = "${D}"\napp.hash = "SRI"\n`,
      ["app"],
    ],
    [
      "TOML's inline tables",
      "a.toml",
      'app = { imageName = "a", os = "linux" }\n',
      `app = { imageName = "a", imageDigest = "${D}", hash = "SRI", os = "linux" }\n`,
      ["app"],
    ],
    [
      "TOML's inline tables at the end of the file",
      "a.toml",
      'app={imageName="a"}',
      `app={imageName="a",imageDigest="${D}",hash="SRI"}`,
      ["app"],
    ],
  ])("%s", (_what, file, before, after, path: readonly string[] = []) => {
    const plan = planPinEdits(textsOf({ [file]: before }), dataPin(file, before, path), NEW);
    const rewritten = plan.ok ? applyEdits(before, plan.value) : plan.problem.message;
    expect(rewritten).toBe(filled(after, NEW));
    const again = dataPin(file, rewritten, path);
    expect(planPinEdits(textsOf({ [file]: rewritten }), again, NEW)).toEqual({ ok: true, value: [] });
  });
});

/** A pin whose digest stands in one file and whose hash in another. */
function pinOfTwoFiles(): { texts: Record<string, string>; pin: Pin } {
  const texts = {
    "b.json": JSON.stringify({ imageName: "a", hash: sriHash(OLD.hash) }),
    "a.toml": `imageDigest = "${OLD.imageDigest}"\n`,
  };
  const pin = dataPin("b.json", texts["b.json"]);
  return { texts, pin: { ...pin, imageDigest: dataPin("a.toml", texts["a.toml"]).imageDigest } };
}

describe("a pin in two files", () => {
  test("changes in both", () => {
    const { texts, pin } = pinOfTwoFiles();
    const { edits, refused } = planEdits(textsOf(texts), [{ pin, change: NEW }]);
    expect(refused).toEqual([]);
    expect(edits.map(({ file }) => file)).toEqual(["a.toml", "b.json"]);
    expect(edited(texts, edits)).toEqual({
      "b.json": JSON.stringify({ imageName: "a", hash: sriHash(NEW.hash) }),
      "a.toml": `imageDigest = "${NEW.imageDigest}"\n`,
    });
  });

  test("changes in none when one of them is not at hand", () => {
    const { texts, pin } = pinOfTwoFiles();
    const { edits, refused } = planEdits(textsOf({ "b.json": texts["b.json"]! }), [{ pin, change: NEW }]);
    expect(edits).toEqual([]);
    expect(refused[0]?.problem).toMatchObject({
      code: "pin-computed",
      message: "imageDigest is written in a.toml, which was not read; change it there.",
    });
  });

  test("changes in none when the pin of another file reads one of the literals and must keep it", () => {
    const { texts, pin } = pinOfTwoFiles();
    const other = dataPin("a.toml", texts["a.toml"]!);
    const { edits, refused } = planEdits(textsOf(texts), [{ pin, change: NEW }], [other]);
    expect(edits).toEqual([]);
    expect(refused[0]?.problem).toMatchObject({
      code: "value-shared",
      message:
        "The value in line 1 of a.toml is also read by the pin in line 1 of a.toml, which needs another; give each pin its own.",
    });
  });

  test("changes once for two pins that agree", () => {
    const { texts, pin } = pinOfTwoFiles();
    const changes = [
      { pin, change: NEW },
      { pin: { ...pin }, change: NEW },
    ];
    expect(planEdits(textsOf(texts), changes).edits).toHaveLength(2);
  });
});

describe("a pin with variants", () => {
  const text = JSON.stringify({
    x86: { imageDigest: OLD.imageDigest, hash: sriHash(OLD.hash) },
    arm: { imageDigest: OLD.imageDigest, hash: sriHash(OLD.hash) },
  });
  const texts = { "a.json": text };
  const variants = [dataPin("a.json", text, ["x86"]), dataPin("a.json", text, ["arm"])];
  const pin: Pin = { ...variants[0]!, variants };

  test("changes for all systems at once", () => {
    const { edits } = planEdits(textsOf(texts), [{ pin, change: { ...NEW, variants: [NEW, ARM] } }]);
    expect(JSON.parse(edited(texts, edits)["a.json"]!)).toEqual({
      x86: { imageDigest: NEW.imageDigest, hash: sriHash(NEW.hash) },
      arm: { imageDigest: ARM.imageDigest, hash: sriHash(ARM.hash) },
    });
  });

  test("changes for none when one of them can't be edited", () => {
    const blocked = {
      ...variants[1]!,
      hash: { state: "unknown", at: { file: "", start: 0, end: 0 }, reason: "x" },
    } as Pin;
    const change = { ...NEW, variants: [NEW, ARM] };
    const { edits, refused } = planEdits(textsOf(texts), [
      { pin: { ...pin, variants: [variants[0]!, blocked] }, change },
    ]);
    expect(edits).toEqual([]);
    expect(refused).toMatchObject([{ problem: { code: "pin-computed" } }]);
  });

  test("changes for none when no change per system is given", () => {
    const { edits, refused } = planEdits(textsOf(texts), [{ pin, change: NEW }]);
    expect(edits).toEqual([]);
    expect(refused).toMatchObject([{ problem: { code: "pin-computed" } }]);
  });

  const shared = [variants[0]!, { ...variants[1]!, imageDigest: variants[0]!.imageDigest }];

  test("a literal that its variants share changes once where they agree", () => {
    const agreeing = { ...ARM, imageDigest: NEW.imageDigest };
    const change = { ...NEW, variants: [NEW, agreeing] };
    const { edits, refused } = planEdits(textsOf(texts), [{ pin: { ...pin, variants: shared }, change }]);
    expect(refused).toEqual([]);
    expect(edits.map(({ newText }) => JSON.parse(newText))).toEqual([
      NEW.imageDigest,
      sriHash(NEW.hash),
      sriHash(ARM.hash),
    ]);
  });

  test("and refuses the change where they don't", () => {
    const change = { ...NEW, variants: [NEW, ARM] };
    const { edits, refused } = planEdits(textsOf(texts), [{ pin: { ...pin, variants: shared }, change }]);
    expect(edits).toEqual([]);
    expect(refused[0]?.problem).toEqual({
      code: "value-shared",
      message: "The value in line 1 is for several systems, which need different ones; give each system its own.",
    });
  });
});

test("a hash that a table by system lacks goes to the digest of each system", () => {
  const table = (amd64: string, arm64: string) =>
    `{ dockerTools, system }:
let
  images = {
    x86_64-linux = { ${amd64} };
    aarch64-linux = { ${arm64} };
  };
in
dockerTools.pullImage ({ imageName = "a"; } // images.\${system})
`;
  const text = table(`imageDigest = "${OLD.imageDigest}";`, `imageDigest = "${hashed("old arm")}";`);
  const [pin] = readNixFile(nixParser, "a.nix", text).pins;
  const plan = planPinEdits(textsOf({ "a.nix": text }), pin!, { ...NEW, variants: [NEW, ARM] });
  expect(plan.ok && applyEdits(text, plan.value)).toBe(
    table(
      `imageDigest = "${NEW.imageDigest}"; hash = "${sriHash(NEW.hash)}";`,
      `imageDigest = "${ARM.imageDigest}"; hash = "${sriHash(ARM.hash)}";`,
    ),
  );
});

describe("a manifest file", () => {
  const texts = { "m.json": "{}\n", "a.nix": "…" };
  const pin: Pin = {
    ...EMPTY,
    file: "a.nix",
    range: { start: 0, end: 1 },
    callee: "nix2container.pullImageFromManifest",
    manifestFile: { file: "m.json", text: texts["m.json"] },
  };

  test("is replaced whole", () => {
    const { edits } = planEdits(textsOf(texts), [{ pin, change: { ...NEW, manifest: '{"new":1}\n' } }]);
    expect(edited(texts, edits)).toEqual({ ...texts, "m.json": '{"new":1}\n' });
  });

  test("stays when it is as it should be", () => {
    expect(planEdits(textsOf(texts), [{ pin, change: { ...NEW, manifest: "{}\n" } }]).edits).toEqual([]);
  });

  test.each([
    ["when what is there is not what was read", { ...texts, "m.json": "{} \n" }],
    ["when it is not at hand", { "a.nix": "…" }],
  ])("stays %s", (_, texts) => {
    const { edits, refused } = planEdits(textsOf(texts), [{ pin, change: { ...NEW, manifest: "new" } }]);
    expect(edits).toEqual([]);
    expect(refused).toMatchObject([{ problem: { code: "pin-computed" } }]);
  });

  test("stays when another pin reads a value in it", () => {
    const text = JSON.stringify({ imageDigest: OLD.imageDigest, hash: sriHash(OLD.hash) });
    const other = dataPin("m.json", text);
    const change = { ...NEW, manifest: "{}" };
    const own = { ...pin, manifestFile: { file: "m.json", text } };
    const { edits, refused } = planEdits(textsOf({ "m.json": text }), [{ pin: own, change }], [other]);
    expect(edits).toEqual([]);
    expect(refused).toMatchObject([{ problem: { code: "value-shared" } }]);
  });
});

describe("the image of the container that a pin is for", () => {
  const texts = (image: string) => ({
    "a.json": JSON.stringify({
      imageName: "org/app",
      imageDigest: OLD.imageDigest,
      hash: sriHash(OLD.hash),
      finalImageTag: "2",
    }),
    "c.toml": `image = "${image}"\n`,
  });
  const pinWith = (image: string, more: Partial<Pin> = {}): Pin => {
    const [, line = ""] = /image = (.*)\n/.exec(texts(image)["c.toml"]) ?? [];
    const literal = { file: "c.toml", range: { start: 8, end: 8 + line.length } };
    return { ...dataPin("a.json", texts(image)["a.json"]), siblingImage: { literal, value: image }, ...more };
  };
  const named = (value: string): AttributeReading => {
    const at = { file: "", start: 0, end: 0 };
    return { state: "known", value, at, provenance: [], editable: null, blocked: null };
  };

  test.each([
    ["takes the pin's final tag", "org/app:1", "org/app:2", {}],
    ["gets one", "org/app", "org/app:2", {}],
    ["has it already", "org/app:2", "org/app:2", {}],
    ["goes by the final name", "local:1", "local:2", { finalImageName: named("local") }],
    ["is another image", "org/other:1", "org/other:1", {}],
    ["has a digest", "org/app:1@sha256:x", "org/app:1@sha256:x", {}],
    ["is on a port", "host:5000/app:1", "host:5000/app:2", { imageName: named("host:5000/app") }],
    ["has the default tag", "org/app:1", "org/app:latest", { finalImageTag: ABSENT }],
    [
      "is what the pin follows",
      "org/app:1",
      "org/app:1",
      { finalImageTag: ABSENT, followedTag: { tag: "1", from: "image" } },
    ],
    ["has no tag, which is the default", "org/app", "org/app", { finalImageTag: ABSENT }],
  ] satisfies [string, string, string, Partial<Pin>][])("%s", (_, before, after, more) => {
    const { edits } = planEdits(textsOf(texts(before)), [{ pin: pinWith(before, more), change: NEW }]);
    expect(edited(texts(before), edits)["c.toml"]).toBe(`image = "${after}"\n`);
  });

  test("stays when only the hash changes", () => {
    const image = "org/app:1";
    const change = { ...NEW, imageDigest: OLD.imageDigest };
    const { edits } = planEdits(textsOf(texts(image)), [{ pin: pinWith(image), change }]);
    expect(edits.map(({ file }) => file)).toEqual(["a.json"]);
  });

  test("stays, and so does the pin, when another container's pin wants another tag there", () => {
    const image = "org/app:1";
    const other = pinWith(image, { finalImageTag: named("3"), imageDigest: named(OLD.imageDigest) });
    const { edits, refused } = planEdits(textsOf(texts(image)), [
      { pin: pinWith(image), change: NEW },
      { pin: { ...other, imageDigest: pinWith(image).imageDigest }, change: NEW },
    ]);
    expect(edits).toEqual([]);
    expect(refused.map(({ problem }) => problem.code)).toEqual(["value-shared", "value-shared"]);
  });
});

describe("a digest that is taken out of a longer string", () => {
  const text = `{ "image": "org/app:1@${OLD.imageDigest}", "hash": "${sriHash(OLD.hash)}" }`;
  const texts = { "a.json": text };
  const start = text.indexOf(OLD.imageDigest);
  const sliceAt = (start: number, end: number): AttributeReading => {
    const slice = { file: "a.json", range: { start, end }, bare: true as const };
    const at = { file: "a.json", start, end };
    return { state: "known", value: OLD.imageDigest, at, provenance: [slice], editable: slice, blocked: null };
  };
  const pin: Pin = {
    ...dataPin("a.json", text),
    imageDigest: sliceAt(start, start + OLD.imageDigest.length),
  };

  test("is replaced there, without quotes", () => {
    const { edits } = planEdits(textsOf(texts), [{ pin, change: NEW }]);
    expect(edited(texts, edits)["a.json"]).toBe(
      text.replace(OLD.imageDigest, NEW.imageDigest).replace(sriHash(OLD.hash), sriHash(NEW.hash)),
    );
  });

  test("stays where the string has something else at that place", () => {
    const elsewhere = { ...pin, imageDigest: sliceAt(start - 1, start + OLD.imageDigest.length - 1) };
    const { edits, refused } = planEdits(textsOf(texts), [{ pin: elsewhere, change: NEW }]);
    expect(edits).toEqual([]);
    expect(refused).toMatchObject([{ problem: { code: "pin-computed" } }]);
  });

  test("stays where another pin reads the whole string", () => {
    const quoted = { file: "a.json", range: { start: text.indexOf('"org'), end: text.indexOf(", ") } };
    const other = { ...pin, imageDigest: { ...pin.imageDigest, provenance: [quoted] } as AttributeReading };
    const { edits, refused } = planEdits(textsOf(texts), [{ pin, change: NEW }], [other]);
    expect(edits).toEqual([]);
    expect(refused).toMatchObject([{ problem: { code: "value-shared" } }]);
  });
});
