import { render } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";
import VisibleText from "./VisibleText.svelte";
import { linePieces, visible } from "./visible";

describe("visible", () => {
  const cases: [what: string, text: string, shown: string][] = [
    ["plain text stays", "payroll.csv, 12 KB", "payroll.csv, 12 KB"],
    ["letters of other scripts stay", "отчёт 報告 गाड़ी שלום é", "отчёт 報告 गाड़ी שלום é"],
    ["a right-to-left override shows", "report\u202Efdp.exe", "report‹U+202E›fdp.exe"],
    ["isolates show", "\u2066a\u2069", "‹U+2066›a‹U+2069›"],
    ["zero-width characters show", "pay\u200Broll\uFEFF", "pay‹U+200B›roll‹U+FEFF›"],
    ["control characters show", "a\u0000\u001B[31m\u007F\u0085", "a‹U+0000›‹U+001B›[31m‹U+007F›‹U+0085›"],
    ["line ends show in a line", "a\nb\u2028c", "a‹U+000A›b‹U+2028›c"],
    ["spaces that are not the plain one show", "a\u00A0b\u3000c", "a‹U+00A0›b‹U+3000›c"],
    ["the blank braille cell and fillers show", "\u2800\u3164", "‹U+2800›‹U+3164›"],
    ["variation selectors and tags show", "❤\uFE0F\u{E0041}", "❤‹U+FE0F›‹U+E0041›"],
    ["private and unassigned characters show", "\uE000\u{378}", "‹U+E000›‹U+0378›"],
    ["a lone surrogate shows", "a\uD800b", "a‹U+D800›b"],
    ["piled marks show", "o\u0301\u0302\u0303\u0304", "o\u0301\u0302\u0303‹U+0304›"],
  ];
  it.each(cases)("%s", (_, text, shown) => {
    expect(visible(text)).toBe(shown);
  });

  it("keeps line ends and tabs in text of several lines, and nothing else", () => {
    const shown = linePieces("a\r\n\tb\rc\u202E")
      .map((piece) => piece.text)
      .join("");
    expect(shown).toBe("a\n\tb‹U+000D›c‹U+202E›");
  });
});

describe("VisibleText", () => {
  it("isolates the text and draws markup as text", () => {
    const { container } = render(VisibleText, { text: "<img src=x onerror=alert(1)>\u202E" });
    expect(container.querySelector("img")).toBeNull();
    expect(container.querySelector("bdi")?.textContent).toBe("<img src=x onerror=alert(1)>‹U+202E›");
  });

  it("keeps the parts of a path in their order, whatever their letters", () => {
    const { container } = render(VisibleText, { text: "/home/ada/מסמכים/2026/a.txt" });
    const isolated = [...container.querySelectorAll("bdi bdi")].map((part) => part.textContent);
    expect(isolated).toEqual(["home", "ada", "מסמכים", "2026", "a.txt"]);
    expect(container.querySelector("bdi")?.dir).toBe("ltr");
    expect(container.textContent.trim()).toBe("/home/ada/מסמכים/2026/a.txt");
  });
});
