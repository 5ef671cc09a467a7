import type { Host } from "./host/client";
import { Problem } from "./host/problem";
import type { Reading } from "./host/reading.svelte";
import type { Status } from "./host/shapes";

/** Everything stops at once by a press; it goes on only by the person's yes in the question window. */
export class Pausing {
  /** The person is being asked, in the question window, whether everything may go on. */
  asking = $state(false);
  problem: Problem | undefined = $state.raw();
  readonly paused = $derived.by(() => this.#status.value?.paused ?? false);
  readonly #host: Host;
  readonly #status: Reading<Status>;

  constructor(host: Host, status: Reading<Status>) {
    this.#host = host;
    this.#status = status;
  }

  async pause(): Promise<void> {
    await this.#try(() => this.#host.pause());
  }

  /** Proposes that everything goes on; ends with the person's answer. */
  async resume(): Promise<void> {
    if (this.asking) return;
    this.asking = true;
    await this.#try(() => this.#host.resume().finally(() => (this.asking = false)));
  }

  /** Brings the question window to the front. */
  async show(): Promise<void> {
    await this.#try(() => this.#host.showAsk());
  }

  async #try(act: () => Promise<void>): Promise<void> {
    this.problem = undefined;
    try {
      await act();
    } catch (reason) {
      this.problem = Problem.of(reason);
    }
    await this.#status.again();
  }
}
