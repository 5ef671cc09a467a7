import type { Explanation, PolicyRule } from "../host/shapes";

/** Where a rule stands, in words. */
export const layerWords: Record<Explanation["layer"], string> = {
  never: "Gatehouse itself, whatever anybody answers",
  manifest: "the skill's manifest",
  managed: "this machine's policy",
  workspace: "the workspace's policy",
  user: "a rule of yours",
  decision: "a decision of yours",
  question: "nothing yet: the question would",
};

/** What a rule does, in words. */
export const verdictWords: Record<PolicyRule["verdict"], string> = {
  deny: "never",
  ask: "always asked",
  allow: "allowed",
};

export const verdictTones: Record<PolicyRule["verdict"], "no" | "wait" | "ok"> = {
  deny: "no",
  ask: "wait",
  allow: "ok",
};
