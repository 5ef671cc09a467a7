import { codeWords } from "../host/codes";
import type { Call, Step } from "../host/shapes";
import { count, size } from "../ui/amounts";
import type { Drawing } from "../ui/Icon.svelte";

/** A step in words around its sentence and grant. */
export type StepWords = {
  icon: Drawing;
  tone: "plain" | "ok" | "no";
  lead: string;
  lifetime: string;
  /** Which rule decided, in words; decision is the kept answer that did. */
  rule: string;
  decision?: string;
};

const lifetimes: Record<string, string> = {
  once: "once",
  call: "for this call",
  session: "for this session",
  hour: "for one hour",
  date: "until a date",
  always: "always",
};

const rules: Record<string, string> = {
  asked: "you answered in this call",
  required: "you confirmed it before the first call",
  never: "nobody can allow it",
  undeclared: "its manifest does not name it",
  workspace: "the folder is not confirmed",
  active: "another program may run it",
  storage: "the decisions cannot be read",
  ended: "the call was over",
  full: "too many questions wait",
  paused: "everything is paused",
  muted: "dismissed three times",
  parked: "you answered after the call was gone",
  proposed: "it was proposed to you",
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
  const words = { lifetime: lifetimes[step.lifetime ?? ""] ?? step.lifetime ?? "", rule: "" };
  switch (step.kind) {
    case "result":
      return { ...words, ...ended(step.code ?? "") };
    case "write":
      return { ...words, icon: "write", tone: "plain", lead: wrote(step) };
    case "sent":
      return { ...words, ...sent(step) };
    case "undo":
      return { ...words, icon: "undo", tone: "plain", lead: "you took the change back:" };
  }
  if (step.verdict === "") return { ...words, icon: "asked", tone: "plain", lead: "asked to" };
  const denied = step.verdict === "deny";
  const byPerson = denied ? "you denied it to" : "you allowed it to";
  const more = step.count ? `${count(step.count, "more time", "more times")} ` : "";
  const byRule = denied ? `was refused ${more}to` : "was allowed to";
  return {
    ...words,
    ...ruleWords(step),
    icon: denied ? "cross" : "check",
    tone: denied ? "no" : "ok",
    lead: step.kind === "decision" ? byPerson : byRule,
  };
}

function ended(code: string): Pick<StepWords, "icon" | "tone" | "lead"> {
  if (code === "") return { icon: "ended", tone: "plain", lead: "returned its result" };
  if (code.startsWith("limit_"))
    return { icon: "warning", tone: "no", lead: `was stopped at the ${codeWords(code)}` };
  return { icon: "ended", tone: "no", lead: `ended: ${codeWords(code)}` };
}

/** How a request went, before what it was allowed to do. */
function sent(step: Step): Pick<StepWords, "icon" | "tone" | "lead" | "rule"> {
  const trouble = faults[step.code ?? ""] ?? step.code ?? "";
  const came = step.status ? `, got ${step.status} and ${size(step.received ?? 0)}` : "";
  return {
    icon: "sent",
    tone: trouble ? "no" : "plain",
    lead: `sent ${size(step.bytes ?? 0)}${came}${trouble ? ` (${trouble})` : ""}, allowed to`,
    rule: step.address ?? "",
  };
}

const faults: Record<string, string> = {
  name: "no such host, or none that a skill may reach",
  connect: "not reached",
  trust: "its certificate is not believed",
  time: "took too long",
  answer: "broke off, or no answer",
  denied: "taken back",
  cancelled: "the call ended",
  limit_payload: "too long",
};

function wrote(step: Step): string {
  return step.bytes ? `wrote ${size(step.bytes)}, allowed to` : "made the change it was allowed to:";
}

function ruleWords(step: Step): Pick<StepWords, "rule" | "decision"> {
  if (step.kind === "decision" && step.rule === "asked") return { rule: "" };
  if (step.rule === "" || rules[step.rule]) return { rule: rules[step.rule] ?? "" };
  // A rule of a file is named by its place in it; what else is no word of ours is the id of a kept decision or of a
  // rule of the person's own, which the record does not tell apart.
  if (step.rule.includes("#/")) return { rule: "a policy file's rule" };
  return { rule: "a decision or rule of yours", decision: step.rule };
}

/** What a call moved, in words, the parts that are nothing left out. */
export function moved({ usage }: Call): string[] {
  const parts: [number, string][] = [
    [usage.readBytes, "read from files"],
    [usage.writtenBytes, "written to files"],
    [usage.sentBytes, `sent in ${count(usage.requests ?? 0, "request")}`],
    [usage.receivedBytes, "received"],
    [usage.inputBytes, "given by the client"],
    [usage.outputBytes, "returned to it"],
  ];
  return parts.filter(([bytes]) => bytes > 0).map(([bytes, words]) => `${size(bytes)} ${words}`);
}
