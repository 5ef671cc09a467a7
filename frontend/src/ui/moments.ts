const minute = 60_000;
const hour = 60 * minute;

/** The time of day with seconds: "14:02:11". */
export function timeOfDay(time: number): string {
  return new Date(time).toLocaleTimeString("en-GB");
}

/** The day and, this year's without the year: "3 May", "3 May 2025". */
export function day(time: number, now: number): string {
  const sameYear = new Date(time).getFullYear() === new Date(now).getFullYear();
  return new Date(time).toLocaleDateString("en-GB", {
    day: "numeric",
    month: "short",
    year: sameYear ? undefined : "numeric",
  });
}

/** When something was, as near as a person needs it: "just now", "4 min ago", "today 09:12", "3 May". */
export function past(time: number, now: number): string {
  const ago = now - time;
  if (ago < minute) return "just now";
  if (ago < hour) return `${Math.floor(ago / minute)} min ago`;
  if (startOfDay(time) === startOfDay(now)) return `today ${hoursAndMinutes(time)}`;
  return day(time, now);
}

/** When something will be: "14:30", "3 May 14:30". */
export function until(time: number, now: number): string {
  const at = hoursAndMinutes(time);
  return startOfDay(time) === startOfDay(now) ? at : `${day(time, now)} ${at}`;
}

/** A stretch of time: "14:00–14:30", "3 May 14:00–15:00", "3 May", "3 May – 9 May". */
export function span(from: number, to: number, now: number): string {
  const last = to - 1;
  if (to - from > 23 * hour) {
    return startOfDay(from) === startOfDay(last) ? day(from, now) : `${day(from, now)} – ${day(last, now)}`;
  }
  const times = `${hoursAndMinutes(from)}–${hoursAndMinutes(to)}`;
  return startOfDay(from) === startOfDay(now) ? times : `${day(from, now)} ${times}`;
}

/** Midnight of a moment's day, here. */
export function startOfDay(time: number): number {
  return new Date(time).setHours(0, 0, 0, 0);
}

function hoursAndMinutes(time: number): string {
  return new Date(time).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
}
