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
  #wanted = 0;
  #turn: Promise<void> | undefined;

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

  /** Reads again. What is wanted while a reading is under way is one more after it. */
  async again(): Promise<void> {
    this.#wanted++;
    this.#turn ??= this.#catchUp();
    return this.#turn;
  }

  async #catchUp(): Promise<void> {
    for (let seen = 0; seen !== this.#wanted;) {
      seen = this.#wanted;
      try {
        this.known = { kind: "ready", value: await this.#read() };
      } catch (reason) {
        const problem = Problem.of(reason);
        this.known =
          this.known.kind === "ready" ? { ...this.known, stale: problem } : { kind: "failed", problem };
      }
    }
    this.#turn = undefined;
  }
}
