import type { Host } from "../host/client";
import { Doing } from "../host/doing.svelte";
import type { Events } from "../host/events.svelte";
import { Reading } from "../host/reading.svelte";
import type { Call, CallPage, CallPlot, KeptChange } from "../host/shapes";
import { everything, wanted, type Choice } from "./filter";
import type { Measure } from "./measures";

/** How many calls are read at a time, and into how many stretches the time is cut. */
const page = 100;
const stretches = 60;

/** The record of calls: those that a person chose to look at, and what they took over time. */
export class Activity {
  readonly newest: Reading<CallPage>;
  readonly plot: Reading<CallPlot>;
  /** What calls changed and can be taken back. */
  readonly changes: Reading<KeptChange[]>;
  readonly older = new Doing();
  readonly undoing = new Doing();
  choice: Choice = $state.raw({ ...everything, period: "today" });
  /** What is plotted large, over time or for each call. */
  measure: Measure = $state("calls");
  each = $state(false);
  /** The call that is open to its steps. */
  open: string | undefined = $state();
  /** Goes on by the second while a call is under way. */
  now = $state(Date.now());
  /** The calls to draw, the newest first. */
  calls: Call[] = $state.raw([]);
  #next = $state(0);
  readonly #host: Host;

  readonly more = $derived(this.#next !== 0);
  readonly underWay = $derived(
    this.calls.some((call) => call.state === "running" || call.state === "waiting"),
  );

  constructor(host: Host, events: Events) {
    this.#host = host;
    this.newest = new Reading(events, ["calls", "inbox"], async () => {
      this.now = Date.now();
      const { choice } = this;
      const newest = await host.calls(page, undefined, wanted(choice, this.now));
      if (choice === this.choice) this.#take(newest);
      return newest;
    });
    this.plot = new Reading(events, ["calls", "inbox"], () =>
      host.plot(wanted(this.choice, Date.now()), stretches),
    );
    this.changes = new Reading(events, ["calls"], () => host.changes());
  }

  watch(): () => void {
    this.#forget();
    const stops = [this.newest.watch(), this.plot.watch(), this.changes.watch()];
    return () => stops.forEach((stop) => stop());
  }

  /** Looks at something else. */
  choose(change: Partial<Choice>): void {
    this.choice = { ...this.choice, ...change };
    this.#forget();
    void this.newest.again();
    void this.plot.again();
  }

  toggle(call: Call): void {
    this.open = this.open === call.id ? undefined : call.id;
  }

  /** What of a call's changes can be taken back. */
  changesOf(call: Call): KeptChange[] {
    return (this.changes.value ?? []).filter((change) => change.call === call.id);
  }

  async undo(change: KeptChange): Promise<void> {
    await this.undoing.try(change.id, () => this.#host.undo(change.id));
    await this.changes.again();
  }

  /** Reads older calls. */
  async showMore(): Promise<void> {
    if (this.#next === 0) return;
    const { choice } = this;
    await this.older.try("older", async () => {
      const older = await this.#host.calls(page, this.#next, wanted(choice, this.now));
      if (choice !== this.choice) return;
      this.calls = [...this.calls, ...without(older.calls, this.calls)];
      this.#next = older.next;
    });
  }

  /** How long a call has waited by now; the record tells it as of the last reading. */
  waited({ state, time, usage }: Call): number {
    if (state !== "waiting") return usage.waitingMs;
    return Math.max(usage.waitingMs, this.now - time - usage.runningMs);
  }

  /** Puts the newest calls before those that are known; where they do not meet, between them some would be missing. */
  #take(newest: CallPage): void {
    const older = without(this.calls, newest.calls);
    const meets = older.length < this.calls.length && !this.#fresh;
    this.calls = meets ? [...newest.calls, ...older] : newest.calls;
    if (!meets) this.#next = newest.next;
    this.#fresh = false;
  }

  #fresh = true;

  #forget(): void {
    this.#fresh = true;
  }
}

function without(calls: Call[], others: Call[]): Call[] {
  const known = new Set(others.map((call) => call.id));
  return calls.filter((call) => !known.has(call.id));
}
