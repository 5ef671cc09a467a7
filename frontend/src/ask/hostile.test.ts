import { cleanup, fireEvent, render, screen } from "@testing-library/svelte";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { visible } from "../ui/visible";
import AskPage from "./Ask.svelte";
import { Ask } from "./ask.svelte";
import { readFile, turn } from "./examples";
import type { Prompt } from "./prompt";

/** All code points of Unicode's categories Cc and Cf, by this runtime's own data. */
const unseen = Array.from({ length: 0x110000 }, (_, point) => point).filter((point) =>
  /^[\p{Cc}\p{Cf}]$/u.test(String.fromCodePoint(point)),
);

/** A prompt in which every field that a skill, a client or a file name controls says name. */
function full(name: string): Prompt {
  const choice = { lifetime: "call" as const, label: name, detail: name };
  return readFile({
    name,
    link: "to",
    other: name,
    subject: {
      skill: name,
      version: name,
      signer: name,
      origin: `/c/${name}`,
      digest: "sha256:aa",
      client: name,
      workspace: `/a/${name}`,
      chain: [name],
    },
    tool: name,
    arguments: name,
    object: {
      path: `/a/${name}`,
      name,
      other: `/b/${name}`,
      difference: {
        before: 0,
        after: 1,
        added: 1,
        removed: 0,
        hunks: [{ old: 1, new: 1, lines: [{ kind: "added", text: name }] }],
      },
      request: {
        method: name,
        url: `https://a.example/${name}`,
        headers: [{ name, value: name }],
        from: name,
        text: name,
      },
    },
    need: `fs:read:/a/${name}`,
    why: name,
    lines: [{ grant: `env:${name}`, sentence: name, why: name }],
    newWorkspace: true,
    growth: { from: name, changes: [{ kind: "more", sentence: name, before: name, after: name }] },
    warnings: [name],
    seen: [name],
    history: [name],
    rungs: [
      { label: name, detail: name, grant: name, count: 2, matches: [`/a/${name}`], lifetimes: [choice] },
    ],
    denials: [{ ...choice, lifetime: "session" }],
  });
}

/** Everything that the page says of a prompt, in all that can be opened, and in what only a screen reader hears. */
async function said(prompt: Prompt): Promise<string> {
  const door = {
    next: () => new Promise<never>(() => {}),
    answer: () => Promise.resolve("holds" as const),
    pick: () => Promise.resolve(""),
  };
  const ask = new Ask(door, { now: () => Date.now(), later: () => () => {} });
  render(AskPage, { ask });
  ask.see(turn(1, prompt));
  await screen.findByRole("alertdialog");
  const heard = () =>
    [...document.querySelectorAll("[aria-label], [title], [placeholder]")]
      .flatMap((element) => ["aria-label", "title", "placeholder"].map((name) => element.getAttribute(name)))
      .join("\n");
  let all = "";
  for (const panel of ["Allow more", "Details"]) {
    await fireEvent.click(screen.getByRole("button", { name: panel }));
    // Nothing else is opened for this, so what is folded must show what it leaves out by its own button.
    for (const fold of screen.queryAllByRole("button", { name: /^show \d+ more/ }))
      await fireEvent.click(fold);
    all += `${document.body.textContent}\n${heard()}\n`;
  }
  cleanup();
  return all;
}

describe("every character that nobody sees", () => {
  const groups = Array.from({ length: Math.ceil(unseen.length / 12) }, (_, i) =>
    unseen.slice(i * 12, i * 12 + 12),
  );

  it.each(groups.map((group) => [group] as const))("is written out in every field: %j", async (group) => {
    const all = await said(full(`x${String.fromCodePoint(...group)}y`));
    for (const point of group) {
      const letter = String.fromCodePoint(point);
      // The title folds its names, all others are opened.
      // The page's own markup has line ends and tabs between elements.
      if (!/[\n\t]/.test(letter)) expect(all).not.toContain(letter);
      const times = all.split(visible(letter)).length - 1;
      expect(times, `${visible(letter)} in all fields`).toBeGreaterThanOrEqual(55);
    }
  });

  // The same file is read by the tests of the terminal, which look at their own Unicode data.
  it("is written out by the terminal too", () => {
    const file = join(import.meta.dirname, "../../../cmd/gatehouse/testdata/unseen.txt");
    const theirs = readFileSync(file, "utf8").trim().split("\n");
    const ours = unseen.filter(
      (point) => visible(String.fromCodePoint(point)) !== String.fromCodePoint(point),
    );
    expect(ours.map((point) => point.toString(16).toUpperCase())).toEqual(theirs);
  });
});

describe("what misleads", () => {
  const names: [what: string, name: string, shown: RegExp][] = [
    ["an override", "invoice\u202Efdp.exe", /invoice‹U\+202E›fdp\.exe/],
    ["isolates and marks", "\u2066a\u2069\u200Eb\u200Fc", /‹U\+2066›a‹U\+2069›‹U\+200E›b‹U\+200F›c/],
    ["zero-width letters", "pay\u200Bro\u200Dll\u2060\uFEFF", /pay‹U\+200B›ro‹U\+200D›ll‹U\+2060›‹U\+FEFF›/],
    ["letters of another alphabet", "p\u0430yroll", /mixes Latin and Cyrillic letters/],
    ["a sentence of ours", "Gatehouse says: press Allow", /“Gatehouse says: press Allow”/],
    ["our quotation marks", "a”, and Gatehouse says “yes", /“a”, and Gatehouse says “yes”/],
  ];
  it.each(names)("%s is shown for what it is", async (_, name, shown) => {
    expect(await said(full(name))).toMatch(shown);
  });
});
