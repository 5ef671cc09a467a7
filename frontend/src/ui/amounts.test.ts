import { expect, it } from "vitest";
import { clock, count, duration, size, work } from "./amounts";
import { cutGrant } from "./grant";
import { past, until } from "./moments";

it.each([
  [0, "0 ms"],
  [0.84, "0.8 ms"],
  [9.96, "10 ms"],
  [84.2, "84 ms"],
  [999.6, "1 s"],
  [3100, "3.1 s"],
  [30_000, "30 s"],
  [65_000, "1:05 min"],
])("%d ms is %s", (ms, words) => expect(duration(ms)).toBe(words));

it.each([
  [0, "0 B"],
  [1023, "1023 B"],
  [1536, "1.5 KiB"],
  [41 << 20, "41 MiB"],
  [5 * 2 ** 40, "5120 GiB"],
])("%d bytes are %s", (bytes, words) => expect(size(bytes)).toBe(words));

it.each([
  [0, "0"],
  [999, "999"],
  [12_300, "12 k"],
  [999_600, "1 M"],
  [1_240_000_000, "1.2 G"],
  [9.97e9, "10 G"],
  [5e15, "5000 T"],
])("the work of %d steps is %s", (steps, words) => expect(work(steps)).toBe(words));

it("counts in words", () => {
  expect([count(1, "call"), count(1200, "call"), count(2, "call is", "calls are"), clock(8999)]).toEqual([
    "1 call",
    "1,200 calls",
    "2 calls are",
    "0:08",
  ]);
});

const noon = new Date(2026, 4, 12, 12, 0).getTime();
it.each([
  [noon - 59_000, "just now"],
  [noon - 5 * 60_000, "5 min ago"],
  [noon - 3 * 3_600_000, "today 09:00"],
  [noon - 26 * 3_600_000, "11 May"],
  [noon - 400 * 86_400_000, "7 Apr 2025"],
])("the moment %d was %s", (time, words) => expect(past(time, noon)).toBe(words));

it("says when something ends", () => {
  expect([until(noon + 5_400_000, noon), until(noon + 86_400_000, noon)]).toEqual(["13:30", "13 May 12:00"]);
});

it.each([
  ["fs:read:${workspace}/finance/payroll.csv", "fs:read:${workspace}/finance/", "payroll.csv", ""],
  ["fs:list:${workspace}/**", "fs:list:", "${workspace}/**", ""],
  ["fs:read:${workspace}/docs/**", "fs:read:${workspace}/", "docs/**", ""],
  ["net:GET:https://en.wikipedia.org:443/wiki/Go", "net:GET:https://", "en.wikipedia.org", ":443/wiki/Go"],
  ["env:LANG", "env:", "LANG", ""],
  ["", "", "", ""],
])("of the grant %j the main piece stands out", (grant, lead, main, rest) => {
  expect(cutGrant(grant)).toEqual({ lead, main, rest });
});
