import type { Host } from "../host/client";
import { Doing } from "../host/doing.svelte";
import type { Events } from "../host/events.svelte";
import { Reading } from "../host/reading.svelte";
import type { Decision } from "../host/shapes";

/** The decisions of one skill; those of no skill are about workspaces. */
export type Group = { skill: string; decisions: Decision[] };

/** The answers that are kept. Here they can be taken back. */
export class Decisions {
  readonly all: Reading<Decision[]>;
  readonly doing = new Doing();
  /** What was done last, for who hears the screen. */
  said = $state("");
  readonly groups = $derived.by(() => grouped(this.all.value ?? []));
  readonly #host: Host;

  constructor(host: Host, events: Events) {
    this.#host = host;
    this.all = new Reading(events, ["decisions"], () => host.decisions());
  }

  watch(): () => void {
    this.said = "";
    return this.all.watch();
  }

  /** Takes a decision back: the next time the same is wanted, the person is asked. */
  async revoke(decision: Decision): Promise<void> {
    const done = await this.doing.try(decision.id, () => this.#host.revoke(decision.id));
    if (done) this.said = "Revoked. You will be asked again.";
    await this.all.again();
  }
}

/** By skill in the order of the alphabet, workspaces last, and in each the newest first. */
function grouped(decisions: Decision[]): Group[] {
  const newestFirst = decisions.toSorted((a, b) => b.made - a.made);
  return [...new Set(decisions.map((decision) => decision.skill))]
    .sort((a, b) => (a === "" ? 1 : b === "" ? -1 : a.localeCompare(b)))
    .map((skill) => ({ skill, decisions: newestFirst.filter((decision) => decision.skill === skill) }));
}
