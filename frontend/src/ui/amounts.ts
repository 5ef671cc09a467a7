/** A length of time: "2.4 ms", "84 ms", "3.1 s", "1:05 min". */
export function duration(ms: number): string {
  if (ms < 9.95) return `${trimmed(ms, 1)} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${trimmed(ms / 1000, 1)} s`;
  return `${clock(ms)} min`;
}

/** Minutes and seconds of a length of time that goes on: "0:08". */
export function clock(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** A size in bytes: "512 B", "12 KiB", "1.5 MiB". */
export function size(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB"];
  let at = 0;
  while (bytes >= 1024 && at < units.length - 1) {
    bytes /= 1024;
    at++;
  }
  return `${trimmed(bytes, bytes < 10 ? 1 : 0)} ${units[at]}`;
}

/** How much a guest did, in the runtime's own small steps: "950", "12 k", "1.2 G". */
export function work(steps: number): string {
  const units = ["", " k", " M", " G", " T"];
  let at = 0;
  while (steps >= 999.5 && at < units.length - 1) {
    steps /= 1000;
    at++;
  }
  return `${trimmed(steps, at > 0 && steps < 9.95 ? 1 : 0)}${units[at]}`;
}

/** A number of things: "1 call", "2 calls". */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${n.toLocaleString("en")} ${n === 1 ? one : many}`;
}

function trimmed(n: number, digits: number): string {
  return n.toFixed(digits).replace(/\.0+$/, "");
}
