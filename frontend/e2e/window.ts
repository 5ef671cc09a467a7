import { expect, test as base, type Page } from "@playwright/test";
import axe from "axe-core";
import { join } from "node:path";
import { workingDay } from "../src/host/examples";
import { FakeHost } from "../src/host/fake";
import { serve } from "./server";

/** A moment on a working day, early in the afternoon; pages and examples agree on it. */
export const now = new Date(2026, 4, 12, 14, 2, 19).getTime();

const shots = join(import.meta.dirname, "../test-results/window");

/** One window over a fake host. */
export type Opened = {
  host: FakeHost;
  /** Opens a screen by its hash. */
  go: (hash: string) => Promise<void>;
  /** Finds no accessibility violation and takes a picture, light and dark. */
  look: (name: string) => Promise<void>;
};

export const test = base.extend<{ opened: Opened }>({
  opened: async ({ page }, use) => {
    const host = workingDay(now);
    const served = await serve(host);
    const faults: string[] = [];
    page.on("pageerror", (error) => faults.push(String(error)));
    page.on("console", (message) => {
      if (/Content Security Policy|Uncaught/.test(message.text())) faults.push(message.text());
    });
    await page.clock.setFixedTime(now);
    await use({
      host,
      go: async (hash) => {
        await page.goto(served.url + hash);
        await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
      },
      look: (name) => look(page, name),
    });
    await page.close();
    await served.close();
    expect(faults, "errors in the page").toEqual([]);
  },
});

async function look(page: Page, name: string): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    // Colours change over a moment, and what is compared must have arrived or been taken away.
    await page.evaluate(() =>
      Promise.allSettled(document.getAnimations().map((animation) => animation.finished)),
    );
    await page.screenshot({ path: join(shots, `${name}-${colorScheme}.png`) });
    expect(await violations(page), `what axe finds in ${name}, ${colorScheme}`).toEqual([]);
  }
  await page.emulateMedia({ colorScheme: null });
}

/** What axe finds, one line a place. It is evaluated from outside the page, whose policy would not let it in. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const found = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: typeof import("axe-core") };
    const results = await axe.run({ resultTypes: ["violations"] });
    return results.violations.flatMap((violation) =>
      violation.nodes.map((node) => `${violation.id}: ${node.target.join(" ")} ${node.failureSummary ?? ""}`),
    );
  });
  return found;
}

export { expect };
