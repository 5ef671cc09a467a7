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

export function stepWords(step: Step): StepWords {
  const lifetime = lifetimes[step.lifetime ?? ""] ?? step.lifetime ?? "";
  const rule = rules[step.rule] ?? (step.rule && `decision ${step.rule}`);
  const denied = step.verdict === "deny";
  switch (step.kind) {
    case "request": {
      if (step.verdict === "") return { icon: "asked", tone: "plain", lead: "asked to", lifetime, rule };
      const lead = denied ? "was refused to" : "was allowed to";
      return { icon: denied ? "cross" : "check", tone: denied ? "no" : "ok", lead, lifetime, rule };
    }
    case "decision": {
      const lead = denied ? "you denied it" : "you allowed it";
      return { icon: denied ? "cross" : "check", tone: denied ? "no" : "ok", lead, lifetime, rule };
    }
    case "result": {
      if (!step.code) return { icon: "ended", tone: "plain", lead: "returned its result", lifetime, rule };
      return { icon: "ended", tone: "no", lead: `ended: ${codeWords(step.code)}`, lifetime, rule };
    }
  }
}
