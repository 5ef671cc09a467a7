import { defineConfig } from "@playwright/test";

// Debian's chromium, kept from looking for anything outside this machine.
const quiet = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export default defineConfig({
  testDir: "e2e",
  testMatch: "*.spec.ts",
  globalSetup: "./e2e/setup.ts",
  outputDir: "test-results/runs",
  fullyParallel: true,
  workers: 2,
  timeout: 60_000,
  // A busy machine is slow, not wrong: a first call also compiles its skill.
  expect: { timeout: 15_000 },
  reporter: [["list"]],
  use: {
    viewport: { width: 1120, height: 760 },
    locale: "en-GB",
    trace: "retain-on-failure",
    launchOptions: { executablePath: "/usr/bin/chromium", args: quiet },
  },
});
