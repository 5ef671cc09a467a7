import { render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import { Events } from "../host/events.svelte";
import { workingDay } from "../host/examples";
import type { Call } from "../host/shapes";
import { startOfDay } from "../ui/moments";
import Activity from "./Activity.svelte";
import { Activity as ActivityState } from "./activity.svelte";
import { figures } from "./figures";
import { matches } from "./filter";
import { outcome } from "./outcome";

function open(change: (calls: Call[]) => Call[] = (calls) => calls) {
  const host = workingDay(Date.now());
  host.record = change(host.record);
  const events = new Events(host);
  const activity = new ActivityState(host, events);
  activity.period = "all";
  render(Activity, { activity, tryHref: "#/playground" });
  return { host, events, activity, user: userEvent.setup() };
}

const first = (calls: Call[], n: number) => calls.slice(0, n);
const row = (name: string) => screen.findByRole("row", { name: new RegExp(name) });

describe("the table", () => {
  it("says of each call how it ended", async () => {
    open((calls) => first(calls, 5));
    expect((await row("pdf-tools extract")).textContent).toContain("waiting for you");
    expect((await row("run-js run")).textContent).toMatch(/30 s.*41 MiB.*time limit/s);
    expect((await row("files read")).textContent).toMatch(/denied.*id_ed25519/s);
  });

  it("opens a call in place to its steps, and closes it", async () => {
    const { user } = open((calls) => first(calls, 5));
    const button = await screen.findByRole("button", { name: "web fetch" });
    button.focus();
    await user.keyboard("{Enter}");
    expect(button.getAttribute("aria-expanded")).toBe("true");
    const steps = within(screen.getByRole("table")).getByRole("list");
    const texts = within(steps)
      .getAllByRole("listitem")
      .map((item) => item.textContent.replace(/\s+/g, " "));
    expect(texts).toHaveLength(2);
    expect(texts[0]).toMatch(/\+3\.1 s you allowed it to fetch from en\.wikipedia\.org · for this session/);
    expect(texts[0]).toContain("net:GET:https://en.wikipedia.org:443/wiki/Gatehouse");
    expect(texts[1]).toMatch(/returned its result/);
    await user.keyboard(" ");
    expect(button.getAttribute("aria-expanded")).toBe("false");
  });

  it("says of a call that waits where its question is", async () => {
    const { user } = open((calls) => first(calls, 1));
    await user.click(await screen.findByRole("button", { name: "pdf-tools extract" }));
    expect(screen.getByText("It has stopped until you answer. The question is in the Inbox.")).toBeTruthy();
  });

  it("finds calls by every word of the filter, and can clear it", async () => {
    const { user } = open((calls) => first(calls, 12));
    await user.type(await screen.findByRole("searchbox", { name: "Filter calls" }), "wikipedia CLAUDE");
    await waitFor(() => expect(screen.getAllByRole("row")).toHaveLength(2));
    await user.type(screen.getByRole("searchbox"), " nothing");
    await user.click(await screen.findByRole("button", { name: "Clear the filter" }));
    expect(screen.getAllByRole("row")).toHaveLength(13);
  });

  it("shows a hundred rows, then more, then what the host has not sent yet", async () => {
    const host = workingDay(Date.now());
    const [one] = host.record as [Call];
    const at = Date.now();
    host.record = Array.from({ length: 620 }, (_, i) => ({ ...one, id: `m-${i}`, time: at - i * 1000 }));
    const activity = new ActivityState(host, new Events(host));
    activity.period = "all";
    await activity.newest.again();
    const seen = [activity.shown.length];
    while (activity.more) {
      await activity.showMore();
      seen.push(activity.shown.length);
    }
    expect(seen).toEqual([100, 200, 300, 400, 500, 600, 620]);
    expect(new Set(activity.shown.map((call) => call.id)).size).toBe(620);
  });

  it("keeps to today, and says where there are only older calls", async () => {
    const yesterday = startOfDay(Date.now()) - 1000;
    const { user } = open((calls) => first(calls, 2).map((call) => ({ ...call, time: yesterday })));
    await user.click(await screen.findByRole("radio", { name: "Today" }));
    await user.click(await screen.findByRole("button", { name: "Show all" }));
    expect(await screen.findAllByRole("row")).toHaveLength(3);
  });

  it("shows a new call as soon as the host tells of it", async () => {
    const { host, events } = open((calls) => first(calls, 2));
    await row("web fetch");
    host.record = [{ ...(host.record[1] as Call), id: "new", skill: "clock", tool: "now" }, ...host.record];
    events.tell(["calls"]);
    expect(await row("clock now")).toBeTruthy();
  });
});

const calls = workingDay(1_000_000_000).record;

describe("figures", () => {
  it("are of all calls they are given", () => {
    const about = figures(calls);
    expect(about.calls).toBe(148);
    expect(about.refused).toBe(3);
    expect(about.asked).toBe(3);
    expect(about.peakMemory).toBe(41 << 20);
    expect(about.callsOverTime.reduce((a, b) => a + b)).toBe(148);
    expect(Math.max(...about.askedAt)).toBe(1);
  });

  it("of nothing are zero", () => {
    const about = figures([]);
    expect([about.calls, about.medianMs, about.slowMs, about.peakMemory]).toEqual([0, 0, 0, 0]);
  });

  it("take a call that has not ended out of the running times", () => {
    const [waiting, ended] = calls as [Call, Call];
    expect(figures([waiting, ended]).medianMs).toBe(ended.runningMs);
  });
});

it("an outcome of a newer host is its own word", () => {
  const call = { ...(calls[0] as Call), state: "failed" as const, code: "limit_tokens" };
  expect(outcome(call)).toEqual({ tone: "no", words: "limit tokens", object: undefined });
});

it.each([
  ["", true],
  ["files READ", true],
  [".ssh denied", true],
  ["files nowhere", false],
])("the filter %j matches: %s", (filter, expected) => {
  expect(matches(calls[4] as Call, filter)).toBe(expected);
});
