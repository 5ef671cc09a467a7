import type { Host } from "../host/client";
import { Doing } from "../host/doing.svelte";
import type { Events } from "../host/events.svelte";
import { Problem } from "../host/problem";
import { Reading } from "../host/reading.svelte";
import type { Explanation, NewRule, Place, Policy as Layer, PolicyRule } from "../host/shapes";
import { grantOf, type Wish } from "./wish";

/** Whom a sentence or a rule can be about. */
export type Whom = { skills: string[]; clients: string[]; places: Place[] };

/** What a proposal came to. Rules that widen hold only after a yes in the question window. */
export type Proposal = { kind: "none" } | { kind: "asking" } | { kind: "done"; words: string };

/** What came of testing a sentence. */
export type Verdict =
  { kind: "none" } | { kind: "told"; explanation: Explanation } | { kind: "failed"; problem: Problem };

/** The layers of rules, the person's own among them, and a sentence to test against all of them. */
export class Policy {
  readonly layers: Reading<Layer[]>;
  readonly whom: Reading<Whom>;
  readonly doing = new Doing();
  proposal: Proposal = $state.raw({ kind: "none" });
  verdict: Verdict = $state.raw({ kind: "none" });
  readonly own = $derived.by(() => this.#of("user"));
  readonly managed = $derived.by(() => this.#of("managed"));
  readonly workspaces = $derived.by(() => this.#of("workspace"));
  readonly #host: Host;

  constructor(host: Host, events: Events) {
    this.#host = host;
    this.layers = new Reading(events, ["policies", "decisions"], () => host.policies());
    this.whom = new Reading(events, ["skills", "decisions"], async () => {
      const [skills, { decisions }] = await Promise.all([host.skills(), host.decisions()]);
      const places = decisions.map(({ client, workspace }) => ({ client, workspace }));
      return {
        skills: skills.map((skill) => skill.name),
        clients: [...places.map((place) => place.client), "terminal", "playground"]
          .filter((name, i, all) => all.indexOf(name) === i)
          .sort(),
        places,
      };
    });
  }

  watch(): () => void {
    if (this.proposal.kind === "done") this.proposal = { kind: "none" };
    const stops = [this.layers.watch(), this.whom.watch()];
    return () => stops.forEach((stop) => stop());
  }

  /** Asks what would be decided if the skill wanted this now. Nothing is asked of anybody, and nothing recorded. */
  async test(skill: string, wish: Wish, client: string, workspace: string): Promise<void> {
    const about = { skill, grant: grantOf(wish, workspace), client, workspace: workspace || undefined };
    try {
      this.verdict = { kind: "told", explanation: await this.#host.explain(about) };
    } catch (reason) {
      this.verdict = { kind: "failed", problem: Problem.of(reason) };
    }
  }

  /** Keeps a rule of the person's own; an allow is proposed. Returns whether it holds. */
  add(rule: NewRule): Promise<boolean> {
    return this.#change("add", rule.verdict === "allow", "The rule holds from now on.", () =>
      this.#host.addRule(rule),
    );
  }

  /** Takes a rule of the person's own away; unless it allows, that widens and is proposed. */
  remove(rule: PolicyRule): Promise<boolean> {
    return this.#change(rule.id, rule.verdict !== "allow", "The rule is gone.", () =>
      this.#host.removeRule(rule.id),
    );
  }

  /** Proposes that of a workspace's policy only what its file says now holds. */
  forget(workspace: string): Promise<boolean> {
    return this.#change(workspace, true, "Its file alone counts now.", () =>
      this.#host.forgetPolicy(workspace),
    );
  }

  /** Brings the question window to the front. */
  async show(): Promise<void> {
    await this.#host.showAsk().catch(() => {});
  }

  async #change(what: string, widens: boolean, words: string, act: () => Promise<void>): Promise<boolean> {
    if (widens) this.proposal = { kind: "asking" };
    const done = await this.doing.try(what, act);
    this.proposal = done ? { kind: "done", words } : { kind: "none" };
    await this.layers.again();
    return done;
  }

  #of(layer: Layer["layer"]): Layer[] {
    return (this.layers.value ?? []).filter((policy) => policy.layer === layer);
  }
}
