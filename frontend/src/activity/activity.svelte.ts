import type { Host } from "../host/client";
import { Doing } from "../host/doing.svelte";
import type { Events } from "../host/events.svelte";
import { Reading } from "../host/reading.svelte";
import type { Call, CallPage } from "../host/shapes";
import { figures } from "./figures";
import { begins, matches, type Period } from "./filter";

/** How many calls are read, and how many more rows each press shows. */
const page = 500;
const rows = 100;

/** The record of calls: those of a period that match a filter, and figures about them. */
export class Activity {
  readonly newest: Reading<CallPage>;
  readonly older = new Doing();
  filter = $state("");
  period: Period = $state("today");
  /** The call that is open to its steps. */
  open: string | undefined = $state();
  /** Goes on by the second while a call is under way. */
  now = $state(Date.now());
  #rows = $state(rows);
  #before: Call[] = $state.raw([]);
  #next: number | undefined = $state();
  readonly #host: Host;

  readonly #calls = $derived.by(() => {
    const newest = this.newest.value?.calls ?? [];
    const oldest = newest.at(-1);
    return [...newest, ...this.#before.filter((call) => !oldest || call.time < oldest.time)];
  });
  readonly #inPeriod = $derived.by(() => {
    const from = begins(this.period, this.now);
    return this.#calls.filter((call) => call.time >= from);
  });
  readonly #matching = $derived(this.#inPeriod.filter((call) => matches(call, this.filter)));
  readonly #nextPage = $derived.by(() => this.#next ?? this.newest.value?.next ?? 0);

  /** The rows to draw, newest first. */
  readonly shown = $derived(this.#matching.slice(0, this.#rows));
  readonly figures = $derived(figures(this.#inPeriod));
  readonly any = $derived(this.#calls.length > 0);
  /** Whether older calls of the period may exist that were not read yet. */
  readonly unread = $derived(this.#nextPage !== 0 && this.#inPeriod.length === this.#calls.length);
  /** Whether there may be more rows than are drawn. */
  readonly more = $derived(this.unread || this.#matching.length > this.#rows);
  readonly underWay = $derived(
    this.#calls.some((call) => call.state === "running" || call.state === "waiting"),
  );

  constructor(host: Host, events: Events) {
    this.#host = host;
    this.newest = new Reading(events, ["calls", "inbox"], async () => {
      const calls = await host.calls(page);
      this.now = Date.now();
      return calls;
    });
  }

  watch(): () => void {
    this.#rows = rows;
    return this.newest.watch();
  }

  toggle(call: Call): void {
    this.open = this.open === call.id ? undefined : call.id;
  }

  /** Shows more rows, and reads older calls where the rows need them. */
  async showMore(): Promise<void> {
    this.#rows += rows;
    if (this.#matching.length >= this.#rows || this.#nextPage === 0) return;
    await this.older.try("older", async () => {
      const older = await this.#host.calls(page, this.#nextPage);
      this.#before = [...this.#before, ...older.calls];
      this.#next = older.next;
    });
  }

  /** How long a call has waited by now; the record tells it as of the last reading. */
  waited(call: Call): number {
    if (call.state !== "waiting") return call.waitingMs;
    return Math.max(call.waitingMs, this.now - call.time - call.runningMs);
  }
}
