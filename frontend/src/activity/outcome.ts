import { codeWords } from "../host/codes";
import type { Call } from "../host/shapes";
import { cutGrant } from "../ui/grant";

/** How a call ended or where it is, in a word and its tone. */
export type Outcome = { tone: "plain" | "wait" | "ok" | "no"; words: string; object?: string };

export function outcome(call: Call): Outcome {
  switch (call.state) {
    case "waiting":
      return { tone: "wait", words: "waiting for you" };
    case "running":
      return { tone: "plain", words: "running" };
    case "done":
      return { tone: "ok", words: "done" };
    case "failed":
      return { tone: "no", words: codeWords(call.code ?? "failed"), object: refused(call) };
  }
}

/** What the call was refused, shortened to the name that a person knows it by. */
function refused(call: Call): string | undefined {
  if (call.code !== "denied" && call.code !== "undeclared") return undefined;
  const step = call.steps.findLast((step) => step.verdict === "deny" && step.grant !== "");
  return step && cutGrant(step.grant).main;
}
