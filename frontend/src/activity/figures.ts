import type { Call } from "../host/shapes";

/** What the cards over the table say about the calls in it. Series go from the oldest to the newest. */
export type Figures = {
  calls: number;
  refused: number;
  /** Calls in each of equal stretches of time. */
  callsOverTime: number[];
  medianMs: number;
  slowMs: number;
  runningOverTime: number[];
  peakMemory: number;
  memoryOverTime: number[];
  /** Calls for which a person was asked, and when: 0 is the oldest call's time, 1 the newest's. */
  asked: number;
  askedAt: number[];
};

const refusals = new Set(["denied", "undeclared"]);
const stretches = 14;

/** Figures of calls that come newest first. */
export function figures(calls: Call[]): Figures {
  const oldestFirst = calls.toReversed();
  const ended = oldestFirst.filter((call) => call.state === "done" || call.state === "failed");
  const running = ended.map((call) => call.runningMs).sort((a, b) => a - b);
  const asked = oldestFirst.filter((call) => call.state === "waiting" || call.waitingMs > 0);
  const place = placer(oldestFirst);
  const parts = divided(oldestFirst, place);
  return {
    calls: calls.length,
    refused: calls.filter((call) => refusals.has(call.code ?? "")).length,
    callsOverTime: parts.map((part) => part.length),
    medianMs: quantile(running, 0.5),
    slowMs: quantile(running, 0.99),
    runningOverTime: drawn(parts, (part) =>
      quantile(
        part.map((call) => call.runningMs).sort((a, b) => a - b),
        0.5,
      ),
    ),
    peakMemory: calls.reduce((peak, call) => Math.max(peak, call.memory), 0),
    memoryOverTime: drawn(parts, (part) => Math.max(...part.map((call) => call.memory))),
    asked: asked.length,
    askedAt: asked.map((call) => place(call)),
  };
}

function quantile(sorted: number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

function placer(oldestFirst: Call[]): (call: Call) => number {
  const from = oldestFirst[0]?.time ?? 0;
  const span = (oldestFirst.at(-1)?.time ?? 0) - from || 1;
  return (call) => Math.min(1, Math.max(0, (call.time - from) / span));
}

function divided(calls: Call[], place: (call: Call) => number): Call[][] {
  const parts: Call[][] = Array.from({ length: stretches }, () => []);
  for (const call of calls) parts[Math.min(stretches - 1, Math.floor(place(call) * stretches))]?.push(call);
  return parts;
}

/** One value for each stretch in which there were calls. */
function drawn(parts: Call[][], value: (part: Call[]) => number): number[] {
  return parts.filter((part) => part.length > 0).map(value);
}
