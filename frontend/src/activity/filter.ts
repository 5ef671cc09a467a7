import { codeWords } from "../host/codes";
import type { Call } from "../host/shapes";
import { startOfDay } from "../ui/moments";

export type Period = "today" | "week" | "all";

const day = 24 * 60 * 60 * 1000;

/** The moment at which a period began. */
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

/** Whether every word of the filter stands somewhere in the call: skill, tool, client, folder, grant, outcome. */
export function matches(call: Call, filter: string): boolean {
  const text = [
    call.skill,
    call.tool,
    call.client,
    call.workspace,
    call.state,
    call.code && codeWords(call.code),
    ...call.steps.map((step) => `${step.grant} ${step.sentence}`),
  ]
    .join("\n")
    .toLowerCase();
  return filter
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
