import { render, screen, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import AskPage from "./Ask.svelte";
import { Ask } from "./ask.svelte";
import {
  edit,
  env,
  folder,
  pick,
  proposal,
  readFile,
  rename,
  send,
  start,
  streams,
  turn,
  update,
} from "./examples";
import type { Answer, Prompt } from "./prompt";
import { dayAfter } from "./wording";

/** The page with prompt on it and the grace over, unless `early`. */
async function show(prompt: Prompt, early = false) {
  const answers: Answer[] = [];
  const folders: string[] = [];
  const door = {
    next: () => new Promise<never>(() => {}),
    answer: (answer: Answer) => {
      answers.push(answer);
      return Promise.resolve("holds" as const);
    },
    pick: (folder: string) => {
      folders.push(folder);
      return Promise.resolve("/home/ada/other.csv");
    },
  };
  let pass = () => {};
  const clock = { now: () => Date.now(), later: (_: number, act: () => void) => ((pass = act), () => {}) };
  const ask = new Ask(door, clock);
  render(AskPage, { ask });
  ask.see(turn(1, prompt, 2));
  if (!early) pass();
  await screen.findByRole("alertdialog");
  return { answers, ask, folders, user: userEvent.setup() };
}

const button = (name: string) => screen.getByRole("button", { name });
const text = () => document.body.textContent;

describe("the prompt", () => {
  it("is a dialog named by its sentence, with Deny in focus and the person's mark above", async () => {
    await show(readFile());
    expect(screen.getByRole("alertdialog", { name: "Read payroll.csv?" })).toBeDefined();
    expect(document.activeElement).toBe(button("Deny"));
    expect(text()).toContain("heron");
    expect(text()).toContain("1 of 3");
    expect(text()).toContain("If you deny, the skill gets an error; nothing is lost.");
  });

  it("tells a screen reader who asks for what, what is warned of, and why", async () => {
    await show(readFile());
    const ids = screen.getByRole("alertdialog").getAttribute("aria-describedby")?.split(" ") ?? [];
    const told = ids.map((id) => document.getElementById(id)?.textContent).join(" ");
    for (const part of [
      "claude-code",
      "pdf-tools",
      "unsigned",
      "/home/ada/work/acme/finance/payroll.csv",
      "api.acme.io",
      "reads the PDFs",
    ]) {
      expect(told).toContain(part);
    }
  });

  it("says who signed, who called in between, and what is in development", async () => {
    const { subject } = readFile();
    await show(readFile({ subject: { ...subject, signer: "acme.io", chain: ["helper"] } }));
    expect(document.getElementById("who")?.textContent.replace(/\s+/g, " ")).toMatch(
      /claude-code.*through helper.*through pdf-tools.*by acme\.io.*verified/,
    );
  });

  it("shows a start with its folder, its lines and how long a yes holds", async () => {
    const { answers, user } = await show(start());
    const lines = screen.getAllByRole("listitem").map((line) => line.textContent);
    expect(lines[1]).toMatch(/use the variable LANG.*writes dates as you do/);
    expect(text()).toContain("has not used skills in it before");
    expect(text()).toMatch(/Allow holds:\s*Always, until you revoke it/);
    await user.click(button("Allow"));
    expect(answers).toMatchObject([{ verdict: "allow", rung: 0, lifetime: "always" }]);
  });

  it("shows a proposal with its lines, who proposes it, and a yes for this alone", async () => {
    const { answers, user } = await show(proposal());
    expect(screen.getByRole("alertdialog", { name: "Give a permission back to files?" })).toBeDefined();
    expect(document.getElementById("who")?.textContent.trim()).toBe("playground");
    expect(screen.getAllByRole("listitem")).toHaveLength(2);
    expect(screen.queryByRole("button", { name: "Allow more" })).toBeNull();
    await user.click(button("Allow"));
    expect(answers).toMatchObject([{ verdict: "allow", rung: 0, lifetime: "once" }]);
  });

  it("shows a variable by its grant", async () => {
    await show(env());
    expect(document.getElementById("what")?.textContent.trim()).toBe("env:HTTPS_PROXY");
  });

  it("says where the quick answer is less than the folder of the title", async () => {
    await show(folder());
    expect(screen.getByRole("alertdialog", { name: "Read everything in finance?" })).toBeDefined();
    expect(document.getElementById("what")?.textContent.replace(/\s+/g, " ")).toMatch(
      /500 files now.*Allow once is for: Only this file fs:read:\$\{workspace\}\/finance\/2024-03\.txt/,
    );
  });

  it("shows both ends of a rename", async () => {
    await show(rename({ other: "b\u202e.txt" }));
    expect(
      screen.getByRole("alertdialog", { name: /^Rename a\.txt to “b.*U\+202E.*\.txt”\?$/ }),
    ).toBeDefined();
    const what = document.getElementById("what")?.textContent.replace(/\s+/g, " ");
    expect(what).toMatch(/\/acme\/a\.txt to \/home\/ada\/work\/acme\/old\/b\.txt/);
  });

  it("shows a write as the lines that go and come, with their numbers", async () => {
    const hostile = "web: 4\u202E # safe";
    const { object } = edit();
    const [hunk] = object.difference?.hunks ?? [];
    const lines = [...(hunk?.lines ?? []), { kind: "added" as const, text: hostile }];
    await show(
      edit({
        object: {
          ...object,
          difference: {
            before: 9,
            after: 12,
            added: 2,
            removed: 1,
            cut: true,
            hunks: [{ old: 12, new: 12, lines }],
          },
        },
      }),
    );
    const drawn = [...document.querySelectorAll("[aria-label='What would change'] > div")].map((line) =>
      line.textContent.replace(/\s+/g, " ").trim(),
    );
    expect(drawn).toEqual([
      "12 replicas:",
      "13 −goes: web: 2",
      "13 +comes: web: 4",
      "14 worker: 1",
      "15 +comes: web: 4‹U+202E› # safe",
    ]);
    expect(text()).toContain("1 line removed · 2 lines added · 9 bytes before, 12 bytes after");
    expect(text()).toContain("Not all of the change is shown");
  });

  it("says of a binary file how its size changes", async () => {
    const { object } = edit();
    await show(
      edit({
        object: { ...object, difference: { before: 0, after: 9000, added: 0, removed: 0, binary: true } },
      }),
    );
    expect(text()).toMatch(/Not text, so there are no lines to show\s*0 bytes before, 9 KB after/);
  });

  it("shows what changed since a skill was approved, in the order in which it matters", async () => {
    const { growth } = update();
    await show(update({ growth: { from: "1.2\u200B.0", changes: growth?.changes ?? [], older: true } }));
    const changes = screen
      .getAllByRole("listitem")
      .map((line) => line.textContent.replace(/\s+/g, " ").trim());
    expect(changes[0]).toMatch(
      /^more It may also read files in the workspace\. now: ?fs:read:\$\{workspace\}\/\*\*$/,
    );
    expect(changes[3]).toMatch(/^less It no longer uses/);
    expect(text()).toMatch(/Since you approved version 1\.2‹U\+200B›\.0.*older version/s);
  });

  it("says how many equal questions its answer settles", async () => {
    await show(readFile({ times: 3 }));
    expect(document.getElementById("who")?.textContent).toMatch(
      /asked 3 times\s*your answer counts for all 3/,
    );
  });

  it("reads a host in A-labels out, and marks a name of mixed alphabets", async () => {
    await show(send({ name: "xn--pple-43d.com", need: "net:POST:https://xn--pple-43d.com:443/v1" }));
    expect(document.getElementById("what")?.textContent).toContain("would be written “аpple.com”");
    await show(readFile({ object: { path: "/home/ada/p\u0430yroll.csv" } }));
    expect(text()).toContain("the name mixes Latin and Cyrillic letters");
  });

  it("keeps a name that is a sentence inside quotation marks", async () => {
    const name = "Press Allow to continue.txt";
    await show(readFile({ name, object: { path: `/home/ada/${name}`, name } }));
    expect(screen.getByRole("alertdialog", { name: `Read “${name}”?` })).toBeDefined();
  });

  it("can only be allowed by picking where a skill asks for a file of the person's choice", async () => {
    const { answers, folders, user } = await show(pick());
    expect(screen.queryByRole("button", { name: /^Allow/ })).toBeNull();
    button("Pick a file…").focus();
    await user.keyboard("{Enter}");
    expect(folders).toEqual([]);
    await user.keyboard(" ");
    expect(folders).toEqual(["/home/ada/work/acme"]);
    await screen.findByText("Nothing is waiting for you");
    expect(answers).toMatchObject([{ verdict: "allow", lifetime: "once", picked: "/home/ada/other.csv" }]);
  });

  it("offers no ladder where there is none", async () => {
    await show(folder({ rungs: [] }));
    expect(screen.queryByRole("button", { name: "Allow more" })).toBeNull();
  });

  it("shows what a request would send", async () => {
    await show(send());
    expect(text()).toMatch(/POST https:\/\/api\.acme\.example:443\/v1\/convert\?to=text/);
    expect(text()).toMatch(/Content-Type:.*application\/json/);
    expect(screen.getByRole("group", { name: "What would be sent" }).textContent).toContain('"salary"');
    expect(text()).toContain("61 bytes of body");
  });

  it("says of a request what cannot be seen of it", async () => {
    const request = streams().object.request ?? { method: "", url: "" };
    await show(streams({ object: { request: { ...request, cut: true, from: "https://b.example:443/" } } }));
    expect(text()).toContain("66 KB so far, up to 10 MB, not written yet");
    expect(text()).toContain("Not all of what it sends is shown here");
    expect(text()).toContain("led here by the answer of https://b.example:443/");
  });
});

describe("its buttons", () => {
  it("allow once by a click or Space, and never by Enter", async () => {
    const { answers, user } = await show(readFile());
    button("Allow once").focus();
    await user.keyboard("{Enter}");
    expect(answers).toEqual([]);
    await user.keyboard(" ");
    expect(answers).toMatchObject([{ verdict: "allow", lifetime: "once" }]);
  });

  it("allow nothing during the grace and take no focus", async () => {
    const { answers, user } = await show(readFile(), true);
    expect(button("Allow once").getAttribute("aria-disabled")).toBe("true");
    await user.click(button("Allow once"));
    expect(document.activeElement).toBe(button("Deny"));
    expect(answers).toEqual([]);
  });

  it("deny by Enter and by Escape, but not by a key that is held down", async () => {
    const { answers, user } = await show(readFile());
    await user.keyboard("{Enter>3/}");
    expect(answers).toHaveLength(1);
    const second = await show(readFile());
    window.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", repeat: true }));
    expect(second.answers).toEqual([]);
    window.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape" }));
    expect(second.answers).toMatchObject([{ verdict: "deny", lifetime: "once" }]);
  });

  it("let a scope and a time be picked, and show the rule that would be kept", async () => {
    const { answers, user } = await show(readFile());
    await user.click(button("Allow more"));
    const what = within(screen.getByRole("radiogroup", { name: "What" }));
    await user.click(what.getByRole("radio", { name: "CSV files in this folder" }));
    await user.click(screen.getByRole("radio", { name: "This session" }));
    expect(text()).toContain("fs:read:${workspace}/finance/*.csv");
    await user.click(button("Allow this"));
    expect(answers).toMatchObject([{ verdict: "allow", rung: 1, lifetime: "session" }]);
  });

  it("allow no more than once until what is folded was opened", async () => {
    const prompt = readFile({ why: "because ".repeat(60) });
    const { answers, user } = await show(prompt);
    expect(text()).not.toContain(prompt.why);
    await user.click(button("Allow more"));
    await user.click(button("Allow this"));
    expect(answers).toEqual([]);
    await user.click(button("Show it"));
    expect(text()).toContain(prompt.why);
    expect(document.activeElement?.id).toBe("what");
    await user.click(button("Allow more"));
    await user.click(button("Allow this"));
    expect(answers).toHaveLength(1);
  });

  it("show the details, and deny for longer there", async () => {
    const prompt = readFile();
    const { answers, user } = await show(prompt);
    await user.click(button("Details"));
    for (const part of [prompt.subject.digest, "1.2.0", prompt.arguments, prompt.need, "extract"]) {
      expect(text()).toContain(part);
    }
    await user.click(button("Deny always, until you revoke it"));
    expect(answers).toMatchObject([{ verdict: "deny", rung: 0, lifetime: "always" }]);
  });
});

describe("its panels", () => {
  it("name what a scope matches now", async () => {
    const { user } = await show(readFile());
    await user.click(button("Allow more"));
    const matches = () =>
      screen.getByRole("group", { name: "What it matches now" }).textContent.replace(/\s+/g, " ");
    expect(matches()).toBe("This one, and nothing else ");
    await user.click(screen.getByRole("radio", { name: "Everything in this folder" }));
    expect(matches()).toMatch(/^It matches 23 files now, and later ones: .*lease\.pdf and 19 more$/);
  });

  it("allow until a date, and not until one that is past", async () => {
    const { answers, user } = await show(readFile());
    await user.click(button("Allow more"));
    await user.click(screen.getByRole("radio", { name: "Everything in this folder" }));
    const day = screen.getByLabelText("Last day");
    await user.clear(day);
    await user.type(day, "2001-01-01");
    expect(screen.getByRole<HTMLInputElement>("radio", { name: "Until a date" }).checked).toBe(true);
    expect(text()).toContain("a day to come, within a year");
    await user.click(button("Allow this"));
    expect(answers).toEqual([]);
    await user.clear(day);
    await user.type(day, dayAfter(Date.now(), 2));
    await user.click(button("Allow this"));
    expect(answers).toMatchObject([{ verdict: "allow", rung: 2, lifetime: "date" }]);
    expect(answers[0]?.until).toBeGreaterThan(Date.now() / 1000 + 86_400);
  });

  it("tell what was seen and decided before, and stop the skill", async () => {
    const { answers, user } = await show(readFile());
    await user.click(button("Details"));
    expect(text()).toMatch(/Before\s*You allowed payroll\.csv once.*In 24 hours\s*It read 3 files/s);
    await user.click(button("Stop this skill"));
    expect(answers).toMatchObject([{ verdict: "deny", lifetime: "once", stop: true }]);
  });

  it("let another file be picked, from the folder of the question", async () => {
    const { answers, folders, user } = await show(readFile());
    await user.click(button("Details"));
    await user.click(button("Pick another file…"));
    expect(folders).toEqual(["/home/ada/work/acme/finance/"]);
    await screen.findByText("Nothing is waiting for you");
    expect(answers).toMatchObject([{ verdict: "allow", lifetime: "once", picked: "/home/ada/other.csv" }]);
  });
});

describe("hostile text", () => {
  const names: [what: string, name: string, shown: string][] = [
    ["a right-to-left override", "a\u202Efdp.exe", "a‹U+202E›fdp.exe"],
    ["a zero-width space", "pay\u200Broll", "pay‹U+200B›roll"],
    ["a line end", "a\nGatehouse: safe", "a‹U+000A›Gatehouse: safe"],
    ["markup", "<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"],
    ["Markdown", "![x](http://a/b) **Allow**", "![x](http://a/b) **Allow**"],
    ["an instruction", "Allow this now", "Allow this now"],
  ];

  it.each(names)("shows %s as text, wherever it stands", async (_, name, shown) => {
    const { object, subject } = readFile();
    const { user } = await show(
      readFile({
        name,
        object: { ...object, path: `/home/ada/${name}`, name },
        subject: {
          ...subject,
          client: name,
          skill: name,
          signer: name,
          chain: [name],
          version: name,
          workspace: name,
        },
        tool: name,
        arguments: name,
        why: name,
        warnings: [name],
        need: `fs:read:/home/ada/${name}`,
        rungs: [
          {
            label: name,
            detail: name,
            grant: name,
            lifetimes: [{ lifetime: "call", label: name, detail: name }],
          },
        ],
        denials: [{ lifetime: "session", label: name }],
      }),
    );
    const said = /[^\w.]/.test(name) ? `“${shown}”` : shown;
    expect(screen.getByRole("alertdialog", { name: `Read ${said}?` })).toBeDefined();
    for (const panel of ["Allow more", "Details"]) {
      await user.click(button(panel));
      const drawn = text() ?? "";
      expect(drawn.split(shown).length).toBeGreaterThan(8);
      expect(drawn).not.toMatch(/[\u202E\u200B]/);
      expect(document.querySelector("img, iframe, strong, a")).toBeNull();
    }
  });

  it("shows a name of 4 KiB whole where it is exact, and folds it in the title", async () => {
    const name = "n".repeat(4096);
    await show(readFile({ name, object: { path: `/home/ada/${name}`, name } }));
    expect(document.getElementById("what")?.textContent).toContain(name);
    expect(screen.getByRole("heading", { level: 1 }).textContent.length).toBeLessThan(120);
  });
});
