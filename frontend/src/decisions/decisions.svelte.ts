import { SvelteSet } from "svelte/reactivity";
import type { Host } from "../host/client";
import { Doing } from "../host/doing.svelte";
import type { Events } from "../host/events.svelte";
import { Problem } from "../host/problem";
import { Reading } from "../host/reading.svelte";
import type { Decision, Kept } from "../host/shapes";
import { count } from "../ui/amounts";

/** The decisions of one skill. Those of no skill are about workspaces, or about what agents propose, and the name says so. */
export type Group = { skill: string; name: string; decisions: Decision[] };

/**
 * What was taken back here last, to be given back again; or that the person is being asked to, in the question window.
 * Giving back widens, so only their answer there does it.
 */
export type Undo =
  | { kind: "nothing" }
  | { kind: "offered"; ids: string[]; words: string }
  | { kind: "asking"; at: number; of: number }
  | { kind: "ended"; words: string };

/** The answers that are kept, and those that are gone. Here they can be found, taken back, and proposed again. */
export class Decisions {
  readonly all: Reading<Kept>;
  readonly doing = new Doing();
  search = $state("");
  readonly chosen = new SvelteSet<string>();
  undo: Undo = $state.raw({ kind: "nothing" });
  readonly kept = $derived.by(() => this.all.value?.decisions ?? []);
  readonly gone = $derived.by(() => this.all.value?.gone ?? []);
  readonly found = $derived(this.kept.filter((decision) => matches(decision, this.search)));
  readonly groups = $derived(grouped(this.found));
  /** Those that are chosen and in sight: nothing is revoked that cannot be seen. */
  readonly marked = $derived(this.found.filter((decision) => this.chosen.has(decision.id)));
  readonly #host: Host;

  constructor(host: Host, events: Events) {
    this.#host = host;
    this.all = new Reading(events, ["decisions"], () => host.decisions());
  }

  watch(): () => void {
    if (this.undo.kind !== "asking") this.undo = { kind: "nothing" };
    this.chosen.clear();
    return this.all.watch();
  }

  choose(decisions: Decision[], chosen: boolean): void {
    for (const { id } of decisions) {
      if (chosen) this.chosen.add(id);
      else this.chosen.delete(id);
    }
  }

  /** Takes decisions back: the next time the same is wanted, the person is asked. */
  async revoke(decisions: Decision[]): Promise<void> {
    const ids = decisions.map((decision) => decision.id);
    const [first] = ids;
    if (first === undefined) return;
    const done = await this.doing.try(first, () =>
      ids.length === 1 ? this.#host.revoke(first) : this.#host.revokeMany(ids),
    );
    if (done) {
      this.choose(decisions, false);
      this.undo = taken(decisions);
    }
    await this.all.again();
  }

  /** Has the person asked, one decision after the other, whether they hold again. */
  async giveBack(ids: string[]): Promise<void> {
    if (this.undo.kind === "asking") return;
    this.doing.problem = undefined;
    try {
      for (const [i, id] of ids.entries()) {
        this.undo = { kind: "asking", at: i + 1, of: ids.length };
        await this.#host.restore(id);
        await this.all.again();
      }
      this.undo = { kind: "ended", words: `${count(ids.length, "decision holds", "decisions hold")} again.` };
    } catch (reason) {
      this.undo = { kind: "nothing" };
      this.doing.problem = Problem.of(reason);
    }
    await this.all.again();
  }

  /** Brings the question window to the front. */
  async show(): Promise<void> {
    await this.doing.try("show", () => this.#host.showAsk());
  }
}

/** What is offered once these were taken back: that an agent is heard again is nothing that could be given back. */
function taken(decisions: Decision[]): Undo {
  const ids = decisions.filter((decision) => decision.kind !== "asking").map((decision) => decision.id);
  if (ids.length === 0) return { kind: "ended", words: "The agent is heard again." };
  return { kind: "offered", ids, words: `${count(ids.length, "decision")} revoked. It no longer holds.` };
}

/** Whether every word stands somewhere in what the row says. */
function matches(decision: Decision, search: string): boolean {
  const text = [
    ...[decision.id, decision.skill, decision.client, decision.workspace, decision.chain],
    decision.verdict === "allow" ? "allowed" : "denied",
    ...[decision.kind, decision.lifetime],
    ...decision.grants.map((line) => `${line.grant} ${line.sentence}`),
  ]
    .join("\n")
    .toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** By skill in the order of the alphabet, what is of no skill last, and in each the newest first. */
function grouped(decisions: Decision[]): Group[] {
  const newestFirst = decisions.toSorted((a, b) => b.made - a.made);
  const groups: Group[] = [];
  for (const decision of newestFirst) {
    const { skill } = decision;
    const name = skill || (decision.kind === "asking" ? "Agents" : "Workspaces");
    const group = groups.find((one) => one.skill === skill && one.name === name);
    if (group) group.decisions.push(decision);
    else groups.push({ skill, name, decisions: [decision] });
  }
  return groups.sort(
    (a, b) => Number(a.skill === "") - Number(b.skill === "") || a.name.localeCompare(b.name),
  );
}
