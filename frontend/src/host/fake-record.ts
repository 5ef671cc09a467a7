import type { Call, CallBucket, CallPlot, Wanted } from "./shapes";

/** Whether a call is one of those that are wanted, as the host sees it. */
export function holds(wanted: Wanted, call: Call): boolean {
  const text = [
    ...[call.id, call.skill, call.tool, call.client, call.workspace, call.state],
    (call.code ?? "").replaceAll("_", " "),
    ...call.steps.map((step) => `${step.grant} ${step.sentence}`),
  ]
    .join("\n")
    .toLowerCase();
  const words = (wanted.search ?? "").toLowerCase().split(/\s+/);
  return (
    call.time >= (wanted.from ?? 0) &&
    (!wanted.to || call.time < wanted.to) &&
    (!wanted.skill || call.skill === wanted.skill) &&
    (!wanted.client || call.client === wanted.client) &&
    (!wanted.outcome ||
      outcomeOf(call) === wanted.outcome ||
      (wanted.outcome === "refused" && call.refusals > 0)) &&
    words.every((word) => text.includes(word))
  );
}

function outcomeOf(call: Call): NonNullable<Wanted["outcome"]> {
  if (call.state === "running" || call.state === "waiting") return "underway";
  if (call.state === "done") return "done";
  if (call.code?.startsWith("limit_")) return "limit";
  return ["denied", "undeclared", "approval_timeout"].includes(call.code ?? "") ? "refused" : "failed";
}

const minute = 60_000;
const stretches = [1, 5, 15, 30, 60, 180, 360, 1440, 10080].map((minutes) => minutes * minute);

/** The plot of those calls of a record that are wanted. */
export function plotted(record: Call[], wanted: Wanted, buckets: number, now: number): CallPlot {
  const calls = record.filter((call) => holds(wanted, call));
  const inTime = record.filter((call) => holds({ from: wanted.from, to: wanted.to }, call));
  const from = wanted.from || new Date(calls.at(-1)?.time ?? now).setMinutes(0, 0, 0);
  const to = wanted.to || now;
  const step = stretches.find((length) => (to - from) / length < buckets) ?? (to - from) / buckets;
  const names = (of: (call: Call) => string) => [...new Set(inTime.map(of))].sort();
  return {
    from,
    to,
    whole: bucket(from, calls),
    buckets: Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => {
      const begin = from + i * step;
      return bucket(
        begin,
        calls.filter((call) => call.time >= begin && call.time < begin + step),
      );
    }),
    skills: names((call) => call.skill),
    clients: names((call) => call.client),
    short: false,
  };
}

function bucket(from: number, calls: Call[]): CallBucket {
  const those = (outcome: Wanted["outcome"]) => calls.filter((call) => outcomeOf(call) === outcome).length;
  const sum = (of: (call: Call) => number) => calls.reduce((all, call) => all + of(call), 0);
  const ended = calls.filter((call) => outcomeOf(call) !== "underway");
  const asked = calls.filter((call) => call.state === "waiting" || call.usage.waitingMs > 0);
  return {
    from,
    calls: calls.length,
    done: those("done"),
    refused: those("refused"),
    limited: those("limit"),
    failed: those("failed"),
    asked: asked.length,
    running: spread(ended.map((call) => call.usage.runningMs)),
    waiting: spread(asked.map((call) => call.usage.waitingMs)),
    memory: spread(ended.map((call) => call.usage.memory)),
    fuel: spread(calls.flatMap((call) => (call.usage.fuel ? [call.usage.fuel] : []))),
    readBytes: sum((call) => call.usage.readBytes),
    writtenBytes: sum((call) => call.usage.writtenBytes),
    sentBytes: sum((call) => call.usage.sentBytes),
    receivedBytes: sum((call) => call.usage.receivedBytes),
    inputBytes: sum((call) => call.usage.inputBytes),
    outputBytes: sum((call) => call.usage.outputBytes),
  };
}

function spread(values: number[]): CallBucket["running"] {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { median: at(0.5), slow: at(0.99), most: sorted.at(-1) ?? 0 };
}
