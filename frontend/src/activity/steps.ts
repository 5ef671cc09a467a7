import { codeWords } from "../host/codes";
import type { Step } from "../host/shapes";
import type { Drawing } from "../ui/Icon.svelte";

/** A step in words around its sentence and grant. */
export type StepWords = {
  icon: Drawing;
  tone: "plain" | "ok" | "no";
  lead: string;
  lifetime: string;
  rule: string;
};

const lifetimes: Record<string, string> = {
  once: "once",
  call: "for this call",
  session: "for this session",
  hour: "for one hour",
  always: "always",
};

const rules: Record<string, string> = {
  asked: "you were asked",
  required: "confirmed before its first call",
  never: "nobody can allow it",
  undeclared: "not in its manifest",
};

/** The steps worth a line: a request that only repeats the person's answer just before it is not. */
export function told(steps: Step[]): Step[] {
  return steps.filter((step, i) => {
    const before = steps[i - 1];
    const repeats =
      before?.kind === "decision" && before.grant === step.grant && before.verdict === step.verdict;
    return step.kind !== "request" || !repeats;
  });
}

export function stepWords(step: Step): StepWords {
  const lifetime = lifetimes[step.lifetime ?? ""] ?? step.lifetime ?? "";
  const rule = rules[step.rule] ?? (step.rule && `decision ${step.rule}`);
  if (step.kind === "result") {
    const lead = step.code ? `ended: ${codeWords(step.code)}` : "returned its result";
    return { icon: "ended", tone: step.code ? "no" : "plain", lead, lifetime, rule };
  }
  if (step.verdict === "") return { icon: "asked", tone: "plain", lead: "asked to", lifetime, rule };
  const denied = step.verdict === "deny";
  const byPerson = denied ? "you denied it to" : "you allowed it to";
  const byRule = denied ? "was refused to" : "was allowed to";
  return {
    icon: denied ? "cross" : "check",
    tone: denied ? "no" : "ok",
    lead: step.kind === "decision" ? byPerson : byRule,
    lifetime,
    rule: step.kind === "decision" && step.rule === "asked" ? "" : rule,
  };
}
