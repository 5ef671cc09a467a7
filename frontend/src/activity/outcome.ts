import { codeWords } from "../host/codes";
import type { Call } from "../host/shapes";
import { cutGrant } from "../ui/grant";

/** How a call ended or where it is, in a word and its tone; also says what it was refused and did without. */
export type Outcome = { tone: "plain" | "wait" | "ok" | "no"; words: string; object?: string; also?: string };

export function outcome(call: Call): Outcome {
  const also = call.refusals > 0 ? `${call.refusals} refused` : undefined;
  switch (call.state) {
    case "waiting":
      return { tone: "wait", words: "waiting for you", also };
    case "running":
      return { tone: "plain", words: "running", also };
    case "done":
      return { tone: "ok", words: "done", also };
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
