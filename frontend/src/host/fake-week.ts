import type { WeekTold } from "./shapes";

/** A week in which nothing happened, so many weeks before that of now. */
export function emptyWeek(now: number, back: number): WeekTold {
  const monday = new Date(now);
  monday.setHours(0, 0, 0, 0);
  monday.setDate(monday.getDate() - ((monday.getDay() + 6) % 7) - 7 * back);
  const from = monday.getTime();
  const to = new Date(from).setDate(monday.getDate() + 7);
  const none = { count: 0, newest: [] };
  return {
    ...{ from, to, earlier: false, short: false },
    ...{ calls: 0, tried: 0, limited: 0, failed: 0, refusals: 0 },
    ...{ readBytes: 0, writtenBytes: 0, readers: 0, writers: 0, changes: 0, by: [] },
    ...{ sentBytes: 0, receivedBytes: 0, requests: 0, senders: 0 },
    ...{ asked: 0, askedMs: 0, yes: 0, no: 0, waits: [], paused: 0 },
    ...{
      standing: none,
      denied: none,
      revoked: none,
      lapsed: none,
      restored: none,
      rules: none,
      undone: none,
    },
  };
}
