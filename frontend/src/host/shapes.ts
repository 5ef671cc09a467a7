import type { components } from "./schema.gen";

type Schemas = components["schemas"];

/** A list that the document lets be null is always a list here. */
export type Listed<T> = [T] extends [(infer Item)[] | null | undefined]
  ? Listed<Item>[]
  : T extends object
    ? { [K in keyof T]: Listed<T[K]> }
    : T;

export type Status = Listed<Schemas["Status"]>;
export type Events = Listed<Schemas["Events"]>;
export type Topic = Events["changed"][number];
export type Question = Listed<Schemas["Question"]>;
export type SkillSummary = Schemas["SkillSummary"];
export type Skill = Listed<Schemas["Skill"]>;
export type Tool = Skill["toolList"][number];
export type May = Skill["may"][number];
export type Decision = Listed<Schemas["KeptDecision"]>;
export type Call = Listed<Schemas["CallSummary"]>;
export type Step = Call["steps"][number];
export type CallResult = Listed<Schemas["CallResult"]>;
export type Workspace = Schemas["Workspace"];

/** One call to make; input is a JSON value. */
export type CallRequest = { skill: string; tool: string; input: unknown; workspace?: string };
/** A page of calls, newest first; next is where the one after it begins, 0 at the end. */
export type CallPage = { calls: Call[]; next: number };
