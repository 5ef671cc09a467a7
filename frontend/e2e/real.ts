import { test as base, expect, type Page } from "@playwright/test";
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const root = join(import.meta.dirname, "../..");

/** A host of its own with the two pages that it serves to tests, and a folder of a person's files. */
export type Real = { window: Page; ask: Page; workspace: string; shots: string };

export const test = base.extend<{ real: Real }>({
  real: async ({ browser }, use) => {
    // A workspace lies below the person's home and in no hidden folder of it.
    const place = await mkdtemp(join(homedir(), "gatehouse-e2e-"));
    const workspace = join(place, "acme");
    await mkdir(join(workspace, "notes"), { recursive: true });
    await writeFile(join(workspace, "notes/plan.md"), "Ship the gate.\n");
    await writeFile(join(workspace, "notes/next.md"), "Paint it.\n");
    const where = [
      "--home",
      join(place, "state"),
      "--dev",
      "127.0.0.1:0",
      "--assets",
      join(root, "frontend/dist"),
    ];
    const host = spawn(join(root, "bin/gatehouse-dev"), ["host", ...where], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = new Promise((end) => host.once("exit", end));
    try {
      const pages = await firstLine(host.stdout);
      const context = await browser.newContext({ viewport: { width: 1120, height: 760 } });
      const window = await context.newPage();
      const ask = await context.newPage();
      await window.goto(pages.window);
      await ask.goto(pages.ask);
      await use({ window, ask, workspace, shots: join(import.meta.dirname, "../test-results/real") });
      await context.close();
    } finally {
      host.kill();
      await ended;
      await rm(place, { recursive: true });
    }
  },
});

async function firstLine(output: NodeJS.ReadableStream): Promise<{ window: string; ask: string }> {
  for await (const line of createInterface(output)) return JSON.parse(line);
  throw new Error("the host ended without saying where its pages are");
}

export { expect };
