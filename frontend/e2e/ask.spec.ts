import { expect, test, type Page } from "@playwright/test";
import axe from "axe-core";
import { join } from "node:path";
import { edit, folder, pick, readFile, send, start, update } from "../src/ask/examples";
import type { Prompt } from "../src/ask/prompt";
import { AskServer } from "./ask-server";

// The prompt's own page by keyboard alone, in a window of its real size.
test.use({ viewport: { width: 560, height: 640 }, bypassCSP: true });

let host: AskServer;

test.beforeEach(async ({ page }) => {
  host = new AskServer(join(import.meta.dirname, "../dist"));
  await page.goto(await host.start());
  await expect(page.getByText("Nothing is waiting for you")).toBeVisible();
});

test.afterEach(() => host.stop());

const deny = (page: Page) => page.getByRole("button", { name: "Deny", exact: true });
const allowOnce = (page: Page) => page.getByRole("button", { name: "Allow once", exact: true });
const closed = (page: Page) => page.getByText("This question is no longer open");

/** Waits until the grace has passed and allowing controls act. */
async function settled(page: Page) {
  await expect(allowOnce(page)).toHaveAttribute("aria-disabled", "false");
}

/** Shows prompt on a page whose time stands still at the beginning of the grace. */
async function early(page: Page, prompt: Prompt) {
  await page.clock.install({ time: 0 });
  await page.reload();
  host.ask(prompt);
  await expect(deny(page)).toBeFocused();
  await page.clock.pauseAt(10_000);
  await page.evaluate(() => window.dispatchEvent(new Event("focus")));
}

test("Escape denies once", async ({ page }) => {
  const prompt = readFile();
  host.ask(prompt);
  await expect(deny(page)).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(page.getByText("Nothing is waiting for you")).toBeVisible();
  expect(host.answers).toEqual([
    { nonce: prompt.nonce, shown: `hash of ${prompt.nonce}`, verdict: "deny", rung: 0, lifetime: "once" },
  ]);
});

test("Enter on Deny denies", async ({ page }) => {
  host.ask(readFile());
  await expect(deny(page)).toBeFocused();
  await page.keyboard.press("Enter");
  await expect.poll(() => host.answers).toMatchObject([{ verdict: "deny", lifetime: "once" }]);
});

test("Tab and Space allow once, after the grace and not before", async ({ page }) => {
  const prompt = readFile();
  await early(page, prompt);
  await page.keyboard.press("Tab");
  await expect(allowOnce(page)).toBeFocused();
  await page.clock.runFor(599);
  await page.keyboard.press("Space");
  await page.clock.runFor(1);
  expect(host.answers).toEqual([]);
  await page.keyboard.press("Space");
  await expect
    .poll(() => host.answers)
    .toEqual([
      { nonce: prompt.nonce, shown: `hash of ${prompt.nonce}`, verdict: "allow", rung: 0, lifetime: "once" },
    ]);
});

test("a click that comes too early allows nothing and moves no focus", async ({ page }) => {
  await early(page, readFile());
  const box = await allowOnce(page).boundingBox();
  await page.mouse.click((box?.x ?? 0) + 10, (box?.y ?? 0) + 10);
  await expect(deny(page)).toBeFocused();
  expect(host.answers).toEqual([]);
});

test("the folder, always, through Allow more by keyboard alone", async ({ page }) => {
  host.ask(readFile());
  await settled(page);
  const before = await Promise.all([deny(page).boundingBox(), allowOnce(page).boundingBox()]);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Space");
  await expect(page.getByRole("radio", { name: "This file", exact: true })).toBeFocused();
  await expect(page.getByRole("radio", { name: "This call", exact: true })).toBeChecked();
  expect(await Promise.all([deny(page).boundingBox(), allowOnce(page).boundingBox()])).toEqual(before);

  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await expect(page.getByRole("radio", { name: "Everything in this folder" })).toBeChecked();
  await expect(page.getByText("fs:read:${workspace}/finance/**")).toBeVisible();
  await page.keyboard.press("Tab");
  await expect(page.getByRole("group", { name: "What it matches now" })).toBeFocused();
  await page.keyboard.press("Tab");
  await expect(page.getByRole("radio", { name: "This call", exact: true })).toBeFocused();
  for (let i = 0; i < 4; i++) await page.keyboard.press("ArrowDown");
  await expect(page.getByRole("radio", { name: "Always, until you revoke it" })).toBeChecked();
  await page.keyboard.press("Tab");
  await expect(page.getByRole("button", { name: "Allow this", exact: true })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("button", { name: "Allow this", exact: true })).toBeVisible();
  expect(host.answers).toEqual([]);
  await page.keyboard.press("Space");
  await expect.poll(() => host.answers).toMatchObject([{ verdict: "allow", rung: 2, lifetime: "always" }]);
});

test("Enter allows nothing, wherever it is pressed", async ({ page }) => {
  host.ask(readFile());
  await settled(page);
  // Deny has the focus: everything after it, once around.
  for (let i = 0; i < 14; i++) {
    await page.keyboard.press("Tab");
    const name = await page.evaluate(() => document.activeElement?.textContent ?? "");
    if (!name.startsWith("Deny")) await page.keyboard.press("Enter");
  }
  expect(host.answers.filter((answer) => answer.verdict === "allow")).toEqual([]);
});

test("a question that is withdrawn is shown as closed, then comes the next", async ({ page }) => {
  host.ask(readFile(), folder());
  await settled(page);
  await expect(page.getByText("1 of 2")).toBeVisible();
  host.withdraw();
  await expect(closed(page)).toBeVisible();
  await expect(page.getByRole("heading", { name: "Read payroll.csv?", includeHidden: true })).toBeVisible();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Space");
  await expect(page.getByRole("alertdialog", { name: "Read everything in finance?" })).toBeVisible();
  await expect(deny(page)).toBeFocused();
  expect(host.answers).toEqual([]);
});

test("an answer that comes too late is told to be so", async ({ page }) => {
  host.ask(readFile());
  await settled(page);
  host.shut();
  await allowOnce(page).press("Space");
  await expect(closed(page)).toBeVisible();
});

test("a host that is gone leaves nothing to answer", async ({ page }) => {
  host.ask(readFile());
  await settled(page);
  await host.stop();
  await expect(page.getByRole("heading", { name: "Gatehouse cannot be reached" })).toBeVisible();
  await expect(page.getByRole("button")).toHaveCount(0);
  await host.start();
});

/** What axe finds on the page as it is. */
async function violations(page: Page): Promise<string[]> {
  // Colours change over a moment, and what is compared must have arrived.
  await page.evaluate(() => Promise.allSettled(document.getAnimations().map((change) => change.finished)));
  await page.evaluate(axe.source);
  const run = "axe.run({ resultTypes: ['violations'] })";
  const found = (await page.evaluate(run)) as axe.AxeResults;
  return found.violations.map((v) => `${v.id}: ${v.nodes.map((node) => node.html).join("\n")}`);
}

test("nothing violates the accessibility rules, at any step", async ({ page }) => {
  host.ask(readFile({ why: "a reason ".repeat(80) }), start());
  await settled(page);
  for (const scheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme: scheme });
    expect(await violations(page)).toEqual([]);
    for (const panel of ["Allow more", "Details"]) {
      await page.getByRole("button", { name: panel, exact: true }).click();
      expect(await violations(page)).toEqual([]);
    }
    await page.getByRole("button", { name: "Details", exact: true }).click();
  }
  await page.keyboard.press("Escape");
  await expect(page.getByRole("alertdialog", { name: "Let skills work in acme?" })).toBeVisible();
  expect(await violations(page)).toEqual([]);
});

for (const [name, prompt] of [
  ["a difference", edit()],
  ["an update", update({ times: 3 })],
  ["a host in A-labels", send({ name: "xn--pple-43d.com", need: "net:POST:https://xn--pple-43d.com:443/" })],
  ["a pick", pick()],
] as const) {
  test(`${name} is accessible in every look`, async ({ page }) => {
    host.ask(prompt);
    await expect(deny(page)).toBeFocused();
    await expect(page.locator('[aria-disabled="false"]').first()).toBeVisible();
    for (const media of [
      { colorScheme: "light" },
      { colorScheme: "dark" },
      { colorScheme: "light", contrast: "more" },
      { colorScheme: "dark", contrast: "more" },
      { forcedColors: "active" },
    ] as const) {
      await page.emulateMedia({ colorScheme: null, contrast: null, forcedColors: null, ...media });
      const found = await violations(page);
      // The system chooses forced colours, and axe reads those that it replaces.
      const ours = found.filter((fault) => !("forcedColors" in media && fault.startsWith("color-contrast:")));
      expect(ours, JSON.stringify(media)).toEqual([]);
      await page.screenshot({ path: `test-results/ask/${name} ${Object.values(media).join(" ")}.png` });
    }
  });
}

test("at 320 pixels and zoomed to twice the size everything is reached and nothing lies sideways", async ({
  page,
}) => {
  host.ask(edit());
  await settled(page);
  for (const size of [
    { width: 320, height: 640 },
    { width: 280, height: 320 },
  ]) {
    await page.setViewportSize(size);
    await expect
      .poll(() => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth))
      .toBeLessThanOrEqual(0);
    for (const name of ["Deny", "Allow once", "Allow more", "Details"]) {
      await expect(page.getByRole("button", { name, exact: true })).toBeInViewport();
    }
  }
});

test("the buttons stand where they stood, whatever is opened and however long it is", async ({ page }) => {
  const line = { kind: "added" as const, text: "a line of a long change ".repeat(20) };
  const { object } = edit();
  const difference = {
    before: 1,
    after: 9,
    added: 90,
    removed: 0,
    hunks: [{ old: 1, new: 1, lines: Array(90).fill(line) }],
  };
  const boxes = () =>
    Promise.all(
      ["Deny", "Allow once", "Allow more", "Details"].map((name) =>
        page.getByRole("button", { name, exact: true }).boundingBox(),
      ),
    );
  host.ask(readFile());
  await settled(page);
  const before = await boxes();
  await page.keyboard.press("Escape");
  await expect(page.getByText("Nothing is waiting for you")).toBeVisible();
  host.ask(edit({ object: { ...object, difference } }));
  await settled(page);
  expect(await boxes()).toEqual(before);
  await page
    .getByRole("button", { name: /^show \d+ more/ })
    .first()
    .click();
  expect(await boxes()).toEqual(before);
  for (const panel of ["Allow more", "Details"]) {
    await page.getByRole("button", { name: panel, exact: true }).click();
    expect(await boxes()).toEqual(before);
  }
});

test("another file is picked by keyboard alone", async ({ page }) => {
  host.picks = "/home/ada/other.csv";
  host.ask(readFile());
  await settled(page);
  await page.getByRole("button", { name: "Details", exact: true }).press("Space");
  const another = page.getByRole("button", { name: "Pick another file…" });
  for (let i = 0; i < 12 && !(await another.evaluate((button) => button === document.activeElement)); i++) {
    await page.keyboard.press("Tab");
  }
  await expect(another).toBeFocused();
  await page.keyboard.press("Enter");
  expect(host.answers).toEqual([]);
  await page.keyboard.press("Space");
  await expect.poll(() => host.answers).toMatchObject([{ verdict: "allow", picked: "/home/ada/other.csv" }]);
});
