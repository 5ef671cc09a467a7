import type { WeekTold } from "../host/shapes";
import { count, duration, size } from "../ui/amounts";
import { day } from "../ui/moments";

/** A number in a sentence and the words after it. */
export type Part = { number: string; words: string };

/** From which day to which the week is, the last one included. */
export function days({ from, to }: WeekTold, now: number): string {
  return `${day(from, now)} – ${day(to - 1, now)}`;
}

/** Whether nothing at all is told of the week. */
export function quiet(week: WeekTold): boolean {
  const deeds = [
    week.standing,
    week.denied,
    week.revoked,
    week.lapsed,
    week.restored,
    week.rules,
    week.undone,
  ];
  const numbers = [week.calls, week.tried, week.refusals, week.yes, week.no, week.paused];
  return [...deeds.map((deed) => deed.count), ...numbers].every((n) => n === 0);
}

/** How the calls went; what did not happen is left out, but for refusals, which a person looks for. */
export function wentWell(week: WeekTold): Part[] {
  return [
    part(week.calls, "call", "calls"),
    part(week.refusals, "refusal", "refusals"),
    ...(week.limited ? [part(week.limited, "call stopped at a limit", "calls stopped at a limit")] : []),
    ...(week.failed ? [part(week.failed, "call failed otherwise", "calls failed otherwise")] : []),
  ];
}

function part(n: number, one: string, many: string): Part {
  return { number: n.toLocaleString("en"), words: n === 1 ? one : many };
}

/** What calls did to files, in a sentence each. */
export function filesTold(week: WeekTold): string[] {
  const told: string[] = [];
  if (week.readers > 0) told.push(`${count(week.readers, "call")} read ${size(week.readBytes)} from files.`);
  if (week.changes > 0) {
    const wrote = week.writtenBytes > 0 ? `, with ${size(week.writtenBytes)} written` : "";
    told.push(
      `${count(week.writers, "call")} made ${count(week.changes, "change")} to files${wrote}; each change is in the record.`,
    );
  }
  return told.length > 0 ? told : ["No call read or changed a file."];
}

/** What calls sent over the network, in a sentence. */
export function networkTold(week: WeekTold): string {
  if (week.requests === 0) return "No call sent anything over the network.";
  return `${count(week.senders, "call")} sent ${count(week.requests, "request")}: ${size(week.sentBytes)} went out and ${size(week.receivedBytes)} came in.`;
}

/** What the person was asked and said, in a sentence each. */
export function answersTold(week: WeekTold): string[] {
  const told: string[] = [];
  if (week.asked > 0)
    told.push(`${count(week.asked, "call")} waited for you, ${duration(week.askedMs)} together.`);
  if (week.yes + week.no > 0)
    told.push(
      week.no === 0
        ? `You said yes ${times(week.yes)}, and never no.`
        : `You said yes ${times(week.yes)} and no ${times(week.no)}.`,
    );
  if (week.paused > 0) told.push(`You paused everything ${times(week.paused)}.`);
  return told.length > 0 ? told : ["You were asked nothing."];
}

function times(n: number): string {
  return ["never", "once", "twice"][n] ?? count(n, "time");
}
