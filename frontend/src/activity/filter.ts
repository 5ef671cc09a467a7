import type { Wanted } from "../host/shapes";
import { startOfDay } from "../ui/moments";

export type Period = "today" | "week" | "all";

/** What a person chose to look at; empty words leave out nothing. */
export type Choice = {
  period: Period;
  skill: string;
  client: string;
  outcome: NonNullable<Wanted["outcome"]>;
  search: string;
};

export const everything: Choice = { period: "all", skill: "", client: "", outcome: "", search: "" };

export const outcomes: [Choice["outcome"], string][] = [
  ["", "Any outcome"],
  ["done", "Done"],
  ["refused", "Refused something"],
  ["limit", "Hit a limit"],
  ["failed", "Failed otherwise"],
  ["underway", "Under way"],
];

const day = 24 * 60 * 60 * 1000;

/** The moment at which a period began; 0 for all that there is. */
export function begins(period: Period, now: number): number {
  switch (period) {
    case "today":
      return startOfDay(now);
    case "week":
      return startOfDay(now - 6 * day);
    case "all":
      return 0;
  }
}

/** The choice as the host takes it. */
export function wanted(choice: Choice, now: number): Wanted {
  const { period, skill, client, outcome, search } = choice;
  return {
    from: begins(period, now) || undefined,
    skill: skill || undefined,
    client: client || undefined,
    outcome: outcome || undefined,
    search: search.trim() || undefined,
  };
}

/** Whether anything but the time is chosen. */
export function narrowed(choice: Choice): boolean {
  return Boolean(choice.skill || choice.client || choice.outcome || choice.search.trim());
}
