import type { Host } from "../host/client";
import { Doing } from "../host/doing.svelte";
import type { Events } from "../host/events.svelte";
import { Problem } from "../host/problem";
import { Reading } from "../host/reading.svelte";
import type { Call, ClientPlan, Connection, Connections, Disconnection, NewClient } from "../host/shapes";

/** What connecting would do, as far as the form says enough. */
export type Planned =
  { kind: "none" } | { kind: "planned"; plan: ClientPlan } | { kind: "failed"; problem: Problem };

/** What came of what was proposed or done last. */
export type Outcome =
  | { kind: "none" }
  | { kind: "asking" }
  | { kind: "connected"; made: Connection }
  | { kind: "gone"; gone: Disconnection };

/** The connected programs: they are connected in the question window, and taken away here. */
export class Clients {
  readonly all: Reading<Connections>;
  readonly lately: Reading<Call[]>;
  readonly doing = new Doing();
  planned: Planned = $state.raw({ kind: "none" });
  outcome: Outcome = $state.raw({ kind: "none" });
  readonly #host: Host;
  #looked = 0;

  constructor(host: Host, events: Events) {
    this.#host = host;
    this.all = new Reading(events, ["clients", "status"], () => host.connections());
    this.lately = new Reading(events, ["calls"], async () => (await host.calls(500)).calls);
  }

  watch(): () => void {
    if (this.outcome.kind !== "asking") this.outcome = { kind: "none" };
    const stops = [this.all.watch(), this.lately.watch()];
    return () => stops.forEach((stop) => stop());
  }

  /** The last calls of a client, the newest first. */
  of(name: string): Call[] {
    return (this.lately.value ?? []).filter((call) => call.client === name).slice(0, 3);
  }

  /** Looks what connecting would do. A look that was overtaken by another says nothing. */
  async plan(wanted: NewClient): Promise<void> {
    const look = ++this.#looked;
    let planned: Planned;
    try {
      planned = { kind: "planned", plan: await this.#host.planClient(wanted) };
    } catch (reason) {
      planned = { kind: "failed", problem: Problem.of(reason) };
    }
    if (look === this.#looked) this.planned = planned;
  }

  /** Forgets what was planned. */
  begin(): void {
    this.#looked++;
    this.planned = { kind: "none" };
    this.doing.problem = undefined;
  }

  /** Proposes to connect a client. Returns whether it is connected. */
  async connect(wanted: NewClient): Promise<boolean> {
    this.outcome = { kind: "asking" };
    let made: Connection | undefined;
    const done = await this.doing.try("connect", async () => {
      made = await this.#host.connectClient(wanted);
    });
    this.outcome = made ? { kind: "connected", made } : { kind: "none" };
    await this.all.again();
    return done;
  }

  /** Takes a client away. Returns whether it is gone. */
  async disconnect(name: string): Promise<boolean> {
    const done = await this.doing.try(name, async () => {
      this.outcome = { kind: "gone", gone: await this.#host.disconnectClient(name) };
    });
    await this.all.again();
    return done;
  }

  /** Brings the question window to the front. */
  async show(): Promise<void> {
    await this.#host.showAsk().catch(() => {});
  }
}
