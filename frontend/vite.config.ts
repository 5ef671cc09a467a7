import { svelte } from "@sveltejs/vite-plugin-svelte";
import { svelteTesting } from "@testing-library/svelte/vite";
import { resolve } from "node:path";
import { defineConfig } from "vitest/config";

// Two pages, each the document of its own process: the window, and ask.
const pages = ["index.html", "ask.html"].map((page) => resolve(import.meta.dirname, page));

export default defineConfig({
  base: "./",
  plugins: [svelte(), svelteTesting()],
  build: {
    target: ["chrome123", "safari17.5"],
    // The pages may load files of their own origin only, so nothing becomes a data: URL.
    assetsInlineLimit: 0,
    rolldownOptions: { input: pages },
  },
  test: {
    environment: "jsdom",
    include: ["src/**/*.test.ts"],
    testTimeout: 20_000,
    setupFiles: ["src/setup.test-env.ts"],
  },
});
