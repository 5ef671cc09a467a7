import { codeWords } from "../host/codes";
import type { Call, CallBucket, CallPlot } from "../host/shapes";
import { count, duration, size, work } from "../ui/amounts";
import { day, span, timeOfDay } from "../ui/moments";
import { visible } from "../ui/visible";

/** What can be plotted of calls. */
export type Measure = "calls" | "running" | "waiting" | "memory" | "fuel" | "bytes";

export const measures: Record<
  Measure,
  { name: string; scale: "linear" | "log"; words: (n: number) => string }
> = {
  calls: { name: "Calls", scale: "linear", words: (n) => count(n, "call") },
  running: { name: "Running time", scale: "log", words: duration },
  waiting: { name: "Waiting time", scale: "log", words: duration },
  memory: { name: "Peak memory", scale: "linear", words: size },
  fuel: { name: "Work done", scale: "log", words: work },
  bytes: { name: "Bytes", scale: "linear", words: size },
};

/** One part of a column: its amount, and the look that tells it from the others. */
export type Part = { name: string; value: number; look: Look };
export type Look = "main" | "soft" | "refused" | "limit" | "wait" | "second" | "third" | "out" | "in";

/** One column of a plot: what it is about, and its parts. Stacked parts add up; others begin at the same line. */
export type Column = {
  key: string;
  about: string;
  /** What stands below the plot where the column begins. */
  begins: string;
  parts: Part[];
  stacked: boolean;
  call?: Call;
};

/** A column for each stretch of time. */
export function overTime(measure: Measure, plot: CallPlot): Column[] {
  const length = (plot.buckets[1]?.from ?? plot.to) - plot.from;
  return plot.buckets.map((bucket) => ({
    key: String(bucket.from),
    about: span(bucket.from, bucket.from + length, plot.to),
    begins: begins(bucket.from, plot),
    ...bucketParts(measure, bucket),
  }));
}

function begins(time: number, { from, to }: CallPlot): string {
  return to - from > 36 * 3_600_000 ? day(time, to) : timeOfDay(time).slice(0, 5);
}

/** A column for each call, the oldest first. */
export function eachCall(measure: Measure, newestFirst: Call[], now: number): Column[] {
  return newestFirst.toReversed().map((call) => ({
    key: call.id,
    about: visible(
      `${call.skill} ${call.tool}, ${day(call.time, now)} ${timeOfDay(call.time)}, ${ended(call)}`,
    ),
    begins: timeOfDay(call.time).slice(0, 5),
    call,
    ...callParts(measure, call),
  }));
}

function ended(call: Call): string {
  return call.state === "failed" ? codeWords(call.code ?? "failed") : call.state;
}

/** All of a plot's time as one column, for what is said while nothing is pointed at. */
export function inAll(measure: Measure, plot: CallPlot): Column {
  return { key: "all", about: "In all", begins: "", ...bucketParts(measure, plot.whole) };
}

function bucketParts(measure: Measure, bucket: CallBucket): Pick<Column, "parts" | "stacked"> {
  switch (measure) {
    case "calls":
      return {
        stacked: true,
        parts: [
          { name: "done", value: bucket.done, look: "main" },
          { name: "under way", value: underWay(bucket), look: "wait" },
          { name: "refused", value: bucket.refused, look: "refused" },
          { name: "at a limit", value: bucket.limited, look: "limit" },
          { name: "failed", value: bucket.failed, look: "soft" },
        ],
      };
    case "running":
    case "memory":
    case "fuel":
    case "waiting":
      return {
        stacked: false,
        parts: [
          { name: "most", value: bucket[measure].most, look: "soft" },
          { name: "median", value: bucket[measure].median, look: measure === "waiting" ? "wait" : "main" },
        ],
      };
    case "bytes":
      return { stacked: true, parts: bytes(bucket) };
  }
}

function callParts(measure: Measure, call: Call): Pick<Column, "parts" | "stacked"> {
  const look = call.code?.startsWith("limit_") ? "limit" : call.state === "failed" ? "refused" : "main";
  switch (measure) {
    case "bytes":
      return { stacked: true, parts: bytes(call.usage) };
    case "waiting":
      return { stacked: false, parts: [{ name: "waited", value: call.usage.waitingMs, look: "wait" }] };
    case "memory":
      return { stacked: false, parts: [{ name: "at most", value: call.usage.memory, look }] };
    case "fuel":
      return { stacked: false, parts: [{ name: "did", value: call.usage.fuel ?? 0, look }] };
    default:
      return { stacked: false, parts: [{ name: "ran", value: call.usage.runningMs, look }] };
  }
}

type Bytes = Pick<
  CallBucket,
  "readBytes" | "writtenBytes" | "sentBytes" | "receivedBytes" | "inputBytes" | "outputBytes"
>;

function bytes(of: Bytes): Part[] {
  return [
    { name: "read from files", value: of.readBytes, look: "main" },
    { name: "written to files", value: of.writtenBytes, look: "wait" },
    { name: "sent over the network", value: of.sentBytes, look: "out" },
    { name: "received from it", value: of.receivedBytes, look: "in" },
    { name: "given by clients", value: of.inputBytes, look: "third" },
    { name: "returned to clients", value: of.outputBytes, look: "second" },
  ];
}

function underWay(bucket: CallBucket): number {
  return bucket.calls - bucket.done - bucket.refused - bucket.limited - bucket.failed;
}

/** What a column says, exactly. */
export function told(measure: Measure, column: Column): string {
  const { words } = measures[measure];
  const some = column.parts.filter((part) => part.value > 0);
  if (some.length === 0) return measure === "calls" ? "no call" : "nothing";
  if (measure === "calls") {
    const all = some.reduce((sum, part) => sum + part.value, 0);
    return `${words(all)}: ${some.map((part) => `${part.value.toLocaleString("en")} ${part.name}`).join(", ")}`;
  }
  return (column.stacked ? some : some.toReversed())
    .map((part) => `${part.name} ${words(part.value)}`)
    .join(" · ");
}

/** The top of a plot's scale, and the lines to draw on it: round amounts with their height from 0 to 1. */
export type Scale = { height: (value: number) => number; lines: { at: number; words: string }[] };

export function scaleOf(measure: Measure, columns: Column[]): Scale {
  const tops = columns.map((column) =>
    column.stacked
      ? column.parts.reduce((sum, part) => sum + part.value, 0)
      : Math.max(0, ...column.parts.map((part) => part.value)),
  );
  const most = Math.max(0, ...tops);
  return measures[measure].scale === "log" ? logarithmic(measure, most) : linear(measure, most);
}

function linear(measure: Measure, most: number): Scale {
  const top = roundedUp(most || 1, measure === "memory" || measure === "bytes" ? 2 : 10);
  const words = (value: number) =>
    measure === "calls" ? value.toLocaleString("en") : measures[measure].words(value);
  const half = measure === "calls" && top % 2 === 1 ? [] : [{ at: 0.5, words: words(top / 2) }];
  return { height: (value) => value / top, lines: [...half, { at: 1, words: words(top) }] };
}

/** The next amount that begins with 1, 2 or 5, or for sizes the next power of two. */
function roundedUp(value: number, base: 2 | 10): number {
  if (base === 2) return 2 ** Math.ceil(Math.log2(value));
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 5, 10].find((n) => n * power >= value) ?? 10) * power;
}

/** Times and work take anything from little to very much: each line is ten times the one below it, of at most seven. */
function logarithmic(measure: Measure, most: number): Scale {
  const highest = Math.max(1, Math.ceil(Math.log10(Math.max(most, 1))));
  const lowest = Math.max(-1, highest - 7);
  const height = (value: number) =>
    value <= 0 ? 0 : Math.max(0.02, (Math.log10(value) - lowest) / (highest - lowest));
  const decades = Array.from({ length: highest - lowest }, (_, i) => lowest + 1 + i);
  return {
    height,
    lines: decades.map((n) => ({ at: height(10 ** n), words: measures[measure].words(10 ** n) })),
  };
}
