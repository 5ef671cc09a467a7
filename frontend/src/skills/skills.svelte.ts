import type { Host } from "../host/client";
import { Doing } from "../host/doing.svelte";
import type { Events } from "../host/events.svelte";
import { Reading } from "../host/reading.svelte";
import type { Can, Place, Skill, SkillSummary } from "../host/shapes";

/** The installed skills: all of them in short, and the one that is looked at in full. */
export class Skills {
  readonly all: Reading<SkillSummary[]>;
  readonly adding = new Doing();
  readonly removing = new Doing();
  readonly turning = new Doing();
  readonly #host: Host;
  readonly #events: Events;

  constructor(host: Host, events: Events) {
    this.#host = host;
    this.#events = events;
    this.all = new Reading(events, ["skills"], () => host.skills());
  }

  watch(): () => void {
    return this.all.watch();
  }

  /** A reading of one skill in full. */
  one(name: string): Reading<Skill> {
    return new Reading(this.#events, ["skills"], () => this.#host.skill(name));
  }

  /** A reading of what one skill can do now, in a place or else in the first that is known. */
  can(name: string, place?: Place): Reading<Can> {
    return new Reading(this.#events, ["skills", "decisions"], () => this.#host.can(name, place));
  }

  /** Installs what is at path and returns its name, or nothing where it failed. */
  async add(path: string): Promise<string | undefined> {
    let name: string | undefined;
    await this.adding.try(path, async () => {
      name = (await this.#host.addSkill(path)).name;
    });
    return name;
  }

  /** Proposes that agents see a skill. Returns whether they do. */
  turnOn(name: string): Promise<boolean> {
    return this.turning.try(name, () => this.#host.turnOn(name));
  }

  /** Hides a skill from agents. Returns whether it is hidden. */
  turnOff(name: string): Promise<boolean> {
    return this.turning.try(name, () => this.#host.turnOff(name));
  }

  /** Brings the question window to the front. */
  async show(): Promise<void> {
    await this.#host.showAsk().catch(() => {});
  }

  /** Takes a skill away and returns whether it is gone. */
  remove(name: string): Promise<boolean> {
    return this.removing.try(name, () => this.#host.removeSkill(name));
  }
}
