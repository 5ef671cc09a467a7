import { describe, expect, it } from "vitest";
import { hostOf, mixed, readOut } from "./lookalike";

describe("mixed", () => {
  const cases: [text: string, alphabets: string[]][] = [
    ["payroll.csv", []],
    ["отчёт 2026 final.docx", []],
    ["report-報告.txt", []],
    ["naïve.txt", []],
    ["p\u0430yroll.csv", ["Latin", "Cyrillic"]],
    ["\u0391cme", ["Latin", "Greek"]],
    ["Gateh\u0585use", ["Latin", "Armenian"]],
  ];
  it.each(cases)("of %j", (text, alphabets) => expect(mixed(text)).toEqual(alphabets));
});

describe("readOut", () => {
  // The letters are those of the platform's own reading of each name, the other way round.
  const names = ["bücher.example", "аpple.com", "例え.テスト", "пример.рф", "faß.example", "a.ό.gr", "💩.la"];
  it.each(names)("gives %s back", (name) => {
    const host = new URL(`http://${name}`).hostname;
    expect(host).toContain("xn--");
    expect(readOut(host)).toBe(name);
  });

  it.each(["xn--", "xn---", "xn--\u0430", "xn--99999999", "xn--a_"])(
    "leaves %s as it is or reads it",
    (label) => {
      expect(() => readOut(label)).not.toThrow();
    },
  );

  it("finds the host in a grant", () => {
    expect(hostOf("net:POST:https://www.xn--pple-43d.com:443/v1")).toBe("www.xn--pple-43d.com");
    expect(hostOf("net:POST:https://acme.example:443/v1")).toBe("");
  });
});
