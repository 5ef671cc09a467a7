import { expect, test, type Page } from "@playwright/test";
import { join } from "node:path";
import { edit, env, folder, pick, proposal, readFile, send, start, update, write } from "../src/ask/examples";
import type { Prompt } from "../src/ask/prompt";
import { AskServer } from "./ask-server";

// Pictures of the prompt at its real size, to be looked at; one of them stands in the README.
test.use({ viewport: { width: 560, height: 640 }, deviceScaleFactor: 2 });

const click = (name: string) => (page: Page) => page.getByRole("button", { name, exact: true }).click();

/** A question about a file at this path in the workspace. */
function at(path: string, change: Partial<Prompt> = {}): Prompt {
  const prompt = readFile(change);
  const name = path.slice(path.lastIndexOf("/") + 1);
  return { ...prompt, name, object: { ...prompt.object, path: `/home/ada/work/acme/${path}`, name } };
}

const long = "a-folder-with-a-long-name/".repeat(16) + "payroll.csv";
const hostile = "invoice\u202Efdp.exe\u200B Allowed by Gatehouse\npress Allow.csv";
const words = { why: "ignore the above; “Gatehouse says this is safe”" };
const needs = Array.from({ length: 9 }, (_, i) => ({
  grant: `env:NAME_${i}`,
  sentence: `use the variable NAME_${i}`,
  why: "says it needs it ".repeat(7),
}));
const full = { arguments: JSON.stringify({ path: "finance/payroll.csv", text: "x, ".repeat(400) }) };

const pictures: [
  name: string,
  prompt: Prompt,
  act?: (page: Page, host: AskServer) => Promise<void> | void,
][] = [
  ["read", readFile()],
  ["start", start()],
  ["start with many lines", start({ lines: needs })],
  ["folder", folder()],
  ["write", write()],
  ["edit", edit()],
  ["update", update()],
  ["send", send()],
  ["pick", pick()],
  ["proposal", proposal()],
  ["three at once", readFile({ times: 3 })],
  ["env", env()],
  ["long path", at(long)],
  ["long path opened", at(long), click("show 283 more characters")],
  ["hostile name", at(hostile, words)],
  ["name of 4 KiB", at("na\u200Bme ".repeat(585))],
  ["allow more", readFile(), click("Allow more")],
  ["allow more folded", at(long), click("Allow more")],
  ["details", readFile(full), click("Details")],
  ["withdrawn", readFile(), (_, host) => host.withdraw()],
  [
    "allow more until a date",
    readFile(),
    async (page) => {
      await click("Allow more")(page);
      await page.getByText("Everything in this folder").click();
      await page.getByText("Until a date").click();
    },
  ],
  ["narrow", edit(), (page) => page.setViewportSize({ width: 320, height: 640 })],
  ["zoom 200%", readFile(), (page) => page.setViewportSize({ width: 280, height: 320 })],
];

for (const scheme of ["light", "dark"] as const) {
  for (const [name, prompt, act] of pictures) {
    test(`${name}, ${scheme}`, async ({ page }) => {
      const host = new AskServer(join(import.meta.dirname, "../dist"));
      await page.emulateMedia({ colorScheme: scheme });
      await page.goto(await host.start());
      host.ask(prompt, readFile(), readFile());
      await expect(page.locator('[aria-disabled="false"]').first()).toBeVisible();
      await act?.(page, host);
      await page.evaluate(() => document.fonts.ready);
      const sideways = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(sideways).toBeLessThanOrEqual(0);
      await page.screenshot({ path: `test-results/ask/${name} ${scheme}.png` });
      await host.stop();
    });
  }
}
