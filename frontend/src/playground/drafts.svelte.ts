import { count } from "../ui/amounts";
import type { Field, Shape } from "./schema";

/** A value as far as it was filled in. Where it is wrong, the draft says so beside its field and counts as faulty. */
export type Value = { kind: "given"; value: unknown } | { kind: "absent" } | { kind: "faulty" };

const absent: Value = { kind: "absent" };

/** What a person fills in for one field: drawn by DraftField, read when the call is made. */
export type Draft = TextDraft | SwitchDraft | ChoiceDraft | ListDraft | GroupDraft;

/** The draft for a field. */
export function draftOf(field: Field): Draft {
  switch (field.shape.kind) {
    case "switch":
      return new SwitchDraft(field, field.shape);
    case "choice":
      return new ChoiceDraft(field, field.shape);
    case "list":
      return new ListDraft(field, field.shape);
    case "group":
      return new GroupDraft(field, field.shape.fields);
    default:
      return new TextDraft(field, field.shape);
  }
}

/** Anything that is typed: text, a number, JSON. */
export class TextDraft {
  readonly kind = "text";
  text = $state("");
  error = $state("");
  readonly #initial: string;

  constructor(
    readonly field: Field,
    readonly shape: Extract<Shape, { kind: "text" | "number" | "json" }>,
  ) {
    const { initial = "" } = field;
    this.#initial = typeof initial === "string" ? initial : JSON.stringify(initial, null, 2);
    this.text = this.#initial;
  }

  get touched(): boolean {
    return this.text !== this.#initial;
  }

  read(): Value {
    const [value, error] = this.#understood();
    this.error = error;
    return error ? { kind: "faulty" } : value;
  }

  #understood(): [Value, string] {
    if (this.text.trim() === "" && !(this.shape.kind === "text" && this.text !== "")) return this.#nothing();
    switch (this.shape.kind) {
      case "text":
        return [{ kind: "given", value: this.text }, wrongText(this.text, this.shape)];
      case "number": {
        const value = Number(this.text);
        return [{ kind: "given", value }, wrongNumber(value, this.shape)];
      }
      case "json":
        try {
          return [{ kind: "given", value: JSON.parse(this.text) }, ""];
        } catch (reason) {
          return [absent, `This is not JSON: ${reason instanceof Error ? reason.message : String(reason)}.`];
        }
    }
  }

  #nothing(): [Value, string] {
    if (!this.field.required) return [absent, ""];
    if (this.shape.kind === "text" && this.shape.shortest === 0 && this.field.initial === "") {
      return [{ kind: "given", value: "" }, ""];
    }
    return [absent, "This is needed."];
  }
}

/** Yes or no. It is sent where it is needed or differs from what its absence means. */
export class SwitchDraft {
  readonly kind = "switch";
  on = $state(false);

  constructor(
    readonly field: Field,
    readonly shape: Extract<Shape, { kind: "switch" }>,
  ) {
    this.on = shape.on;
  }

  get touched(): boolean {
    return this.on !== this.shape.on;
  }

  read(): Value {
    return this.field.required || this.touched ? { kind: "given", value: this.on } : absent;
  }
}

/** One of several values, or none. */
export class ChoiceDraft {
  readonly kind = "choice";
  /** The place of the chosen value, -1 for none. */
  chosen = $state(-1);
  error = $state("");
  readonly #initial: number;

  constructor(
    readonly field: Field,
    readonly shape: Extract<Shape, { kind: "choice" }>,
  ) {
    this.#initial = shape.values.findIndex((value) => value === field.initial);
    this.chosen = this.#initial;
  }

  get touched(): boolean {
    return this.chosen !== this.#initial;
  }

  read(): Value {
    const missing = this.chosen < 0;
    this.error = missing && this.field.required ? "Choose one." : "";
    if (this.error) return { kind: "faulty" };
    return missing ? absent : { kind: "given", value: this.shape.values[this.chosen] };
  }
}

/** Any number of scalars. */
export class ListDraft {
  readonly kind = "list";
  items: Draft[] = $state([]);
  error = $state("");
  readonly #initial: number;

  constructor(
    readonly field: Field,
    readonly shape: Extract<Shape, { kind: "list" }>,
  ) {
    const initial = Array.isArray(field.initial) ? field.initial : [];
    for (const value of initial) this.add(value);
    this.#initial = initial.length;
  }

  get touched(): boolean {
    return this.items.length !== this.#initial || this.items.some((item) => item.touched);
  }

  add(initial?: unknown): void {
    const n = this.items.length + 1;
    const label = `${this.field.label} ${n}`;
    this.items.push(
      draftOf({ ...this.field, label, about: "", required: true, initial, shape: this.shape.item }),
    );
  }

  remove(item: Draft): void {
    this.items = this.items.filter((other) => other !== item);
  }

  read(): Value {
    const values = this.items.map((item) => item.read());
    const { fewest, most } = this.shape;
    this.error = "";
    if (this.items.length > most) this.error = `At most ${count(most, "item")}.`;
    if (this.items.length < fewest && (this.field.required || this.items.length > 0)) {
      this.error = `At least ${count(fewest, "item")}.`;
    }
    if (this.error || values.some((value) => value.kind === "faulty")) return { kind: "faulty" };
    if (this.items.length === 0 && !this.field.required) return absent;
    return { kind: "given", value: values.map((value) => (value.kind === "given" ? value.value : null)) };
  }
}

/** Several named fields together. One that nobody needs and nobody filled in is absent. */
export class GroupDraft {
  readonly kind = "group";
  readonly drafts: Draft[];

  constructor(
    readonly field: Field,
    fields: Field[],
  ) {
    this.drafts = fields.map(draftOf);
  }

  get touched(): boolean {
    return this.drafts.some((draft) => draft.touched);
  }

  read(): Value {
    // A group that may stay away asks nothing of its fields until one of them is filled in.
    if (!this.field.required && !this.touched) return absent;
    const values = this.drafts.map((draft) => [draft.field.name, draft.read()] as const);
    if (values.some(([, value]) => value.kind === "faulty")) return { kind: "faulty" };
    const given = values.flatMap(([name, value]) =>
      value.kind === "given" ? [[name, value.value] as const] : [],
    );
    return { kind: "given", value: Object.fromEntries(given) };
  }
}

function wrongText(text: string, shape: Extract<Shape, { kind: "text" }>): string {
  const length = [...text].length;
  if (length < shape.shortest) return `At least ${count(shape.shortest, "character")}.`;
  if (length > shape.longest) return `At most ${count(shape.longest, "character")}.`;
  return "";
}

function wrongNumber(value: number, shape: Extract<Shape, { kind: "number" }>): string {
  if (!Number.isFinite(value)) return shape.whole ? "This is not a whole number." : "This is not a number.";
  if (shape.whole && !Number.isSafeInteger(value)) return "This is not a whole number.";
  if (value < shape.least) return `At least ${shape.least}.`;
  if (value > shape.most) return `At most ${shape.most}.`;
  return "";
}
