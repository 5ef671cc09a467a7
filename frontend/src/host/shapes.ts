import type { components } from "./schema.gen";

type Schemas = components["schemas"];

export type Status = Schemas["Status"];
export type Events = Schemas["Events"];
export type Topic = Events["changed"][number];
export type Question = Schemas["Question"];
export type SkillSummary = Schemas["SkillSummary"];
export type Skill = Schemas["Skill"];
export type Tool = Skill["toolList"][number];
export type May = Skill["may"][number];
export type Decision = Schemas["KeptDecision"];
export type Call = Schemas["CallSummary"];
export type Step = Call["steps"][number];
export type CallResult = Schemas["CallResult"];
export type Workspace = Schemas["Workspace"];

export type CallRequest = Schemas["CallInputBody"];
/** A page of calls, newest first; next is where the one after it begins, 0 at the end. */
export type CallPage = Schemas["CallsOutputBody"];
