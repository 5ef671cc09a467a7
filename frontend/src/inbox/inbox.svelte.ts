import type { Host } from "../host/client";
import { Doing } from "../host/doing.svelte";
import type { Events } from "../host/events.svelte";
import { Reading } from "../host/reading.svelte";
import type { Question } from "../host/shapes";

/**
 * The questions that wait for the person, and those whose calls are gone. Here they can be denied, dismissed and
 * brought up; only ask answers them.
 */
export class Inbox {
  readonly questions: Reading<Question[]>;
  readonly doing = new Doing();
  /** Those whose calls wait, those whose calls are gone, and those whose calls were ended. */
  readonly open = $derived.by(() => this.#in("open"));
  readonly parked = $derived.by(() => this.#in("parked"));
  readonly cancelled = $derived.by(() => this.#in("cancelled"));
  readonly #host: Host;

  constructor(host: Host, events: Events) {
    this.#host = host;
    this.questions = new Reading(events, ["inbox"], () => host.inbox());
  }

  watch(): () => void {
    return this.questions.watch();
  }

  /** Says no to one question, once. */
  async deny(question: Question): Promise<void> {
    await this.doing.try(question.id, () => this.#host.deny(question.id));
    await this.questions.again();
  }

  /** Has a question asked once more whose call is gone, in the question window. */
  async askAgain(question: Question): Promise<void> {
    await this.doing.try(question.id, async () => {
      await this.#host.openQuestion(question.id);
      await this.#host.showAsk();
    });
    await this.questions.again();
  }

  /** Takes a question whose call is gone away, without an answer. */
  async dismiss(question: Question): Promise<void> {
    await this.doing.try(question.id, () => this.#host.dismiss(question.id));
    await this.questions.again();
  }

  #in(state: Question["state"]): Question[] {
    return (this.questions.value ?? []).filter((question) => question.state === state);
  }

  /** Brings the question window to the front. */
  async show(): Promise<void> {
    await this.doing.try("show", () => this.#host.showAsk());
  }
}
