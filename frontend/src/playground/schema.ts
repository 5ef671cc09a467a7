/** A JSON Schema as a skill wrote it: nothing in it is certain. */
export type Schema = Record<string, unknown>;

/** What a form can be made of. Whatever a form cannot say is a field for JSON. */
export type Shape =
  | { kind: "text"; lines: boolean; shortest: number; longest: number }
  | { kind: "number"; whole: boolean; least: number; most: number }
  | { kind: "switch"; on: boolean }
  | { kind: "choice"; values: (string | number | boolean | null)[] }
  | { kind: "list"; item: Shape; fewest: number; most: number }
  | { kind: "group"; fields: Field[] }
  | { kind: "json" };

/** One named part of an input. All its texts are the skill's. */
export type Field = {
  name: string;
  label: string;
  about: string;
  required: boolean;
  initial: unknown;
  shape: Shape;
};

const deepest = 6;

// A pattern is a program of the skill's and could run for ever here: only the host tries it. What combines schemas, or
// refers to others, is for JSON.
const unsayable = [
  "$ref",
  "oneOf",
  "anyOf",
  "allOf",
  "not",
  "if",
  "prefixItems",
  "patternProperties",
  "const",
];

/** The form for a tool's input: a group, or JSON where the input is not an object with properties. */
export function shapeOf(schema: unknown, depth = 0): Shape {
  if (!isSchema(schema) || depth > deepest || unsayable.some((word) => word in schema))
    return { kind: "json" };
  if (Array.isArray(schema.enum)) {
    const values = schema.enum.filter(isScalar);
    return values.length > 0 && values.length === schema.enum.length
      ? { kind: "choice", values }
      : { kind: "json" };
  }
  switch (schema.type) {
    case "string":
      return {
        kind: "text",
        lines: schema.format === "textarea" || schema.contentMediaType === "text/plain",
        shortest: number(schema.minLength, 0),
        longest: number(schema.maxLength, Infinity),
      };
    case "integer":
    case "number":
      return {
        kind: "number",
        whole: schema.type === "integer",
        least: number(schema.minimum, -Infinity),
        most: number(schema.maximum, Infinity),
      };
    case "boolean":
      return { kind: "switch", on: schema.default === true };
    case "array": {
      const item = shapeOf(schema.items, depth + 1);
      if (item.kind !== "text" && item.kind !== "number" && item.kind !== "choice") return { kind: "json" };
      return {
        kind: "list",
        item,
        fewest: number(schema.minItems, 0),
        most: number(schema.maxItems, Infinity),
      };
    }
    case "object":
      return isSchema(schema.properties)
        ? { kind: "group", fields: fieldsOf(schema, depth) }
        : { kind: "json" };
    default:
      return { kind: "json" };
  }
}

function fieldsOf(schema: Schema, depth: number): Field[] {
  const required = Array.isArray(schema.required) ? schema.required : [];
  return Object.entries(schema.properties as Schema).map(([name, property]) => {
    const about = isSchema(property) ? property : {};
    return {
      name,
      label: typeof about.title === "string" && about.title.trim() ? about.title : name,
      about: typeof about.description === "string" ? about.description : "",
      required: required.includes(name),
      initial: about.default,
      shape: shapeOf(property, depth + 1),
    };
  });
}

function isSchema(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isScalar(value: unknown): value is string | number | boolean | null {
  return value === null || ["string", "number", "boolean"].includes(typeof value);
}

function number(value: unknown, absent: number): number {
  return typeof value === "number" ? value : absent;
}
