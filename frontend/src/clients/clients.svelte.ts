import type { Host } from "../host/client";
import { Doing } from "../host/doing.svelte";
import type { Events } from "../host/events.svelte";
import { Problem } from "../host/problem";
import { Reading } from "../host/reading.svelte";
import type {
  Call,
  ClientPlan,
  Connection,
  Connections,
  Disconnection,
  NewClient,
  NewProfile,
  Profile,
} from "../host/shapes";

/** What connecting would do, as far as the form says enough. */
export type Planned =
  { kind: "none" } | { kind: "planned"; plan: ClientPlan } | { kind: "failed"; problem: Problem };

/** What came of what was proposed or done last. */
export type Outcome =
  | { kind: "none" }
  | { kind: "asking" }
  | { kind: "connected"; made: Connection }
  | { kind: "gone"; gone: Disconnection }
  | { kind: "done"; words: string };

/** The connected programs: they are connected in the question window, and taken away here. */
export class Clients {
  readonly all: Reading<Connections>;
  readonly lately: Reading<Call[]>;
  readonly profiles: Reading<Profile[]>;
  readonly skills: Reading<string[]>;
  readonly searching: Reading<boolean>;
  readonly wassette: Reading<boolean>;
  readonly doing = new Doing();
  planned: Planned = $state.raw({ kind: "none" });
  outcome: Outcome = $state.raw({ kind: "none" });
  readonly #host: Host;
  #looked = 0;

  constructor(host: Host, events: Events) {
    this.#host = host;
    this.all = new Reading(events, ["clients", "status"], () => host.connections());
    this.profiles = new Reading(events, ["clients", "policies"], () => host.profiles());
    this.skills = new Reading(events, ["skills"], async () =>
      (await host.skills()).map((skill) => skill.name),
    );
    this.searching = new Reading(events, ["clients", "status"], () => host.searching());
    this.wassette = new Reading(events, ["clients", "status"], () => host.wassette());
    this.lately = new Reading(events, ["calls"], async () => (await host.calls(500)).calls);
  }

  watch(): () => void {
    if (this.outcome.kind !== "asking") this.outcome = { kind: "none" };
    const stops = [this.all, this.lately, this.profiles, this.skills, this.searching, this.wassette].map(
      (reading) => reading.watch(),
    );
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

  /** Gives a client a profile, the empty name being none. Returns whether it has it. */
  use(client: string, profile: string): Promise<boolean> {
    return this.#change(client, "It holds from now on.", () => this.#host.useProfile(client, profile));
  }

  /** Keeps a profile. Returns whether it holds. */
  set(profile: NewProfile): Promise<boolean> {
    return this.#change(`profile ${profile.name}`, "The profile holds from now on.", () =>
      this.#host.setProfile(profile),
    );
  }

  /** Takes a profile away. Returns whether it is gone. */
  removeProfile(name: string): Promise<boolean> {
    return this.#change(`profile ${name}`, "The profile is gone.", () => this.#host.removeProfile(name));
  }

  /** Says whether agents find tools by searching instead of seeing all at once. */
  async search(search: boolean): Promise<void> {
    await this.doing.try("tools", () => this.#host.setSearching(search));
    await this.searching.again();
  }

  /** Gives agents Wassette's tools, which is asked, or takes them away. */
  async offerWassette(on: boolean): Promise<void> {
    await this.#change("wassette", on ? "Agents have Wassette's tools." : "Wassette's tools are off.", () =>
      this.#host.setWassette(on),
    );
    await this.wassette.again();
  }

  async #change(what: string, words: string, act: () => Promise<void>): Promise<boolean> {
    // Whether it has to be asked the host alone knows; what is asked is said until it is answered.
    this.outcome = { kind: "asking" };
    const done = await this.doing.try(what, act);
    this.outcome = done ? { kind: "done", words } : { kind: "none" };
    await Promise.all([this.all.again(), this.profiles.again()]);
    return done;
  }

  /** Brings the question window to the front. */
  async show(): Promise<void> {
    await this.#host.showAsk().catch(() => {});
  }
}
