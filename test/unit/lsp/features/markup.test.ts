import { createRequire } from "node:module";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { printable } from "../../../../server/src/base/printable.ts";
import { linkTo, type Piece, toMarkdown, toPlainText } from "../../../../server/src/lsp/features/markup.ts";

interface Token {
  readonly type: string;
  readonly content: string;
  readonly children: readonly Token[] | null;
  attrGet(name: string): string | null;
}

interface MarkdownReader {
  parse(text: string, environment: object): Token[];
  readonly linkify: { set(options: object): void };
}

/** With HTML, tables and links that nobody marked as such: all that an editor may read into a text. */
const reader: MarkdownReader = createRequire(import.meta.url)("markdown-it")({ html: true, linkify: true });
reader.linkify.set({ fuzzyLink: false });

/** What Markdown reads in the second cell of a table, and in a paragraph. */
function readings(pieces: readonly Piece[]): Token[][] {
  const shown = toMarkdown(pieces);
  return [`| a | b |\n| --- | --- |\n| c | ${shown} |\n`, `x ${shown}\n`, `${shown}\n`].map((text) =>
    reader.parse(text, {}),
  );
}

const typesOf = (tokens: readonly Token[]): string[] =>
  tokens.flatMap(({ type, children }) => [type, ...typesOf(children ?? [])]);
const textOf = (tokens: readonly Token[]): string =>
  tokens.map(({ children, content, type }) => (type === "inline" ? textOf(children ?? []) : content)).join("");

const HOSTILE = [
  "![image](https://evil.example/x.png)",
  "[click](command:workbench.action.quit)",
  "<img src=x onerror=alert(1)>",
  "<https://evil.example>",
  "https://evil.example",
  "www.evil.example",
  "me@evil.example",
  "a | b | c",
  "# heading",
  "- item",
  "+ item",
  "1. item",
  "1) item",
  "> quote",
  "===",
  "---",
  "```\nfence",
  "`code`",
  "``",
  "` `",
  "*strong* **text** _and_ __more__ ~~gone~~",
  "&lt;b&gt; &#42;",
  "back\\slash \\| pipe\\",
  "$(sync~spin)",
  "[x]: https://evil.example",
  "    indented",
  "\u202egnp.exe",
  "line\nbreak\r\n\r\n| a | b |",
];

describe("a text from a file or registry is only text", () => {
  test.each(HOSTILE)("%j", (text) => {
    for (const isValue of [false, true]) {
      for (const tokens of readings([{ text, isValue }])) {
        const meant = /^(?:paragraph|table|thead|tbody|tr|th|td)_(?:open|close)$|^(?:inline|text|text_special)$/;
        const others = typesOf(tokens).filter((type) => !meant.test(type));
        expect(others).toEqual(isValue ? ["code_inline"] : []);
        expect(squeezed(textOf(tokens))).toContain(squeezed(printable(text)));
      }
    }
  });

  test("whatever it is", () => {
    const strings = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(..."`|\\*_[]()<>!&#:/@-.1a \n") }));
    fc.assert(
      fc.property(strings, fc.boolean(), (text, isValue) => {
        for (const tokens of readings([{ text, isValue }])) {
          const types = new Set(typesOf(tokens));
          for (const type of [
            "link_open",
            "image",
            "html_inline",
            "html_block",
            "em_open",
            "strong_open",
            "s_open",
            "fence",
          ]) {
            expect(types).not.toContain(type);
          }
        }
      }),
    );
  });

  test("icons are not drawn", () => {
    expect(toMarkdown([{ text: "$(sync~spin)" }])).toMatch(/^\\\$\(/);
  });

  test("a value keeps its letters, without backslashes, for clients that show Markdown as it is", () => {
    expect(toMarkdown([{ text: "ghcr.io/org/my_app:1.2-alpine", isValue: true }])).toBe(
      "`ghcr.io/org/my_app:1.2-alpine`",
    );
  });
});

function squeezed(text: string): string {
  return text.replace(/[\s\\]+/g, "");
}

describe("links", () => {
  test.each<[address: string, target: string | null]>([
    ["https://github.com/org/app", "https://github.com/org/app"],
    ["https://example.org/a b?c=<d>|e", "https://example.org/a%20b?c=%3Cd%3E|e"],
    ["http://example.org/", null],
    ["javascript:alert(1)", null],
    ["command:workbench.action.quit", null],
    ["https://user:secret@example.org/", null],
    ["git@github.com:org/app.git", null],
    ["not an address", null],
    [`https://example.org/${"a".repeat(500)}`, null],
  ])("to %s", (address, target) => {
    expect(linkTo(address)?.target ?? null).toBe(target);
  });

  test.each(["https://example.org/a)b](c)", "https://example.org/?q=a|b\\c", "https://example.org/#`x`"])(
    "%s leads where it says",
    (address) => {
      const [table] = readings([linkTo(address)!]);
      const inline = table?.flatMap(({ children }) => children ?? []) ?? [];
      const opened = inline.filter(({ type }) => type === "link_open");
      expect(opened.map((link) => new URL(link.attrGet("href") ?? "").host)).toEqual(["example.org"]);
      expect(inline.find(({ type }) => type === "code_inline")?.content).toMatch(/^https:\/\/example\.org\//);
    },
  );

  test("a command's arguments come through", () => {
    const target = `command:dockpin.copy?${encodeURIComponent(JSON.stringify(["sha256:12"]))}`;
    expect(toMarkdown([{ text: "Copy", target }])).toBe(`[Copy](<${target}>)`);
  });
});

describe("plain text", () => {
  test.each<[pieces: readonly Piece[], shown: string]>([
    [[{ text: "nginx", isValue: true }], "nginx"],
    [[{ text: "nginx", isValue: true }, { text: "(not stated)" }], "nginx (not stated)"],
    [[linkTo("https://example.org/a")!], "https://example.org/a"],
    [[{ text: "the page", target: "https://example.org/" }], "the page https://example.org/"],
    [
      [
        { text: "sha256:12", isValue: true },
        { text: "Copy", target: "command:dockpin.copy" },
      ],
      "sha256:12",
    ],
    [[{ text: "a\u001b[31m\nb" }], "a [31m b"],
  ])("%#", (pieces, shown) => {
    expect(toPlainText(pieces)).toBe(shown);
  });
});
