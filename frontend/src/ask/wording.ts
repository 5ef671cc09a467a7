// What ask says in words of its own, and how it cuts the words of others. Nothing here joins the two.

import { visible } from "../ui/visible";
import { mixed } from "./lookalike";
import type { Difference, DiffLine, Hunk, ObjectSeen, Outgoing, Prompt, Rung } from "./prompt";

/** A size as file managers say it. */
export function size(bytes: number): string {
  if (bytes === 1) return "1 byte";
  if (bytes < 1000) return `${bytes} bytes`;
  const units = ["KB", "MB", "GB", "TB", "PB", "EB"];
  let n = bytes / 1000;
  let unit = 0;
  while (n >= 999.5 && unit < units.length - 1) {
    n /= 1000;
    unit++;
  }
  return `${n < 9.95 ? n.toFixed(1).replace(/\.0$/, "") : Math.round(n)} ${units[unit]}`;
}

/** The day on which something was changed, as said on the day `now`; both in milliseconds. */
export function changed(at: number, now: number): string {
  const then = new Date(at);
  const days = Math.round((midnight(new Date(now)) - midnight(then)) / 86_400_000);
  if (days === 0) return "changed today";
  if (days === 1) return "changed yesterday";
  if (days > 1 && days < 7) return `changed ${days} days ago`;
  const year = then.getFullYear() === new Date(now).getFullYear() ? undefined : "numeric";
  return `changed on ${then.toLocaleDateString("en-GB", { day: "numeric", month: "long", year })}`;
}

function midnight(day: Date): number {
  return Date.UTC(day.getFullYear(), day.getMonth(), day.getDate());
}

/** What the host saw of the object, in sentences without a full stop. */
export function facts(object: ObjectSeen, now: number): string[] {
  const found: string[] = [];
  if (object.new) found.push("does not exist yet");
  if (object.folder) found.push("folder");
  if (object.count)
    found.push(object.count === 1 ? "1 file now" : `${object.count.toLocaleString("en-GB")} files now`);
  if (!object.folder && !object.new && !object.difference && (object.size || object.modified))
    found.push(size(object.size ?? 0));
  if (object.modified) found.push(changed(object.modified * 1000, now));
  return found;
}

/** How much a write changes, in one line. */
export function amount({ added, removed, before, after, binary }: Difference): string {
  const lines = (n: number, doing: string) =>
    n === 0 ? [] : [`${n === 1 ? "1 line" : `${n.toLocaleString("en-GB")} lines`} ${doing}`];
  const sizes = size(before) === size(after) ? size(after) : `${size(before)} before, ${size(after)} after`;
  return [...(binary ? [] : [...lines(removed, "removed"), ...lines(added, "added")]), sizes].join(" · ");
}

/** How much a request carries, in one line. */
export function carries({ size: bytes = 0, unfinished, most = 0, binary }: Outgoing): string {
  if (unfinished) return `${size(bytes)} so far, up to ${size(most)}, not written yet`;
  if (bytes === 0) return "no body";
  return binary ? `${size(bytes)} of body, not text` : `${size(bytes)} of body`;
}

/** The lines of a request's body that are shown. */
export function bodyLines({ text = "" }: Outgoing): string[] {
  return text === "" ? [] : text.replace(/\r?\n$/, "").split(/\r?\n/);
}

/** A line of a difference as it is drawn: with its number, and the tabs that it begins with apart from its text. */
export interface DrawnLine extends DiffLine {
  number: number;
  tabs: number[];
}

/** The lines of a hunk, each with its number in the file: the old one for what goes, the new one for the rest. */
export function numbered(hunk: Hunk): DrawnLine[] {
  let before = hunk.old;
  let after = hunk.new;
  return (hunk.lines ?? []).map((line) => {
    const number = line.kind === "removed" ? before : after;
    if (line.kind !== "added") before++;
    if (line.kind !== "removed") after++;
    const text = line.text.replace(/^\t{1,16}/, "");
    return { kind: line.kind, text, number, tabs: [...Array(line.text.length - text.length).keys()] };
  });
}

/** What a scope would match now, in words: how many, and how many of them are not named. */
export function matching(rung: Rung | undefined): { now: string; more: string } {
  const named = rung?.matches?.length ?? 0;
  const count = Math.max(rung?.count ?? 0, named);
  if (count === 0)
    return { now: rung?.matches ? "It matches nothing yet" : "This one, and nothing else", more: "" };
  const files = count === 1 ? "1 file" : `${count.toLocaleString("en-GB")} files`;
  const unnamed = count - named;
  return {
    now: `It matches ${files} now, and later ones${named > 0 ? ":" : ""}`,
    more: named > 0 && unnamed > 0 ? `and ${unnamed.toLocaleString("en-GB")} more` : "",
  };
}

/** Says which alphabets a name mixes, whose letters look alike; nothing where it mixes none. */
export function mixture(name: string): string {
  const alphabets = mixed(name);
  return alphabets.length === 0
    ? ""
    : `the name mixes ${alphabets.join(" and ")} letters, which can look alike`;
}

/** Whether a name must stand in quotation marks so that it cannot be read as words of ours: unless it is one plain word. */
export function quoted(name: string): boolean {
  return !/^[\p{L}\p{N}._-]+$/u.test(name);
}

/** The day n days after `now` as a date field writes it: 2026-05-20. */
export function dayAfter(now: number, days: number): string {
  const day = new Date(now);
  day.setDate(day.getDate() + days);
  return [day.getFullYear(), day.getMonth() + 1, day.getDate()]
    .map((n) => String(n).padStart(2, "0"))
    .join("-");
}

/** The Unix second at which a day ends that a person wrote; null unless it is a day to come, less than a year away. */
export function endOf(day: string, now: number): number | null {
  if (!/^\d{4}-\d\d-\d\d$/.test(day) || day <= dayAfter(now, 0) || day > dayAfter(now, 364)) return null;
  const end = new Date(`${day}T23:59:59`);
  return Number.isNaN(end.getTime()) || dayAfter(end.getTime(), 0) !== day
    ? null
    : Math.floor(end.getTime() / 1000);
}

/** The exact object in three parts, the middle one to be drawn with weight and whole. All are hostile. */
export interface Place {
  before: string;
  name: string;
  after: string;
}

/** What the prompt is about: a path with its last name in weight, else the grant with the prompt's name in weight. */
export function place(prompt: Prompt): Place {
  const path = prompt.object.path;
  if (path) return splitPath(path);
  if (prompt.need === "fs:pick:read") return { before: "", name: prompt.name, after: "" };
  const request = prompt.object.request;
  const need = request
    ? `${request.method} ${request.url}`
    : (prompt.need ?? "").replace(/^net:([A-Z,*]+):(?=https?:)/, "$1 ");
  // The name is the host's: what stands after it in the address may say the same, and is somebody else's.
  const host = /^\S+ https?:\/\/[^/?]*/.exec(need)?.[0] ?? need;
  const at = prompt.name === "" ? -1 : host.lastIndexOf(prompt.name);
  if (at < 0) return { before: need === "" ? "" : `${need} `, name: prompt.name, after: "" };
  return { before: need.slice(0, at), name: prompt.name, after: need.slice(at + prompt.name.length) };
}

/** The scope of the quick answer where it is less than the folder that the question is about. */
export function narrower(prompt: Prompt): Rung | undefined {
  return prompt.need && prompt.object.folder ? prompt.rungs?.[prompt.quick.rung] : undefined;
}

/** Cuts a path before its last name. A backslash separates only on Windows, where a path begins with a drive or with two of them. */
export function splitPath(path: string): Place {
  const separators = /^([a-z]:|\\\\)/i.test(path) ? /[/\\]/ : /\//;
  let end = path.length;
  while (end > 0 && separators.test(path.charAt(end - 1))) end--;
  let start = end;
  while (start > 0 && !separators.test(path.charAt(start - 1))) start--;
  if (start === end) return { before: "", name: path, after: "" }; // the root
  return { before: path.slice(0, start), name: path.slice(start, end), after: path.slice(end) };
}

/** The folder in which a person begins to pick a file: the one that the question is about, else the workspace. */
export function startingFolder({ object, subject }: Prompt): string {
  if (!object.path) return subject.workspace ?? "";
  return object.folder ? object.path : splitPath(object.path).before;
}

/** A text with its middle left out, and how many characters that leaves out. */
export interface Folded {
  head: string;
  tail: string;
  hidden: number;
}

/** Folds the middle of what would be wider than `room` narrow characters when drawn; null where it fits. */
export function fold(text: string, room: number): Folded | null {
  const letters = [...text];
  const widths = letters.map(width);
  let total = widths.reduce((sum, w) => sum + w, 0);
  if (total <= room) return null;
  // From the middle outwards, a little more from the end: a beginning tells more than an end.
  let from = Math.floor(letters.length * 0.55);
  let to = from;
  while (total > room && (from > 0 || to < letters.length)) {
    if (to < letters.length && (from === 0 || (letters.length - to) * 1.4 > from)) total -= widths[to++] ?? 0;
    else total -= widths[--from] ?? 0;
  }
  return { head: letters.slice(0, from).join(""), tail: letters.slice(to).join(""), hidden: to - from };
}

/** How many narrow characters a letter takes when drawn, escapes counted as they are written out. */
function width(letter: string): number {
  const shown = [...visible(letter)].length;
  return shown === 1 &&
    /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\u{1f000}-\u{3ffff}]/u.test(
      letter,
    )
    ? 2
    : shown;
}

/** The room, in narrow characters, that hostile values have on the prompt's first level: at most three lines each. */
export const room = { title: 84, who: 40, path: 164, why: 170, line: 120, diff: 150 };

/** A place folded so that with its name it takes about three lines; the name itself is always whole. */
export function foldPlace({ before, name, after }: Place): { before: Folded | null; after: Folded | null } {
  const left = Math.max(room.path - [...visible(name)].length, 48);
  const share = after === "" ? 1 : 0.6;
  return {
    before: fold(before, Math.floor(left * share)),
    after: fold(after, Math.floor(left * (1 - share))),
  };
}

/**
 * Whether something on the prompt's first level is folded, so that only the quick answer may be given before it was
 * opened. The title does not count: what it folds stands whole below it.
 */
export function isFolded(prompt: Prompt): boolean {
  const { subject, lines, growth } = prompt;
  const hunks = prompt.object.difference?.hunks ?? [];
  const changes = growth?.changes ?? [];
  const request = prompt.object.request;
  const sent = [
    ...(request?.headers ?? []).map((header) => header.value),
    ...(request ? bodyLines(request) : []),
  ];
  const named = [...(request?.headers ?? []).map((header) => header.name), request?.from ?? ""];
  const who = [subject.client, ...(subject.chain ?? []), subject.skill, subject.signer];
  const places = [place(prompt), splitPath(prompt.object.other ?? "")].map(foldPlace);
  return (
    places.some(({ before, after }) => before !== null || after !== null) ||
    fold(prompt.why ?? "", room.why) !== null ||
    fold(subject.workspace ?? "", room.path) !== null ||
    fold(narrower(prompt)?.grant ?? "", room.line) !== null ||
    [...who, growth?.from ?? ""].some((name) => fold(name, room.who) !== null) ||
    sent.some((text) => fold(text, room.diff) !== null) ||
    named.some((text) => fold(text, room.line) !== null) ||
    hunks.some((hunk) => (hunk.lines ?? []).some((line) => fold(line.text, room.diff) !== null)) ||
    changes.some(({ before, after }) =>
      [before, after].some((text) => fold(text ?? "", room.line) !== null),
    ) ||
    (lines ?? []).some((line) => fold(line.why, room.line) !== null)
  );
}
