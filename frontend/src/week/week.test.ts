import { render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { Events } from "../host/events.svelte";
import { workingDay } from "../host/examples";
import type { FakeHost } from "../host/fake";
import { Problem } from "../host/problem";
import Week from "./Week.svelte";
import { Week as WeekState } from "./week.svelte";
import WeekLine from "./WeekLine.svelte";

function open(change: (host: FakeHost) => void = () => {}) {
  const host = workingDay(Date.now());
  change(host);
  const events = new Events(host);
  const week = new WeekState(host, events);
  const places = { tryHref: "#/playground", activityHref: "#/activity", decisionsHref: "#/decisions" };
  render(Week, { week, ...places });
  return { host, week, events, user: userEvent.setup() };
}

const text = (name: string) =>
  screen.findByRole("region", { name }).then((found) => found.textContent.replace(/\s+/g, " "));

it("tells what ran, by skill and client", async () => {
  open();
  expect(await text("What ran")).toMatch(/148 calls ?41 refusals ?1 call stopped at a limit ?1 call failed/);
  const rows = within(screen.getByRole("table", { name: "Calls by skill and client" })).getAllByRole("row");
  const cells = (row: HTMLElement) =>
    within(row)
      .getAllByRole("cell")
      .map((cell) => cell.textContent.trim());
  expect(rows.slice(1, 4).map(cells)).toEqual([
    ["files", "claude-code", "71", "3", "–"],
    ["web", "claude-code", "38", "–", "–"],
    ["files", "vs-code", "37", "38", "–"],
  ]);
  expect(await text("What ran")).toContain("2 further calls were only tried");
});

it("tells what was done to files, answered and decided", async () => {
  open();
  expect(await text("The network")).toMatch(/31 calls sent 47 requests: 21 KiB went out and 3 MiB came in/);
  expect(await text("Your files")).toMatch(/88 calls read 4\.2 MiB.*3 calls made 12 changes.*config\.yaml/);
  expect(await text("Your answers")).toMatch(
    /9 calls waited for you, 2:11 min together.*yes 7 times and no twice.*paused everything once.*1:04 files write for claude-code/,
  );
  expect(await text("What holds from now on")).toMatch(
    /files may read “docs\/\*\*”.*files may work in this folder.*files may not create.*took back.*no longer allowed to.*Lapsed.*pdf-tools.*added: deny every skill to/,
  );
});

it("goes to earlier weeks while something is known of them, and back", async () => {
  const { user } = open();
  const earlier = screen.getByRole("button", { name: "Earlier week" });
  const later = screen.getByRole<HTMLButtonElement>("button", { name: "Later week" });
  await text("What ran");
  expect(later.disabled).toBe(true);
  await user.click(earlier);
  expect((await screen.findByRole("note")).textContent).toContain("there may have been more");
  expect(await text("What ran")).toContain("12 calls");
  await waitFor(() => expect(earlier).toHaveProperty("disabled", true));
  await user.click(later);
  await waitFor(() => expect(screen.queryByRole("note")).toBeNull());
});

it("says of a week without anything what will be here", async () => {
  open((host) => (host.weeks = []));
  expect(await screen.findByRole("heading", { name: "Nothing was done in your name" })).toBeTruthy();
});

it("says why an earlier week cannot be shown, and shows it at another try", async () => {
  const { host, user } = open();
  await text("What ran");
  host.failing.set("week", new Problem({ code: "storage", detail: "The record cannot be read." }));
  await user.click(screen.getByRole("button", { name: "Earlier week" }));
  expect((await screen.findByRole("alert")).textContent).toContain("cannot be read");
  host.failing.clear();
  await user.click(screen.getByRole("button", { name: "Try again" }));
  expect(await text("What ran")).toContain("12 calls");
});

it("leaves nothing of hostile names unseen", async () => {
  open((host) => {
    const [week] = host.weeks;
    if (!week) throw new Error("the examples are empty");
    const bad = "<b>fi\u202Eles\u200B";
    const deed = { ...week.standing.newest[0], skill: bad, client: bad, grant: `fs:read:/${bad} fs:list:/` };
    const standing = { count: 1, newest: [{ ...deed, sentence: "" }] as typeof week.standing.newest };
    host.weeks = [
      { ...week, standing, by: [{ skill: bad, client: bad, calls: 1, refusals: 0, limited: 0 }] },
    ];
  });
  expect(await text("What ran")).toContain("<b>fi‹U+202E›les‹U+200B›");
  expect(await text("What holds from now on")).toContain("fs:read:/<b>fi‹U+202E›les‹U+200B› fs:list:/");
});

it("is told in a line that leads here", async () => {
  const host = workingDay(Date.now());
  render(WeekLine, { week: new WeekState(host, new Events(host)), href: "#/week" });
  const line = await screen.findByRole("link", { name: "This week: 148 calls, 41 refusals" });
  expect(line.getAttribute("href")).toBe("#/week");
});
