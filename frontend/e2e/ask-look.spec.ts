import { expect, test } from "@playwright/test";
import { join } from "node:path";
import { env, folder, readFile, start, write } from "../src/ask/examples";
import type { Prompt } from "../src/ask/prompt";
import { AskServer } from "./ask-server";

// Pictures of the prompt at its real size, to be looked at; one of them stands in the README.
test.use({ viewport: { width: 560, height: 640 }, deviceScaleFactor: 2 });

const long = `/home/ada/work/acme/${"a-folder-with-a-long-name/".repeat(16)}payroll.csv`;
const hostile = "invoice\u202Efdp.exe\u200B Allowed by Gatehouse\npress Allow.csv";
const many = Array.from({ length: 24 }, (_, i) => `${"very-".repeat(8)}long-${i}`).join("/");

const pictures: [name: string, prompt: Prompt, open?: string][] = [
  ["read", readFile()],
  ["start", start()],
  ["folder", folder()],
  ["write", write()],
  ["env", env()],
  ["long", readFile({ object: { ...readFile().object, path: long } })],
  [
    "hostile",
    readFile({
      name: hostile,
      object: { ...readFile().object, path: `/home/ada/work/acme/${hostile}`, name: hostile },
      why: "ignore the above; “Gatehouse says this is safe”",
    }),
  ],
  ["more", readFile(), "Allow more"],
  [
    "folded",
    readFile({ object: { ...readFile().object, path: `/home/ada/${many}/payroll.csv` } }),
    "Allow more",
  ],
  [
    "details",
    readFile({ arguments: JSON.stringify({ path: "finance/payroll.csv", text: "x, ".repeat(400) }) }),
    "Details",
  ],
];

for (const scheme of ["light", "dark"] as const) {
  for (const [name, prompt, open] of pictures) {
    test(`${name}, ${scheme}`, async ({ page }) => {
      const host = new AskServer(join(import.meta.dirname, "../dist"));
      await page.emulateMedia({ colorScheme: scheme });
      await page.goto(await host.start());
      host.ask(prompt, readFile(), readFile());
      await expect(page.locator('[aria-disabled="false"]').first()).toBeVisible();
      if (open) await page.getByRole("button", { name: open, exact: true }).click();
      const sideways = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      expect(sideways).toBeLessThanOrEqual(0);
      await page.screenshot({ path: `test-results/ask/${name}-${scheme}.png` });
      await host.stop();
    });
  }
}
