import type { SkillSummary } from "../host/shapes";

/** Who stands for a skill, in a word or two: its signer is the host's own finding, never the skill's claim. */
export function origin(skill: Pick<SkillSummary, "signer">): { words: string; tone: "plain" | "ok" } {
  if (skill.signer === "built in" || skill.signer === "unsigned")
    return { words: skill.signer, tone: "plain" };
  return { words: `by ${skill.signer}`, tone: "ok" };
}
