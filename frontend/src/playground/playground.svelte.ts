import type { Host } from "../host/client";
import type { Events } from "../host/events.svelte";
import { Problem } from "../host/problem";
import { Reading } from "../host/reading.svelte";
import type { Call, CallResult, Skill, SkillSummary, Tool } from "../host/shapes";
import { draftOf, type Draft } from "./drafts.svelte";
import { shapeOf } from "./schema";

/** The host's name for the client that this window is. */
const self = "playground";

/** Where the call of the Playground is. */
export type Run =
  | { kind: "idle" }
  | { kind: "running"; began: number; call?: Call; cancelling: boolean }
  | { kind: "done"; result: CallResult }
  | { kind: "failed"; problem: Problem };

/** One tool, a form for its input, and the call that was made of it. It goes on while other screens are looked at. */
export class Playground {
  readonly skills: Reading<SkillSummary[]>;
  skill: Reading<Skill> | undefined = $state.raw();
  name = $state("");
  tool: Tool | undefined = $state.raw();
  draft: Draft | undefined = $state.raw();
  workspace = $state("");
  run: Run = $state.raw({ kind: "idle" });
  readonly #host: Host;
  readonly #events: Events;
  #abort: AbortController | undefined;

  constructor(host: Host, events: Events) {
    this.#host = host;
    this.#events = events;
    this.skills = new Reading(events, ["skills"], () => host.skills());
  }

  watch(): () => void {
    return this.skills.watch();
  }

  /** Takes a skill as it is now, and the tool of that name or its first one. What was typed for the same tool stays. */
  async choose(name: string, toolName?: string): Promise<void> {
    if (name !== this.name) {
      this.name = name;
      this.tool = undefined;
      this.draft = undefined;
      this.skill = name ? new Reading(this.#events, [], () => this.#host.skill(name)) : undefined;
    }
    await this.skill?.again();
    const tools = this.skill?.value?.toolList ?? [];
    const tool = tools.find((tool) => tool.name === toolName) ?? tools[0];
    if (name !== this.name || !tool || JSON.stringify(tool) === JSON.stringify(this.tool)) return;
    this.tool = tool;
    const field = { name: "", label: "Input", about: "", required: true, initial: undefined };
    this.draft = draftOf({ ...field, shape: shapeOf(tool.inputSchema) });
    if (this.run.kind !== "running") this.run = { kind: "idle" };
  }

  /** Makes the call if every field is understood, and waits for its end. A dry one notes what it asks for and does none. */
  async start(dry = false): Promise<void> {
    const input = this.draft?.read();
    if (!this.tool || input?.kind !== "given" || this.run.kind === "running") return;
    const request = { skill: this.name, tool: this.tool.name, input: input.value, ...(dry && { dry }) };
    const workspace = this.workspace.trim();
    const abort = (this.#abort = new AbortController());
    this.run = { kind: "running", began: Date.now(), cancelling: false };
    const stop = this.#events.on(["calls", "inbox"], () => void this.#find(request));
    try {
      const result = await this.#host.call(workspace ? { ...request, workspace } : request, abort.signal);
      this.run = { kind: "done", result };
    } catch (reason) {
      this.run = { kind: "failed", problem: Problem.of(reason) };
    } finally {
      stop();
    }
  }

  /** Ends the call under way; a question that it put is withdrawn. */
  async cancel(): Promise<void> {
    if (this.run.kind !== "running") return;
    const { call } = this.run;
    this.run = { ...this.run, cancelling: true };
    try {
      if (call) await this.#host.cancel(call.id);
      else this.#abort?.abort();
    } catch {
      this.#abort?.abort();
    }
  }

  /** Brings the question window to the front. */
  async show(): Promise<void> {
    await this.#host.showAsk().catch(() => {});
  }

  /** Looks for the call under way in the record, which tells whether it waits for the person. */
  async #find(request: { skill: string; tool: string }): Promise<void> {
    const page = await this.#host.calls(20).catch(() => undefined);
    const found = page?.calls.find(
      (call) =>
        call.client === self &&
        call.skill === request.skill &&
        call.tool === request.tool &&
        (call.state === "running" || call.state === "waiting"),
    );
    if (this.run.kind === "running" && found) this.run = { ...this.run, call: found };
  }
}
