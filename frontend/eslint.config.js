import js from "@eslint/js";
import svelte from "eslint-plugin-svelte";
import globals from "globals";
import ts from "typescript-eslint";
import svelteConfig from "./svelte.config.js";

const features = [
  "ask",
  "inbox",
  "skills",
  "decisions",
  "activity",
  "policy",
  "week",
  "workspaces",
  "playground",
];

/** Forbids imports that match the patterns in the files of one folder, and says why. */
function forbid(folder, patterns, message) {
  return {
    files: [`src/${folder}/**`],
    rules: { "no-restricted-imports": ["error", { patterns: [{ group: patterns, message }] }] },
  };
}

export default ts.config(
  { ignores: ["dist", "test-results", "src/host/schema.gen.ts"] },
  js.configs.recommended,
  ...ts.configs.strict,
  ...svelte.configs.recommended,
  {
    languageOptions: { globals: { ...globals.browser, ...globals.node } },
    rules: {
      eqeqeq: "error",
      // Text of skills is hostile, and this is the one way in which Svelte would draw it as markup.
      "svelte/no-at-html-tags": "error",
      // Routes are hashes of our one page, which this rule of SvelteKit does not know.
      "svelte/no-navigation-without-resolve": "off",
      // A space at the edge of an inline element can be written in no other way.
      "svelte/no-useless-mustaches": "off",
    },
  },
  {
    files: ["**/*.svelte", "**/*.svelte.ts"],
    languageOptions: { parserOptions: { parser: ts.parser, extraFileExtensions: [".svelte"], svelteConfig } },
  },
  ...features.map((feature) =>
    forbid(
      feature,
      [
        "./window",
        "../App.svelte",
        "../routes",
        ...features.filter((f) => f !== feature).map((f) => `**/${f}/**`),
      ],
      "A screen must be readable, testable and removable alone: what two screens share belongs in ui/ or host/, and the shell knows the screens, never the reverse.",
    ),
  ),
  forbid(
    "ui",
    ["../**", "!../ui/**"],
    "ui/ draws plain values and knows nothing of Gatehouse, so that ask can use it without bringing in the window.",
  ),
  forbid(
    "host",
    ["../*/**", "!../host/**"],
    "host/ is the seam that tests replace: it speaks HTTP and knows no screen.",
  ),
);
