import type { Events } from "./events.svelte";
import { Problem } from "./problem";
import type { Topic } from "./shapes";

/** What a screen knows of something that the host keeps. A value that could not be read again stays. */
export type Known<T> =
  { kind: "loading" } | { kind: "ready"; value: T; stale?: Problem } | { kind: "failed"; problem: Problem };

/** Something read from the host, and read again whenever it changes while a screen watches it. */
export class Reading<T> {
  known: Known<T> = $state.raw({ kind: "loading" });
  readonly #events: Events;
  readonly #topics: readonly Topic[];
  readonly #read: () => Promise<T>;
  #latest = 0;

  constructor(events: Events, topics: readonly Topic[], read: () => Promise<T>) {
    this.#events = events;
    this.#topics = topics;
    this.#read = read;
  }

  /** The value, if there is one. */
  get value(): T | undefined {
    return this.known.kind === "ready" ? this.known.value : undefined;
  }

  /** Reads now and at every change, until the returned function is called. */
  watch(): () => void {
    const stop = this.#events.on(this.#topics, () => void this.again());
    void this.again();
    return stop;
  }

  /** Reads again. Of several at once only the one that began last counts. */
  async again(): Promise<void> {
    const mine = ++this.#latest;
    let known: Known<T>;
    try {
      known = { kind: "ready", value: await this.#read() };
    } catch (reason) {
      const problem = Problem.of(reason);
      const before = this.known;
      known = before.kind === "ready" ? { ...before, stale: problem } : { kind: "failed", problem };
    }
    if (mine === this.#latest) this.known = known;
  }

  /** Forgets what was read, for a reading of something else. */
  forget(): void {
    this.#latest++;
    this.known = { kind: "loading" };
  }
}
