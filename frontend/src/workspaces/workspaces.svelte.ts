import type { Host } from "../host/client";
import { Doing } from "../host/doing.svelte";
import type { Events } from "../host/events.svelte";
import { Reading } from "../host/reading.svelte";
import type { Workspace } from "../host/shapes";

/** The folders that the person confirmed for a client. Here they can be forgotten. */
export class Workspaces {
  readonly all: Reading<Workspace[]>;
  readonly doing = new Doing();
  /** What was done last, for who hears the screen. */
  said = $state("");
  readonly #host: Host;

  constructor(host: Host, events: Events) {
    this.#host = host;
    this.all = new Reading(events, ["decisions"], () => host.workspaces());
  }

  watch(): () => void {
    this.said = "";
    return this.all.watch();
  }

  /** Forgets a folder: the next call in it asks for it again. */
  async forget(workspace: Workspace): Promise<void> {
    const done = await this.doing.try(workspace.decision, () => this.#host.revoke(workspace.decision));
    if (done) this.said = "Forgotten. The next call in it will ask.";
    await this.all.again();
  }
}
