import type { Host } from "./client";
import type { Topic } from "./shapes";

const soonest = 500;
const latest = 15_000;
const everything: readonly Topic[] = [
  "inbox",
  "skills",
  "decisions",
  "policies",
  "clients",
  "calls",
  "status",
];

type Listener = { topics: readonly Topic[]; changed: () => void };

/**
 * Tells screens when to read again. A screen listens first and then reads, so nothing is lost between the two; after
 * the host was away everybody reads again.
 */
export class Events {
  /** False while the host does not answer. */
  online = $state(true);
  readonly #host: Host;
  #listeners: Listener[] = [];

  constructor(host: Host) {
    this.#host = host;
  }

  /** Calls changed for each change of the topics, until the returned function is called. */
  on(topics: readonly Topic[], changed: () => void): () => void {
    const listener = { topics, changed };
    this.#listeners.push(listener);
    return () => {
      this.#listeners = this.#listeners.filter((other) => other !== listener);
    };
  }

  /** Polls the host until signal aborts; a host that is away is asked again ever more rarely. */
  async follow(signal: AbortSignal): Promise<void> {
    let after = 0;
    let pause = soonest;
    while (!signal.aborted) {
      try {
        const { n, changed } = await this.#host.events(after, signal);
        after = n;
        pause = soonest;
        this.online = true;
        this.tell(changed);
      } catch {
        if (signal.aborted) return;
        after = 0;
        this.online = false;
        await passed(pause, signal);
        pause = Math.min(pause * 2, latest);
      }
    }
  }

  /** Says that topics have changed. */
  tell(topics: readonly Topic[] = everything): void {
    for (const listener of this.#listeners) {
      if (listener.topics.some((topic) => topics.includes(topic))) listener.changed();
    }
  }
}

/** Resolves after some milliseconds, or at once when signal aborts. */
function passed(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
}
