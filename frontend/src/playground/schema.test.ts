import { describe, expect, it } from "vitest";
import { draftOf, TextDraft } from "./drafts.svelte";
import { shapeOf, type Shape } from "./schema";

const kinds: [what: string, schema: unknown, kind: Shape["kind"]][] = [
  ["a string", { type: "string" }, "text"],
  ["an integer", { type: "integer" }, "number"],
  ["a boolean", { type: "boolean" }, "switch"],
  ["an enum of scalars", { enum: ["a", 1, null] }, "choice"],
  ["an enum with an object", { enum: ["a", {}] }, "json"],
  ["an array of strings", { type: "array", items: { type: "string" } }, "list"],
  ["an array of objects", { type: "array", items: { type: "object", properties: {} } }, "json"],
  ["a tuple", { type: "array", prefixItems: [{ type: "string" }] }, "json"],
  ["an object with properties", { type: "object", properties: { a: true } }, "group"],
  ["an object without", { type: "object" }, "json"],
  ["several types", { type: ["string", "null"] }, "json"],
  ["a reference", { $ref: "#/$defs/a" }, "json"],
  ["true", true, "json"],
  ["null", null, "json"],
  ["properties that are a list", { type: "object", properties: ["a"] }, "json"],
];
it.each(kinds)("%s is drawn as it can be", (_, schema, kind) => {
  expect(shapeOf(schema).kind).toBe(kind);
});

it("a schema deeper than a form can be is JSON at the end", () => {
  let schema: unknown = { type: "string" };
  for (let i = 0; i < 40; i++) schema = { type: "object", properties: { in: schema } };
  let shape = shapeOf(schema);
  let depth = 0;
  for (; shape.kind === "group"; depth++) shape = shape.fields[0]?.shape ?? { kind: "json" };
  expect([shape.kind, depth]).toEqual(["json", 7]);
});

function read(schema: unknown, text: string, required = true) {
  const field = { name: "a", label: "a", about: "", required, initial: undefined };
  const draft = draftOf({ ...field, shape: shapeOf(schema) });
  if (!(draft instanceof TextDraft)) throw new Error("this field is not typed");
  draft.text = text;
  const value = draft.read();
  return value.kind === "given" ? value.value : draft.error || value.kind;
}

describe("what is typed", () => {
  const typed: [what: string, schema: unknown, text: string, value: unknown][] = [
    ["text is itself", { type: "string" }, " a ", " a "],
    ["blanks are text", { type: "string" }, "  ", "  "],
    ["text too short is told", { type: "string", minLength: 3 }, "ab", "At least 3 characters."],
    ["characters are counted as a person does", { type: "string", maxLength: 2 }, "🙂🙂", "🙂🙂"],
    ["a number is one", { type: "number" }, " -1.5e3 ", -1500],
    ["words are no number", { type: "number" }, "many", "This is not a number."],
    ["infinity is no number", { type: "number" }, "Infinity", "This is not a number."],
    [
      "an integer beyond what can be sent whole is told",
      { type: "integer" },
      "9007199254740993",
      "This is not a whole number.",
    ],
    ["a number out of its bounds is told", { type: "number", maximum: 5 }, "6", "At most 5."],
    ["JSON is read", {}, "[1, null]", [1, null]],
    ["nothing is told where something is needed", { type: "number" }, " ", "This is needed."],
  ];
  it.each(typed)("%s", (_, schema, text, value) => {
    expect(read(schema, text)).toEqual(value);
  });

  it("nothing is absent where nothing is needed", () => {
    expect(read({ type: "number" }, "", false)).toBe("absent");
  });
});
