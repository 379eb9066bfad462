import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readNextLink } from "../../../server/src/registry/link-header.ts";

describe("the next link of a Link header", () => {
  test.each<[lines: string[], target: string | null]>([
    [['</v2/a/tags/list?last=b&n=5>; rel="next"'], "/v2/a/tags/list?last=b&n=5"],
    [["<https://r.example/v2/a/tags/list?n=5>; rel=next"], "https://r.example/v2/a/tags/list?n=5"],
    [['</a>; rel="prev", </b>; rel="next"'], "/b"],
    [['</a>; rel="prev"', '</b>; rel="next"'], "/b"],
    [['</a,b;c>; title="x, y; rel=next"; rel="next"'], "/a,b;c"],
    [['</a>; title="rel=next", </b>; rel="next"'], "/b"],
    [['</a>; title="a \\"quoted, <x>\\" word" ; REL = "NEXT"'], "/a"],
    [['</a>; rel="last next first"'], "/a"],
    [['</a>; rel="nextish", </b>; rel="x-next"'], null],
    [["</a>; rel=prev; rel=next"], null],
    [["</a>; rel"], null],
    [["</a>"], null],
    [["/a; rel=next"], null],
    [['/a, </b>;rel="next"'], "/b"],
    [['</a; rel="next"'], null],
    [['< /a >; rel="next'], "/a"],
    [[""], null],
    [[], null],
  ])("%j: %j", (lines, target) => {
    expect(readNextLink(lines)).toBe(target);
  });

  test("of any text is a part of it or null", () => {
    const words = fc.constantFrom("<", ">", ";", ",", '"', "\\", "=", "rel", "next", " ", "/a?b", "title", "\t", "é");
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(words).map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(text, (line) => {
        const target = readNextLink([line]);
        expect(target === null || line.includes(target)).toBe(true);
      }),
    );
  });

  test.each([
    ["<", "<".repeat(2 ** 20)],
    ["<>;", "<>;".repeat(350_000)],
    ['<>;a="', '<>;a="'.repeat(170_000)],
    ['<>;a="\\', `<>;a="${"\\".repeat(2 ** 20)}`],
    ["spaces", `<>${" ".repeat(2 ** 20)}`],
    [",", ",".repeat(2 ** 20)],
    [",<", ",<".repeat(2 ** 19)],
    [", </a>", ", </a>".repeat(170_000)],
  ])("of a megabyte of %s is found in linear time, since only its start is read", (_name, line) => {
    expect(readNextLink([line])).toBeNull();
  });
});
