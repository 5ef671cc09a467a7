import type { Can, CanLine, Decision, Place, Skill } from "./shapes";

/** What a skill can do as kept decisions say, in the place that is asked for or the first that they know. */
export function canDo(skill: Skill, kept: Decision[], place?: Place): Can {
  const mine = kept.filter((decision) => decision.skill === skill.name && decision.kind !== "asking");
  const known = [...mine, ...kept.filter((decision) => decision.kind === "workspace")];
  const places = known
    .map(({ client, workspace }) => ({ client, workspace }))
    .filter((one, i, all) => all.findIndex((other) => same(one, other)) === i);
  const here = place ?? places[0] ?? { client: "", workspace: "" };
  const decided = mine.filter((decision) => same(decision, here)).flatMap(lines);
  const asked = skill.may
    .filter((line) => !decided.some((other) => other.grant === line.grant))
    .map(({ grant, sentence }): CanLine => {
      const reason = "nothing is decided yet, so it is asked";
      return { grant, sentence, verdict: "ask", rule: "asked", layer: "question", reason };
    });
  return { ...here, places, lines: [...decided, ...asked] };
}

function lines(decision: Decision): CanLine[] {
  return decision.grants.map((line) => ({
    ...line,
    verdict: decision.verdict,
    rule: decision.muted ? "muted" : decision.id,
    layer: "decision",
    reason: decision.verdict === "allow" ? "you allowed it" : "you denied it",
    remedy: "revoke the decision under Decisions",
    lifetime: decision.lifetime,
    until: decision.until,
  }));
}

function same(one: Place, other: Place): boolean {
  return one.client === other.client && one.workspace === other.workspace;
}
