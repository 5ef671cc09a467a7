import type { Decision, Gone } from "../host/shapes";
import { day, past, until } from "../ui/moments";

const oneDay = 24 * 60 * 60 * 1000;

/** How long a decision holds, in words. */
export function holds(decision: Pick<Decision, "lifetime" | "until" | "muted">, now: number): string {
  const end = decision.until ? `until ${until(decision.until, now)}` : "";
  if (decision.muted) return `dismissed three times, so it rests ${end}`;
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

/** When it was last used; nothing for a denial, which is not counted. */
export function lastUsed(decision: Decision, now: number): string {
  if (decision.lastUsed) return `last used ${past(decision.lastUsed, now)}`;
  return decision.verdict === "allow" && decision.kind !== "workspace" ? "never used" : "";
}

/** When it ends if nothing uses it, and whether that is within two weeks. */
export function lapse(decision: Decision, now: number): { words: string; soon: boolean } | undefined {
  if (!decision.lapses) return undefined;
  const days = Math.max(0, Math.ceil((decision.lapses - now) / oneDay));
  if (days > 14) return { words: `lapses ${day(decision.lapses, now)} if unused`, soon: false };
  return { words: days <= 1 ? "lapses tomorrow if unused" : `lapses in ${days} days if unused`, soon: true };
}

/** When and why it went. */
export function went(decision: Gone, now: number): string {
  return decision.why === "lapsed"
    ? `lapsed ${past(decision.gone, now)}: nothing used it for 60 days`
    : `revoked ${past(decision.gone, now)}`;
}
