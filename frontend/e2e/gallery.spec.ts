import { expect, test } from "@playwright/test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gallery } from "../src/ask/gallery";
import { AskServer } from "./ask-server";

// The pictures of docs/prompts.md, from the real page at its real size. UPDATE_GALLERY=1 writes them, and the page.
test.use({ viewport: { width: 560, height: 640 } });

const docs = join(import.meta.dirname, "../../docs");
const update = process.env.UPDATE_GALLERY === "1";

/** The page that explains the pictures. */
function page(): string {
  const parts = gallery().map(
    ({ file, title, asks, betrays }, i) =>
      `## ${i + 1}. ${title}\n\n${asks}\n${betrays ? `\n**What gives it away:** ${betrays}\n` : ""}\n![${title}](pictures/${file}.png)\n`,
  );
  return `# Twenty questions, four of them attacks

Each picture is the real window, made by \`make gallery\` from \`frontend/src/ask/gallery.ts\`. The strip at the top is the
person's own mark, which no skill knows: a picture of a question does not have it. The sentence is ours but for the name in
it; who asks stands under it, then the exact place, then what is true and dangerous, then the skill's own words. Deny is
always the filled button, and always has the focus.

${parts.join("\n")}`;
}

test("docs/prompts.md says what the pictures show", () => {
  const path = join(docs, "prompts.md");
  if (update) writeFileSync(path, page());
  expect(readFileSync(path, "utf8")).toBe(page());
});

for (const scheme of ["light", "dark"] as const) {
  for (const sample of gallery()) {
    test(`${sample.file}, ${scheme}`, async ({ page }) => {
      const host = new AskServer(join(import.meta.dirname, "../dist"));
      await page.emulateMedia({ colorScheme: scheme });
      await page.goto(await host.start());
      host.ask(sample.prompt);
      await expect(page.locator('[aria-disabled="false"]').first()).toBeVisible();
      if (sample.open) await page.getByRole("button", { name: sample.open, exact: true }).click();
      await page.evaluate(() => document.fonts.ready);
      mkdirSync(join(docs, "pictures"), { recursive: true });
      const folder = update && scheme === "light" ? join(docs, "pictures") : "test-results/gallery";
      await page.screenshot({
        path: join(folder, `${sample.file}${update && scheme === "light" ? "" : ` ${scheme}`}.png`),
      });
      await host.stop();
    });
  }
}
