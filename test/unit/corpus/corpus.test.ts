import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { printSurvey } from "../../../scripts/corpus/report.ts";
import { type Survey, surveyCorpus } from "../../../scripts/corpus/survey.ts";
import { nixParser } from "../../support/nix-parser.ts";

const FIXTURES = join(import.meta.dirname, "..", "..", "fixtures", "nix");

describe("a survey of the fixtures", () => {
  let survey: Survey;
  beforeAll(async () => {
    survey = await surveyCorpus(nixParser, FIXTURES, { parseAll: false });
  });

  test("counts every pin once in each way", () => {
    const sum = (counts: Record<string, number>) => Object.values(counts).reduce((total, count) => total + count, 0);
    expect(survey.pins).toBeGreaterThan(100);
    expect(sum(survey.byCallee)).toBe(survey.pins);
    expect(sum(survey.byForm)).toBe(survey.pins);
    expect(survey.shares.read + survey.shares.unknown).toBe(survey.pins);
    expect(survey.shares.editable).toBeLessThanOrEqual(survey.shares.read);
  });

  test("knows the forms that pins are written in", () => {
    const forms = ["literal set", "rec set", "merged sets", "table by system", "list element", "wrapper call", "JSON"];
    for (const form of forms) expect(survey.byForm, form).toHaveProperty([form]);
  });

  test("gives a reason for whatever is unknown", () => {
    expect(survey.shares.unknown).toBeGreaterThan(0);
    expect(Object.keys(survey.reasons.unknown).length).toBeGreaterThan(0);
  });

  test("tells files with syntax errors, and the slowest", () => {
    expect(survey.parseFailures).toContain(join(FIXTURES, "torn-pin.nix"));
    expect(survey.slowest).toHaveLength(10);
  });

  test("prints as text with every count in it", () => {
    const text = printSurvey(survey);
    expect(text).toContain(`${survey.pins} pins in ${survey.files.withPins} files`);
    for (const [form, count] of Object.entries(survey.byForm)) expect(text).toMatch(new RegExp(`${count}  ${form}`));
  });
});

describe("a survey of odd files", () => {
  const folderWith = async (files: Record<string, string | Uint8Array>): Promise<string> => {
    const folder = await mkdtemp(join(tmpdir(), "dockpin-corpus-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
    return folder;
  };

  test("goes on after files that cannot be read", async () => {
    const folder = await folderWith({
      "latin1.nix": Buffer.from('pullImage { imageName = "caf\xe9"; }', "latin1"),
      "good.nix": 'pullImage { imageName = "a"; imageDigest = "b"; }',
    });
    const survey = await surveyCorpus(nixParser, folder, { parseAll: false });
    expect(survey).toMatchObject({ files: { nix: 2, unreadable: 1, withPins: 1 }, pins: 1 });
  });

  test("parses what has no pins only when asked to", async () => {
    const folder = await folderWith({ "broken.nix": "{ a = ; }", "fine.nix": "{ a = 1; }" });
    const quick = await surveyCorpus(nixParser, folder, { parseAll: false });
    expect(quick).toMatchObject({ files: { nix: 2, parsed: 0 }, parseFailures: [] });
    const whole = await surveyCorpus(nixParser, folder, { parseAll: true });
    expect(whole).toMatchObject({ files: { parsed: 2 }, parseFailures: [join(folder, "broken.nix")] });
  });

  test("finds values in other files of the folder", async () => {
    const folder = await folderWith({
      "image.json": '{ "imageName": "a", "imageDigest": "b", "sha256": "c" }',
      "call.nix": "pullImage (lib.importJSON ./image.json)",
    });
    const { byForm } = await surveyCorpus(nixParser, folder, { parseAll: false });
    expect(byForm).toHaveProperty("JSON");
  });
});
