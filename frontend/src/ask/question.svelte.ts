import type { Answer, Choice, Lifetime, Prompt, Rung, Turn } from "./prompt";
import { dayAfter, endOf, isFolded } from "./wording";

/** Folds is whether values that are too long were opened, which is for good. */
export class Folds {
  open = $state(false);
}

/**
 * Question is one prompt on the screen and what the person has opened and picked in it. The prompt and the hash that
 * came with it are kept together and frozen, so that an answer can only name what was displayed.
 */
export class Question {
  readonly prompt: Prompt;
  readonly hash: string;
  /** When it was put on the screen, in milliseconds; days are told from it and never change. */
  readonly since: number;

  panel = $state<"none" | "more" | "details">("none");
  /** The values of the first level that are folded. They are opened together. */
  readonly folds = new Folds();
  /** The scope and the time picked in "Allow more". A time that keeps for ever is never picked beforehand. */
  rung = $state(0);
  lifetime = $state<Lifetime | null>(null);
  /** The last day of an answer "until a date", as a date field writes it. */
  day = $state("");

  readonly #folded: boolean;

  constructor(prompt: Prompt, hash: string, since: number) {
    this.prompt = freeze(prompt);
    this.hash = hash;
    this.since = since;
    this.#folded = isFolded(prompt);
    this.day = dayAfter(since, 7);
    this.pick(0);
  }

  get rungs(): Rung[] {
    return this.prompt.rungs ?? [];
  }

  get lifetimes(): Choice[] {
    return this.rungs[this.rung]?.lifetimes ?? [];
  }

  /** Whether something is still folded, so that no more than the quick answer may be given. */
  get folded(): boolean {
    return this.#folded && !this.folds.open;
  }

  /** Whether the host still asks this very question. */
  is(turn: Turn): boolean {
    return turn.prompt?.nonce === this.prompt.nonce && turn.hash === this.hash;
  }

  /** pick chooses a scope, and with it the shortest time that scope may have: a wider one never inherits a longer time. */
  pick(rung: number): void {
    this.rung = rung;
    const shortest = this.lifetimes[0]?.lifetime;
    this.lifetime = shortest === undefined || shortest === "always" ? null : shortest;
  }

  toggle(panel: "more" | "details"): void {
    this.panel = this.panel === panel ? "none" : panel;
  }

  /** Whether picking a file is the only way to say yes. */
  get mustPick(): boolean {
    return this.rungs.length === 0 && this.prompt.mayPick === true;
  }

  deny(lifetime: Lifetime = "once"): Answer {
    return this.#answer("deny", 0, lifetime);
  }

  /** stop refuses, and ends every call of the skill. */
  stop(): Answer {
    return { ...this.deny(), stop: true };
  }

  /** picked gives the file at path instead of what was asked for. */
  picked(path: string): Answer {
    return { ...this.#answer("allow", 0, "once"), picked: path };
  }

  quick(): Answer {
    return this.#answer("allow", this.prompt.quick.rung, this.prompt.quick.lifetime);
  }

  /** chosen is what "Allow this" gives, or null while that may not be given. */
  chosen(): Answer | null {
    const { rung, lifetime } = this;
    if (this.folded || lifetime === null || !this.lifetimes.some((choice) => choice.lifetime === lifetime))
      return null;
    const answer = this.#answer("allow", rung, lifetime);
    if (lifetime !== "date") return answer;
    const until = endOf(this.day, this.since);
    return until === null ? null : { ...answer, until };
  }

  #answer(verdict: Answer["verdict"], rung: number, lifetime: Lifetime): Answer {
    return { nonce: this.prompt.nonce, shown: this.hash, verdict, rung, lifetime };
  }
}

function freeze<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  Object.values(value).forEach(freeze);
  return Object.freeze(value);
}
