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
/** A decision that was taken back, or lapsed, and can be given back. */
export type Gone = Schemas["GoneDecision"];
/** What is kept, and what can be given back. */
export type Kept = Schemas["DecisionsOutputBody"];
/** A client and the folder it works in. */
export type Place = Schemas["Place"];
/** What a skill does without a question, may ask for, or is refused, in one place. */
export type Can = Schemas["Can"];
export type CanLine = Can["lines"][number];
export type Policy = Schemas["Policy"];
export type PolicyRule = Schemas["PolicyRule"];
export type NewRule = Schemas["AddRuleInputBody"];
/** What would be decided if a skill wanted something now. */
export type Explanation = Schemas["Explanation"];
export type Explained = Schemas["ExplainInputBody"];
export type Call = Schemas["CallSummary"];
export type Step = Call["steps"][number];
export type CallResult = Schemas["CallResult"];
export type Workspace = Schemas["Workspace"];
/** The programs that the person connected, and the kinds that can be. */
export type Connections = Schemas["ClientsOutputBody"];
export type ConnectedClient = Schemas["ConnectedClient"];
export type ClientKind = Schemas["ClientKind"];
/** A named set of skills and rules, which only leaves something out. */
export type Profile = Schemas["Profile"];
export type NewProfile = Schemas["ProfileInputBody"];
/** A client that somebody wants to connect, and what that would do. */
export type NewClient = Schemas["ClientInputBody"];
export type ClientPlan = Schemas["ClientPlan"];
export type Connection = Schemas["Connection"];
export type Disconnection = Schemas["Disconnection"];

export type CallRequest = Schemas["CallInputBody"];
/** A change that a call made to files and that can be taken back. */
export type KeptChange = Schemas["KeptChange"];
export type CallUsage = Schemas["CallUsage"];
/** What calls took, as a whole and over time. */
export type CallPlot = Schemas["CallPlot"];
export type CallBucket = Schemas["CallBucket"];
/** What was done in the person's name in a week. */
export type WeekTold = Schemas["Week"];
export type Deed = Schemas["Deed"];
/** Which calls a screen is about; what is absent leaves out nothing. Times are Unix milliseconds. */
export type Wanted = {
  from?: number;
  to?: number;
  skill?: string;
  client?: string;
  outcome?: "" | "done" | "refused" | "limit" | "failed" | "underway";
  search?: string;
};
/** A page of calls, newest first; next is where the one after it begins, 0 at the end. */
export type CallPage = Schemas["CallsOutputBody"];
