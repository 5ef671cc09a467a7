// @vitest-environment node
import { readFile } from "node:fs/promises";
import openapi, { astToString } from "openapi-typescript";
import { expect, it } from "vitest";

it("the types are those of the host's document; `npm run types` makes them anew", async () => {
  const document = new URL("../../openapi.json", import.meta.url);
  const types = astToString(await openapi(document));
  const kept = await readFile(new URL("schema.gen.ts", import.meta.url), "utf8");
  expect(kept.replace(/^\/\*\*[^]*?\*\/\n\n/, "")).toBe(types);
});
