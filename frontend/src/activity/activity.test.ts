import { render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import { Events } from "../host/events.svelte";
import { workingDay } from "../host/examples";
import { plotted } from "../host/fake-record";
import { Problem } from "../host/problem";
import type { Call } from "../host/shapes";
import { startOfDay } from "../ui/moments";
import Activity from "./Activity.svelte";
import { Activity as ActivityState } from "./activity.svelte";
import { eachCall, inAll, overTime, scaleOf, told } from "./measures";
import { outcome } from "./outcome";

function open(change: (calls: Call[]) => Call[] = (calls) => calls) {
  const host = workingDay(Date.now());
  host.record = change(host.record);
  const events = new Events(host);
  const activity = new ActivityState(host, events);
  activity.choose({ period: "all" });
  const decisionHref = (id: string) => `#/decisions/${id}`;
  render(Activity, { activity, tryHref: "#/playground", decisionHref });
  return { host, events, activity, user: userEvent.setup() };
}

const first = (calls: Call[], n: number) => calls.slice(0, n);
const calls = () => screen.getByRole("table", { name: "Calls" });
const rows = () => within(calls()).getAllByRole("row");
const row = (name: string) => screen.findByRole("row", { name: new RegExp(name) });

describe("the table", () => {
  it("says of each call how it ended", async () => {
    open((calls) => first(calls, 6));
    expect((await row("pdf-tools extract")).textContent).toContain("waiting for you");
    expect((await row("run-js run")).textContent).toMatch(/30 s.*41 MiB.*time limit/s);
    expect((await row("files search")).textContent).toMatch(/done.*1 refused/s);
    expect((await row("files read")).textContent).toMatch(/denied.*id_ed25519/s);
  });

  it("opens a call in place to its steps, and closes it", async () => {
    const { user } = open((calls) => first(calls, 5));
    const button = await screen.findByRole("button", { name: "web fetch" });
    button.focus();
    await user.keyboard("{Enter}");
    expect(button.getAttribute("aria-expanded")).toBe("true");
    const steps = within(calls()).getByRole("list");
    const texts = within(steps)
      .getAllByRole("listitem")
      .map((item) => item.textContent.replace(/\s+/g, " "));
    expect(texts).toHaveLength(3);
    expect(texts[0]).toMatch(/\+3\.1 s you allowed it to fetch from en\.wikipedia\.org · for this session/);
    expect(texts[0]).toContain("net:GET:https://en.wikipedia.org:443/wiki/Gatehouse");
    expect(texts[1]).toMatch(
      /sent 212 B, got 200 and 60 KiB, allowed to fetch from en\.wikipedia\.org.*185\.15\.59\.224:443/,
    );
    expect(texts[2]).toMatch(/returned its result/);
    expect(calls().textContent).toMatch(/212 B sent in 1 request.*60 KiB received/);
    await user.keyboard(" ");
    expect(button.getAttribute("aria-expanded")).toBe("false");
  });

  it("says of a call that was only tried that nothing was done, and what work it did", async () => {
    const { user } = open((calls) => first(calls, 2).map((call) => ({ ...call, dry: true })));
    await user.click(await screen.findByRole("button", { name: "web fetch" }));
    expect((await row("web fetch")).textContent).toMatch(/done\s*only tried/);
    expect(calls().textContent).toMatch(/It was only tried: nothing of what it asked for was done/);
    expect(calls().textContent).toMatch(/35 M of work done/);
  });

  it("says of a call how it was held to its limits, and that its code was interpreted", async () => {
    const { user } = open((calls) =>
      first(calls, 2).map((call) => ({
        ...call,
        usage: {
          ...call.usage,
          throttledMs: 1500,
          files: 3,
          asked: 17,
          wrote: 2048,
          interpreted: "it is too deep",
        },
      })),
    );
    await user.click(await screen.findByRole("button", { name: "web fetch" }));
    const text = calls().textContent.replace(/\s+/g, " ");
    expect(text).toContain("rested 1.5 s to keep to its share of the processor");
    expect(text).toContain("3 files open at once");
    expect(text).toContain("asked the host 17 times");
    expect(text).toContain("2 KiB of output and errors");
    expect(text).toMatch(/Its code was interpreted, which is slow: it is too deep/);
  });

  it("says how often more a call was refused than the record has lines", async () => {
    const { user } = open((calls) =>
      first(calls, 6).map((call) => ({
        ...call,
        steps: call.steps.map((step) => (step.verdict === "deny" ? { ...step, count: 40 } : step)),
      })),
    );
    await user.click(await screen.findByRole("button", { name: "files read" }));
    expect(calls().textContent).toMatch(
      /was refused 40 more times to\s+read “\/home\/ada\/\.ssh\/id_ed25519”/,
    );
  });

  it("says of a call that waits where its question is", async () => {
    const { user } = open((calls) => first(calls, 1));
    await user.click(await screen.findByRole("button", { name: "pdf-tools extract" }));
    expect(screen.getByText("It has stopped until you answer. The question is in the Inbox.")).toBeTruthy();
  });

  it("finds calls by every word of the filter, and can clear it", async () => {
    const { user } = open((calls) => first(calls, 12));
    await user.type(await screen.findByRole("searchbox", { name: "Filter calls" }), "wikipedia CLAUDE");
    await waitFor(() => expect(rows()).toHaveLength(2));
    await user.type(screen.getByRole("searchbox"), " nothing");
    await user.click(await screen.findByRole("button", { name: "Clear the filter" }));
    await waitFor(() => expect(rows()).toHaveLength(13));
  });

  it("keeps to a skill, a client and an outcome", async () => {
    const { user } = open((calls) => first(calls, 6));
    await user.selectOptions(await screen.findByRole("combobox", { name: "Outcome" }), "Refused something");
    await waitFor(() => expect(rows()).toHaveLength(3));
    await user.selectOptions(screen.getByRole("combobox", { name: "Outcome" }), "Hit a limit");
    await waitFor(() => expect(rows()).toHaveLength(2));
    await user.selectOptions(screen.getByRole("combobox", { name: "Outcome" }), "Any outcome");
    await user.selectOptions(screen.getByRole("combobox", { name: "Skill" }), "files");
    await user.selectOptions(screen.getByRole("combobox", { name: "Client" }), "claude-code");
    await waitFor(() => expect(rows()[1]?.textContent).toContain("files write"));
  });

  it("shows a hundred rows, then more, then what the host has not sent yet", async () => {
    const host = workingDay(Date.now());
    const [one] = host.record as [Call];
    const at = Date.now();
    host.record = Array.from({ length: 620 }, (_, i) => ({ ...one, id: `m-${i}`, time: at - i * 1000 }));
    const activity = new ActivityState(host, new Events(host));
    activity.choose({ period: "all" });
    await activity.newest.again();
    const seen = [activity.calls.length];
    while (activity.more) {
      await activity.showMore();
      seen.push(activity.calls.length);
    }
    expect(seen).toEqual([100, 200, 300, 400, 500, 600, 620]);
    expect(new Set(activity.calls.map((call) => call.id)).size).toBe(620);
  });

  it("has no gap where more calls came than it reads at a time", async () => {
    const host = workingDay(Date.now());
    const [one] = host.record as [Call];
    const made = (n: number) => ({ ...one, id: `m-${n}`, time: Date.now() - 1_000_000 + n });
    host.record = Array.from({ length: 150 }, (_, i) => made(150 - i));
    const activity = new ActivityState(host, new Events(host));
    await activity.newest.again();
    await activity.showMore();
    host.record = [...Array.from({ length: 30 }, (_, i) => made(180 - i)), ...host.record];
    await activity.newest.again();
    expect(activity.calls.map((call) => call.id)).toEqual(host.record.map((call) => call.id));
    host.record = [...Array.from({ length: 130 }, (_, i) => made(310 - i)), ...host.record];
    await activity.newest.again();
    expect(activity.calls).toHaveLength(100);
    while (activity.more) await activity.showMore();
    expect(activity.calls.map((call) => call.id)).toEqual(host.record.map((call) => call.id));
  });

  it("keeps to today, and says where there are only older calls", async () => {
    const yesterday = startOfDay(Date.now()) - 1000;
    const { user } = open((calls) => first(calls, 2).map((call) => ({ ...call, time: yesterday })));
    await user.click(await screen.findByRole("radio", { name: "Today" }));
    await user.click(await screen.findByRole("button", { name: "Show all" }));
    await waitFor(() => expect(rows()).toHaveLength(3));
  });

  it("takes a file's change back, or says why it cannot be", async () => {
    const { host, user } = open((calls) => first(calls, 5));
    await user.click(await screen.findByRole("button", { name: "files write" }));
    const undo = await screen.findByRole("button", { name: "Undo: /home/ada/work/acme/deploy/config.yaml" });
    host.failing.set("undo", new Problem({ code: "invalid_input", detail: "The file was changed since." }));
    await user.click(undo);
    expect((await screen.findByRole("alert")).textContent).toContain("The file was changed since.");
    host.failing.clear();
    await user.click(undo);
    await waitFor(() => expect(screen.queryByRole("button", { name: /^Undo/ })).toBeNull());
    expect(host.told).toEqual(["undo u-1", "undo u-1"]);
  });

  it("shows a new call as soon as the host tells of it", async () => {
    const { host, events } = open((calls) => first(calls, 2));
    await row("web fetch");
    host.record = [{ ...(host.record[1] as Call), id: "new", skill: "clock", tool: "now" }, ...host.record];
    events.tell(["calls"]);
    expect(await row("clock now")).toBeTruthy();
  });
});

describe("the plots", () => {
  it("read one column at a time by keyboard, and say all of it while none is chosen", async () => {
    const { user } = open((calls) => first(calls, 12));
    await user.click(await screen.findByRole("radio", { name: /Peak memory/ }));
    const plot = screen.getByRole("slider", { name: "Peak memory, over time" });
    expect(plot.getAttribute("aria-valuetext")).toMatch(/^In all: median .* MiB · most 41 MiB$/);
    plot.focus();
    await user.keyboard("{End}");
    expect(plot.getAttribute("aria-valuetext")).toMatch(/^\d\d:\d\d–\d\d:\d\d: /);
    await user.keyboard("{Escape}");
    expect(plot.getAttribute("aria-valuetext")).toMatch(/^In all/);
  });

  it("lead from a call's column to its steps", async () => {
    const { user } = open((calls) => first(calls, 6));
    await user.click(await screen.findByRole("radio", { name: /Running time/ }));
    await user.click(screen.getByRole("radio", { name: "Each call" }));
    screen.getByRole("slider", { name: /each of the newest 6 calls/ }).focus();
    await user.keyboard("{End}{ArrowLeft}");
    expect(screen.getByRole("slider").getAttribute("aria-valuetext")).toMatch(
      /^web fetch, .* done: ran 84 ms$/,
    );
    await user.keyboard("{Enter}");
    const button = screen.getByRole("button", { name: "web fetch" });
    await waitFor(() => expect(document.activeElement).toBe(button));
    expect(button.getAttribute("aria-expanded")).toBe("true");
  });

  it("are a table for who reads them so", async () => {
    const { user } = open((calls) => first(calls, 6));
    await user.click(await screen.findByRole("radio", { name: /Bytes moved/ }));
    await user.click(screen.getByText("As a table"));
    const table = screen.getByRole("table", { name: "Bytes, over time" });
    expect(table.textContent).toContain("written to files 1.3 KiB");
    expect(table.textContent).toContain("read from files 214 KiB");
    await user.click(screen.getByRole("radio", { name: /Work done/ }));
    expect(screen.getByRole("table", { name: "Work done, over time" }).textContent).toContain("13 G");
  });
});

describe("a measure", () => {
  const now = 1_000_000_000_000;
  const { record } = workingDay(now);
  const plot = plotted(record, {}, 48, now);

  it("counts what every call came to", () => {
    const whole = inAll("calls", plot);
    expect(told("calls", whole)).toBe("148 calls: 143 done, 1 under way, 3 refused, 1 at a limit");
    const columns = overTime("calls", plot);
    const sum = columns.flatMap((column) => column.parts).reduce((all, part) => all + part.value, 0);
    expect(sum).toBe(148);
  });

  it.each(["calls", "running", "waiting", "memory", "bytes"] as const)(
    "of %s stays on its scale",
    (measure) => {
      for (const columns of [
        overTime(measure, plot),
        eachCall(measure, record, now),
        [],
        [inAll(measure, plot)],
      ]) {
        const scale = scaleOf(measure, columns);
        const heights = columns.map(({ parts, stacked }) => {
          const each = parts.map((part) => scale.height(part.value));
          return stacked ? each.reduce((a, b) => a + b, 0) : Math.max(...each);
        });
        expect(Math.max(0, ...heights)).toBeLessThanOrEqual(1.0001);
        expect(Math.min(0, ...heights)).toBe(0);
        expect(scale.lines.length).toBeGreaterThan(0);
      }
    },
  );
});

it("an outcome of a newer host is its own word", () => {
  const call = { ...(workingDay(0).record[0] as Call), state: "failed" as const, code: "limit_tokens" };
  expect(outcome(call)).toEqual({ tone: "no", words: "limit tokens", object: undefined });
});
