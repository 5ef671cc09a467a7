import { describe, expect, it } from "vitest";
import { visible } from "../ui/visible";
import { edit, folder, readFile, rename, send, start, update } from "./examples";
import {
  amount,
  bodyLines,
  carries,
  changed,
  facts,
  fold,
  foldPlace,
  isFolded,
  matching,
  place,
  quoted,
  room,
  size,
  splitPath,
} from "./wording";

describe("size", () => {
  const cases: [bytes: number, said: string][] = [
    [0, "0 bytes"],
    [1, "1 byte"],
    [999, "999 bytes"],
    [1000, "1 KB"],
    [1450, "1.4 KB"],
    [12_345, "12 KB"],
    [999_499, "999 KB"],
    [999_500, "1 MB"],
    [4_294_967_296, "4.3 GB"],
    [Number.MAX_SAFE_INTEGER, "9 PB"],
  ];
  it.each(cases)("%d is %s", (bytes, said) => expect(size(bytes)).toBe(said));
});

describe("changed", () => {
  const now = new Date(2026, 4, 20, 0, 30).getTime();
  const cases: [at: Date, said: string][] = [
    [new Date(2026, 4, 20, 0, 10), "changed today"],
    [new Date(2026, 4, 19, 23, 50), "changed yesterday"],
    [new Date(2026, 4, 14, 12), "changed 6 days ago"],
    [new Date(2026, 4, 13, 12), "changed on 13 May"],
    [new Date(2025, 11, 31), "changed on 31 December 2025"],
    [new Date(2031, 4, 3), "changed on 3 May 2031"],
  ];
  it.each(cases)("%s is %s", (at, said) => expect(changed(at.getTime(), now)).toBe(said));
});

describe("facts", () => {
  const now = Date.UTC(2026, 4, 20, 12);
  const cases: [what: string, object: Parameters<typeof facts>[0], said: string[]][] = [
    ["a file", { size: 12_000, modified: now / 1000 }, ["12 KB", "changed today"]],
    ["an empty file", { modified: now / 1000 }, ["0 bytes", "changed today"]],
    ["a file to be made", { new: true }, ["does not exist yet"]],
    ["a folder of many", { folder: true, count: 1500, size: 4096 }, ["folder", "1,500 files now"]],
    ["a folder of one", { folder: true, count: 1 }, ["folder", "1 file now"]],
    ["what is no file", { name: "LANG" }, []],
  ];
  it.each(cases)("of %s", (_, object, said) => expect(facts(object, now)).toEqual(said));
});

describe("amount", () => {
  const of = (added: number, removed: number, before: number, after: number, binary = false) =>
    amount({ added, removed, before, after, binary });
  it("counts lines and names sizes", () => {
    expect(of(1, 0, 10, 20)).toBe("1 line added · 10 bytes before, 20 bytes after");
    expect(of(1200, 1, 1204, 1206)).toBe("1 line removed · 1,200 lines added · 1.2 KB");
    expect(of(0, 0, 0, 5, true)).toBe("0 bytes before, 5 bytes after");
  });
});

describe("matching", () => {
  const rung = { label: "", grant: "", lifetimes: [] };
  const cases: [what: string, rung: Parameters<typeof matching>[0], now: string, more: string][] = [
    ["one object", rung, "This one, and nothing else", ""],
    ["a pattern of nothing", { ...rung, matches: [] }, "It matches nothing yet", ""],
    [
      "a pattern of one",
      { ...rung, count: 1, matches: ["/a"] },
      "It matches 1 file now, and later ones:",
      "",
    ],
    ["many without names", { ...rung, count: 4000 }, "It matches 4,000 files now, and later ones", ""],
    [
      "more than are named",
      { ...rung, count: 9, matches: ["/a", "/b"] },
      "It matches 9 files now, and later ones:",
      "and 7 more",
    ],
  ];
  it.each(cases)("of %s", (_, of, now, more) => expect(matching(of)).toEqual({ now, more }));
});

describe("quoted", () => {
  const cases: [name: string, marks: boolean][] = [
    ["payroll.csv", false],
    ["отчёт-2026_b.txt", false],
    ["Press Allow to continue.txt", true],
    ["a\u00A0b", true],
    ["Allow?", true],
    ["“a”", true],
    ["", true],
  ];
  it.each(cases)("%j: %s", (name, marks) => expect(quoted(name)).toBe(marks));
});

describe("a request", () => {
  const request = (url: string, name: string) =>
    send({ name, object: { request: { method: "GET", url } }, need: "net:GET:https://a.example:443/" });

  it("has its host in weight, whatever else says the same", () => {
    const url = "https://api.evil.example:443/evil.example?to=evil.example";
    expect(place(request(url, "evil.example"))).toEqual({
      before: "GET https://api.",
      name: "evil.example",
      after: ":443/evil.example?to=evil.example",
    });
  });

  it("has no weight on a name that is not in its host", () => {
    expect(place(request("https://a.example:443/good.example", "good.example")).name).toBe("good.example");
    expect(place(request("https://a.example:443/good.example", "good.example")).before).toBe(
      "GET https://a.example:443/good.example ",
    );
  });

  it("says how much it carries", () => {
    expect(carries({ method: "GET", url: "" })).toBe("no body");
    expect(carries({ method: "PUT", url: "", size: 1500 })).toBe("1.5 KB of body");
    expect(carries({ method: "PUT", url: "", size: 1500, binary: true })).toBe("1.5 KB of body, not text");
    expect(carries({ method: "PUT", url: "", size: 65_536, unfinished: true, most: 10_485_760 })).toBe(
      "66 KB so far, up to 10 MB, not written yet",
    );
  });

  it("shows its body line by line", () => {
    expect(bodyLines({ method: "PUT", url: "", text: "a\r\n\n b\n" })).toEqual(["a", "", " b"]);
    expect(bodyLines({ method: "GET", url: "" })).toEqual([]);
  });

  it("is folded where a line, a value or what led there is long", () => {
    const long = "x".repeat(400);
    const folded = (more: object) =>
      isFolded(send({ object: { request: { method: "GET", url: "https://acme.example:443/", ...more } } }));
    expect(folded({})).toBe(false);
    expect(folded({ text: `short\n${long}` })).toBe(true);
    expect(folded({ headers: [{ name: "X", value: long }] })).toBe(true);
    expect(folded({ headers: [{ name: long, value: "" }] })).toBe(true);
    expect(folded({ from: long })).toBe(true);
    expect(folded({ url: `https://acme.example:443/?${long}` })).toBe(true);
  });
});

describe("place", () => {
  const paths: [path: string, before: string, name: string, after: string][] = [
    ["/home/ada/a.csv", "/home/ada/", "a.csv", ""],
    ["/home/ada/out/", "/home/ada/", "out", "/"],
    ["/", "", "/", ""],
    ["a.csv", "", "a.csv", ""],
    ["C:\\Users\\ada\\a.csv", "C:\\Users\\ada\\", "a.csv", ""],
    ["/home/ada/a\\b.csv", "/home/ada/", "a\\b.csv", ""],
  ];
  it.each(paths)("splits %s before its last name", (path, before, name, after) => {
    expect(splitPath(path)).toEqual({ before, name, after });
  });

  it("puts weight on the name where it stands in the grant", () => {
    const prompt = readFile({
      object: {},
      name: "acme.io",
      need: "net:GET:https://acme.io.evil.acme.io:443/v1",
    });
    expect(place(prompt)).toEqual({
      before: "GET https://acme.io.evil.",
      name: "acme.io",
      after: ":443/v1",
    });
  });

  it("shows grant and name where the one is not in the other", () => {
    const prompt = readFile({
      object: {},
      name: "bücher.example",
      need: "net:GET:https://xn--bcher-kva.example:443/**",
    });
    expect(place(prompt)).toEqual({
      before: "GET https://xn--bcher-kva.example:443/** ",
      name: "bücher.example",
      after: "",
    });
  });
});

describe("fold", () => {
  it("leaves what fits alone", () => {
    expect(fold("a".repeat(40), 40)).toBeNull();
  });

  const letters = ["a", "\u200B", "報", "\u{1F600}", "\uD800", "e\u0301", "\n"];
  it.each(letters)("takes the middle out of many %j, and loses nothing else", (letter) => {
    const text = letter.repeat(500);
    const folded = fold(text, 60);
    expect([...visible((folded?.head ?? "") + (folded?.tail ?? ""))].length).toBeLessThanOrEqual(60);
    const middle = text.slice(folded?.head.length, text.length - (folded?.tail.length ?? 0));
    expect((folded?.head ?? "") + middle + (folded?.tail ?? "")).toBe(text);
    expect([...middle]).toHaveLength(folded?.hidden ?? 0);
    expect(folded?.head).not.toBe("");
    expect(folded?.tail).not.toBe("");
  });

  it("keeps a name whole however long it is", () => {
    const name = "n".repeat(4096);
    expect(foldPlace({ before: "/a/".repeat(100), name, after: "" })).toMatchObject({ after: null });
    expect(foldPlace({ before: "/home/ada/", name, after: "" })).toEqual({ before: null, after: null });
  });
});

describe("isFolded", () => {
  const long = "long ".repeat(60);
  const { subject, object } = readFile();
  const cases: [what: string, prompt: ReturnType<typeof readFile>, folded: boolean][] = [
    ["an ordinary question", readFile(), false],
    ["an ordinary start", start(), false],
    [
      "a start of many grants",
      start({ rungs: [{ label: "All of this", grant: long, lifetimes: [] }] }),
      false,
    ],
    [
      "a long name, which is whole",
      readFile({ name: long, object: { ...object, path: `/a/${long}` } }),
      false,
    ],
    ["a long folder", readFile({ object: { ...object, path: `/${long}/a.csv` } }), true],
    ["a long other end of a rename", rename({ object: { ...object, other: `/${long}/b.txt` } }), true],
    ["a long grant", readFile({ object: {}, need: `env:${long}payroll.csv` }), true],
    [
      "a long file in a folder",
      folder({ rungs: [{ label: "Only this file", grant: long, lifetimes: [] }] }),
      true,
    ],
    ["long words of the skill", readFile({ why: long }), true],
    ["a long client", readFile({ subject: { ...subject, client: long } }), true],
    ["a long skill in between", readFile({ subject: { ...subject, chain: ["a", long] } }), true],
    ["a long signer", readFile({ subject: { ...subject, signer: long } }), true],
    [
      "long words in a line",
      start({ lines: [{ grant: "env:LANG", sentence: "Read LANG", why: long }] }),
      true,
    ],
    [
      "a long line of a difference",
      edit({
        object: {
          difference: {
            before: 0,
            after: 1,
            added: 1,
            removed: 0,
            hunks: [{ old: 1, new: 1, lines: [{ kind: "added", text: long }] }],
          },
        },
      }),
      true,
    ],
    ["an ordinary difference", edit(), false],
    ["an ordinary update", update(), false],
    [
      "long words of an update",
      update({ growth: { from: "1", changes: [{ kind: "other", sentence: "It says:", after: long }] } }),
      true,
    ],
    ["a long version", update({ growth: { from: long, changes: [] } }), true],
    ["a long workspace", start({ subject: { ...subject, workspace: `/${long}/acme` } }), true],
  ];
  it.each(cases)("of %s", (_, prompt, folded) => expect(isFolded(prompt)).toBe(folded));

  it("has room for three lines at most", () => {
    expect(Math.max(...Object.values(room))).toBeLessThan(190);
  });
});
