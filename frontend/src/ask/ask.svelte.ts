import type { Door } from "./door";
import type { Answer, Lifetime, Mark, Turn } from "./prompt";
import { Question } from "./question.svelte";
import { startingFolder } from "./wording";

/** Time, as ask needs it, in milliseconds. `later` returns what cancels it. */
export interface Clock {
  now(): number;
  later(after: number, act: () => void): () => void;
}

/** What the page shows. Only an open question can be answered. */
export type Screen =
  | { kind: "empty" }
  | { kind: "offline" }
  | { kind: "open"; question: Question }
  | { kind: "answering"; question: Question }
  | { kind: "closed"; question: Question; lost?: true };

/** How long nothing can be allowed after what is under the hand has changed. */
export const grace = 600;
/** How long a question that was withdrawn stays to be seen. */
export const farewell = 1800;
/** How long it stays to be seen that an answer could not be kept. */
export const regret = 6000;
/** How long until the host is tried again. */
export const retry = 1000;

/**
 * Ask puts one question after another on the screen and sends what the person answers. The open question never
 * changes and is never replaced: when the host takes it back it is first shown as closed. What the host asks next waits
 * in #turn until the screen is free.
 */
export class Ask {
  screen = $state.raw<Screen>({ kind: "empty" });
  mark = $state.raw<Mark | null>(null);
  /** How many questions wait behind the one that is open. */
  waiting = $state(0);
  /** Whether the grace has passed and allowing controls act. */
  ready = $state(false);

  /** Whether the system's file dialog is open. */
  picking = $state(false);

  readonly #door: Door;
  readonly #clock: Clock;
  #turn: Turn | null = null;
  /** The prompts that are over. A poll that was under way when the answer went out may still bring one of them. */
  readonly #over: string[] = [];
  #stopGrace = () => {};

  constructor(door: Door, clock: Clock) {
    this.#door = door;
    this.#clock = clock;
  }

  /** run follows the host until signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    let after = 0;
    while (!signal.aborted) {
      try {
        const turn = await this.#door.next(after, signal);
        if (turn.prompt !== null && !turn.hash) throw new Error("a prompt came without its hash");
        after = turn.n;
        this.see(turn);
      } catch {
        if (signal.aborted) return;
        after = 0;
        this.#lose();
        await new Promise<void>((resume) => this.#clock.later(retry, resume));
      }
    }
  }

  /** see takes what the host asks now. */
  see(turn: Turn): void {
    this.#turn = turn;
    const { screen } = this;
    if (screen.kind === "empty" || screen.kind === "offline") this.#next();
    else if (screen.kind === "open" && screen.question.is(turn)) this.waiting = turn.waiting;
    else if (screen.kind === "open") this.#close(screen.question);
  }

  /** hold starts the grace anew: the page came to the front, moved, or shows something else. */
  hold(): void {
    this.ready = false;
    this.#stopGrace();
    this.#stopGrace = this.#clock.later(grace, () => (this.ready = true));
  }

  /** deny refuses question; it may always be done. */
  async deny(question: Question, lifetime: Lifetime = "once"): Promise<void> {
    await this.#send(question, question.deny(lifetime));
  }

  /** allow gives the quick answer, once the grace has passed. */
  async allow(question: Question): Promise<void> {
    if (this.ready) await this.#send(question, question.quick());
  }

  /** allowChosen gives what was picked in "Allow more", once the grace has passed. */
  async allowChosen(question: Question): Promise<void> {
    const answer = question.chosen();
    if (this.ready && answer !== null) await this.#send(question, answer);
  }

  /** stop refuses question and ends every call of its skill; like every refusal it may always be done. */
  async stop(question: Question): Promise<void> {
    await this.#send(question, question.stop());
  }

  /**
   * pick lets the person choose another file in the system's dialog, once the grace has passed. What they choose is the
   * answer, unless the question has gone meanwhile.
   */
  async pick(question: Question): Promise<void> {
    if (!this.ready || this.picking || !question.prompt.mayPick) return;
    this.picking = true;
    const path = await this.#door.pick(startingFolder(question.prompt)).catch(() => "");
    this.picking = false;
    this.hold();
    if (path !== "") await this.#send(question, question.picked(path));
  }

  async #send(question: Question, answer: Answer): Promise<void> {
    if (this.screen.kind !== "open" || this.screen.question !== question) return;
    this.screen = { kind: "answering", question };
    try {
      const taken = await this.#door.answer(answer);
      this.#over.push(answer.nonce);
      if (taken === "holds") this.#next();
      else this.#close(question, taken === "lost");
    } catch {
      // Whether the host has the answer is not known: it will say so itself by what it asks next.
      this.screen = { kind: "offline" };
      this.#clock.later(retry, () => {
        if (this.screen.kind === "offline" && this.#turn !== null) this.#next();
      });
    }
  }

  /** Shows what the host asks now, if anything. */
  #next(): void {
    const turn = this.#turn;
    this.mark = turn?.mark ?? this.mark;
    if (turn?.prompt && !this.#over.includes(turn.prompt.nonce)) {
      this.waiting = turn.waiting;
      this.screen = { kind: "open", question: new Question(turn.prompt, turn.hash, this.#clock.now()) };
      this.hold();
    } else {
      this.screen = { kind: "empty" };
    }
  }

  /** Shows for a moment that question is over, or that its answer was lost, then what the host asks now. */
  #close(question: Question, lost = false): void {
    this.#over.push(question.prompt.nonce);
    const closed: Screen = lost ? { kind: "closed", question, lost } : { kind: "closed", question };
    this.screen = closed;
    this.#clock.later(lost ? regret : farewell, () => {
      if (this.screen === closed) this.#next();
    });
  }

  /** The host cannot be reached: nothing may be answered, and what it asked last no longer counts. */
  #lose(): void {
    this.#turn = null;
    if (this.screen.kind !== "answering") this.screen = { kind: "offline" };
  }
}
