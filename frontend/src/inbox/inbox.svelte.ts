import type { Host } from "../host/client";
import { Doing } from "../host/doing.svelte";
import type { Events } from "../host/events.svelte";
import { Reading } from "../host/reading.svelte";
import type { Question } from "../host/shapes";

/** The questions that wait for the person. Here they can be denied and brought up; only ask answers them. */
export class Inbox {
  readonly questions: Reading<Question[]>;
  readonly doing = new Doing();
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

  /** Brings the question window to the front. */
  async show(): Promise<void> {
    await this.doing.try("show", () => this.#host.showAsk());
  }
}
