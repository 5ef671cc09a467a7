import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Events } from "./events.svelte";
import { FakeHost } from "./fake";
import { Problem } from "./problem";
import { Reading } from "./reading.svelte";

const away = new Problem({ code: "host_unavailable", detail: "gone" });

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("Events", () => {
  it("tells listeners of their topics only, until they stop", async () => {
    const host = new FakeHost();
    const events = new Events(host);
    const [inbox, calls] = [vi.fn(), vi.fn()];
    const stop = events.on(["inbox"], inbox);
    events.on(["calls", "status"], calls);
    const end = new AbortController();
    void events.follow(end.signal);
    await vi.advanceTimersByTimeAsync(0);
    expect([inbox.mock.calls.length, calls.mock.calls.length]).toEqual([1, 1]);
    host.touch("inbox");
    await vi.advanceTimersByTimeAsync(0);
    stop();
    host.touch("inbox", "status");
    await vi.advanceTimersByTimeAsync(0);
    expect([inbox.mock.calls.length, calls.mock.calls.length]).toEqual([2, 2]);
    end.abort();
  });

  it("asks a host that is away ever more rarely, and has everything read again when it is back", async () => {
    const host = new FakeHost();
    host.failing.set("events", away);
    const asked = vi.spyOn(host, "events");
    const events = new Events(host);
    const end = new AbortController();
    void events.follow(end.signal);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(events.online).toBe(false);
    expect(asked.mock.calls.length).toBe(8); // after 0, 0.5, 1.5, 3.5, 7.5, 15.5, 30.5 and 45.5 s
    const changed = vi.fn();
    events.on(["decisions"], changed);
    host.failing.clear();
    await vi.advanceTimersByTimeAsync(15_000);
    expect(events.online).toBe(true);
    expect(changed).toHaveBeenCalledOnce();
    end.abort();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked.mock.calls.at(-1)?.[0]).not.toBe(0);
  });
});

describe("Reading", () => {
  it("keeps its value when it cannot be read again", async () => {
    const host = new FakeHost();
    const reading = new Reading(new Events(host), ["inbox"], () => host.inbox());
    await reading.again();
    host.failing.set("inbox", away);
    await reading.again();
    expect(reading.known).toEqual({ kind: "ready", value: [], stale: away });
  });

  it.each(Array.from({ length: 12 }, (_, late) => late))(
    "loses no change that comes %d turns after a reading began",
    async (late) => {
      let read = 0;
      const reading = new Reading(new Events(new FakeHost()), [], async () => ++read);
      void reading.again();
      for (let i = 0; i < late; i++) await Promise.resolve();
      await reading.again();
      expect(read).toBe(2);
    },
  );

  it("reads once more, and only once, after changes that came during a reading", async () => {
    let answer!: (n: number) => void;
    const read = vi.fn(() => new Promise<number>((resolve) => (answer = resolve)));
    const reading = new Reading(new Events(new FakeHost()), [], read);
    const all = [reading.again(), reading.again(), reading.again()];
    await vi.advanceTimersByTimeAsync(0);
    answer(1);
    await vi.advanceTimersByTimeAsync(0);
    answer(2);
    await Promise.all(all);
    expect(read).toHaveBeenCalledTimes(2);
    expect(reading.value).toBe(2);
  });
});
