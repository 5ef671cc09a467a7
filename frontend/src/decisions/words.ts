import type { Decision } from "../host/shapes";
import { until } from "../ui/moments";

/** How long a decision holds, in words. */
export function holds(decision: Pick<Decision, "lifetime" | "until">, now: number): string {
  const end = decision.until ? `until ${until(decision.until, now)}` : "";
  switch (decision.lifetime) {
    case "always":
      return "always";
    case "session":
      return end ? `this session, at most ${end}` : "this session";
    case "hour":
      return end || "one hour";
    default:
      return end || decision.lifetime;
  }
}
