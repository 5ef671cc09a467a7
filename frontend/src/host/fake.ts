import type { Host } from "./client";
import { canDo } from "./fake-can";
import { leavesMore, planned, profiled } from "./fake-clients";
import { holds, plotted } from "./fake-record";
import { emptyWeek } from "./fake-week";
import { Problem } from "./problem";
import type {
  Call,
  CallPage,
  CallPlot,
  CallRequest,
  CallResult,
  Can,
  ClientKind,
  ClientPlan,
  ConnectedClient,
  Connection,
  Connections,
  Decision,
  Disconnection,
  Events,
  Explained,
  Explanation,
  Gone,
  Kept,
  KeptChange,
  NewClient,
  NewProfile,
  NewRule,
  Place,
  Policy,
  Profile,
  Question,
  Skill,
  SkillSummary,
  Status,
  Topic,
  Wanted,
  WeekTold,
  Workspace,
} from "./shapes";

export type Method = keyof Host;

/** A host for tests: it keeps what it is given, takes away what it is told to, and can fail or never answer. */
export class FakeHost implements Host {
  questions: Question[] = [];
  kept: Decision[] = [];
  gone: Gone[] = [];
  layers: Policy[] = [];
  changed: KeptChange[] = [];
  /** What is said of a sentence; tests replace it. */
  says: (about: Explained) => Explanation = (about) => ({
    grant: about.grant,
    sentence: "do this",
    verdict: "ask",
    rule: "asked",
    layer: "question",
    reason: "nothing is decided yet, so it is asked",
  });
  paused = false;
  /** What the person says in the question window to what is proposed; tests replace it. */
  answer: () => Promise<"allow" | "deny"> = () => Promise.resolve("allow");
  installed: Skill[] = [];
  record: Call[] = [];
  /** What is told of weeks, the one that goes on first; the others are empty. */
  weeks: WeekTold[] = [];
  clients: Status["clients"] = [];
  connected: ConnectedClient[] = [];
  kinds: ClientKind[] = [];
  search = false;
  foreign = false;
  sets: Profile[] = [];
  /** What adding a path gives. */
  addable = new Map<string, Skill>();
  /** Methods that fail, and how. */
  readonly failing = new Map<Method, Problem>();
  /** Methods that never answer. */
  readonly silent = new Set<Method>();
  /** What was asked of the host that is more than reading, in order. */
  readonly told: string[] = [];
  /** How a call ends; tests replace it. */
  run: (request: CallRequest, signal: AbortSignal) => Promise<CallResult> = () =>
    Promise.reject(new Problem({ code: "not_found", detail: "No skill has this name." }));

  #n = 1;
  #changed: Topic[] = [];
  #wake: (() => void)[] = [];

  /** Says that topics have changed, as the host does after every change. */
  touch(...topics: Topic[]): void {
    this.#n++;
    this.#changed = topics;
    for (const wake of this.#wake.splice(0)) wake();
  }

  async status(): Promise<Status> {
    await this.#turn("status");
    const unended = this.record.filter((call) => call.state === "running" || call.state === "waiting");
    return {
      version: "1.0.0",
      home: "/home/ada/.local/share/gatehouse",
      started: 0,
      parked: 0,
      waiting: this.questions.filter((question) => question.state === "open").length,
      running: unended.length,
      skills: this.installed.length,
      window: true,
      ask: this.questions.length > 0,
      clients: this.clients,
      cache: { entries: 0, bytes: 0, dropped: 0 },
      paused: this.paused,
    };
  }

  async events(after: number, signal: AbortSignal): Promise<Events> {
    await this.#turn("events");
    if (after === 0)
      return {
        n: this.#n,
        changed: ["inbox", "skills", "decisions", "policies", "clients", "calls", "status"],
      };
    if (after >= this.#n) {
      await new Promise<void>((wake, gone) => {
        this.#wake.push(wake);
        signal.addEventListener("abort", () => gone(Problem.unreachable()), { once: true });
      });
    }
    await this.#turn("events");
    return { n: this.#n, changed: this.#changed };
  }

  async inbox(): Promise<Question[]> {
    await this.#turn("inbox");
    return this.questions;
  }

  async deny(id: string): Promise<void> {
    await this.#turn("deny", id);
    this.#take(this.questions, (question) => question.id === id);
    this.questions = this.questions.filter((question) => question.id !== id);
    this.touch("inbox", "calls", "status");
  }

  async openQuestion(id: string): Promise<void> {
    await this.#turn("openQuestion", id);
    const parked = this.#take(this.questions, (question) => question.id === id);
    this.questions = [{ ...parked, state: "open", visible: true }, ...without(this.questions, [id])];
    this.touch("inbox", "status");
  }

  async dismiss(id: string): Promise<void> {
    await this.#turn("dismiss", id);
    this.#take(this.questions, (question) => question.id === id);
    this.questions = without(this.questions, [id]);
    this.touch("inbox");
  }

  async pause(): Promise<void> {
    await this.#turn("pause", "");
    this.paused = true;
    this.touch("status");
  }

  async resume(): Promise<void> {
    await this.#turn("resume", "");
    await this.#proposed("Everything stays paused.");
    this.paused = false;
    this.touch("status");
  }

  async showAsk(): Promise<void> {
    await this.#turn("showAsk", "");
  }

  async skills(): Promise<SkillSummary[]> {
    await this.#turn("skills");
    return this.installed;
  }

  async skill(name: string): Promise<Skill> {
    await this.#turn("skill");
    return this.#take(this.installed, (skill) => skill.name === name);
  }

  async addSkill(path: string): Promise<Skill> {
    await this.#turn("addSkill", path);
    const skill = this.addable.get(path);
    if (!skill) {
      const detail = `There is no skill at ${path}.`;
      throw new Problem({
        code: "not_found",
        detail,
        hint: "Name a folder with a skill.json, or a .wasm file.",
      });
    }
    this.installed = [...this.installed, skill];
    this.touch("skills");
    return skill;
  }

  async removeSkill(name: string): Promise<void> {
    await this.#turn("removeSkill", name);
    this.#take(this.installed, (skill) => skill.name === name);
    this.installed = this.installed.filter((skill) => skill.name !== name);
    this.touch("skills");
  }

  async turnOn(name: string): Promise<void> {
    await this.#turn("turnOn", name);
    await this.#proposed("You did not agree, so agents do not see it.");
    this.#turned(name, true);
  }

  async turnOff(name: string): Promise<void> {
    await this.#turn("turnOff", name);
    this.#turned(name, false);
  }

  #turned(name: string, on: boolean): void {
    this.installed = this.installed.map((skill) =>
      skill.name === name ? { ...skill, on, changes: [] } : skill,
    );
    this.touch("skills");
  }

  async can(name: string, place?: Place): Promise<Can> {
    await this.#turn("can");
    return canDo(
      this.#take(this.installed, (skill) => skill.name === name),
      this.kept,
      place,
    );
  }

  async decisions(): Promise<Kept> {
    await this.#turn("decisions");
    return { decisions: this.kept, gone: this.gone };
  }

  async revoke(id: string): Promise<void> {
    await this.#turn("revoke", id);
    this.#take(this.kept, (decision) => decision.id === id);
    this.#revoked([id]);
  }

  async revokeMany(ids: string[]): Promise<void> {
    await this.#turn("revokeMany", ids.join(" "));
    this.#revoked(ids);
  }

  async restore(id: string): Promise<void> {
    await this.#turn("restore", id);
    const { gone, why, ...decision } = this.#take(this.gone, (decision) => decision.id === id);
    await this.#proposed(`You did not give it back: it stays ${why}, since ${gone}.`);
    this.gone = without(this.gone, [id]);
    this.kept = [decision, ...this.kept];
    this.touch("decisions");
  }

  async policies(): Promise<Policy[]> {
    await this.#turn("policies");
    return this.layers;
  }

  async addRule(rule: NewRule): Promise<void> {
    await this.#turn("addRule", `${rule.verdict} ${rule.grant} ${rule.skill ?? ""}`);
    if (rule.verdict === "allow") await this.#proposed("You did not agree, so there is no such rule.");
    this.#own((rules) => [...rules, { ...rule, id: `r-${rules.length + 1}`, sentence: `do ${rule.grant}` }]);
  }

  async removeRule(id: string): Promise<void> {
    await this.#turn("removeRule", id);
    const rules = this.layers.flatMap((policy) => policy.rules);
    const rule = this.#take(rules, (rule) => rule.id === id);
    if (rule.verdict !== "allow") await this.#proposed("You did not agree, so the rule stays.");
    this.#own((own) => without(own, [id]));
  }

  async forgetPolicy(workspace: string): Promise<void> {
    await this.#turn("forgetPolicy", workspace);
    await this.#proposed("You did not agree, so it stays in force.");
    this.layers = this.layers.filter((policy) => policy.workspace !== workspace || policy.state !== "kept");
    this.touch("policies");
  }

  async explain(about: Explained): Promise<Explanation> {
    await this.#turn("explain", `${about.skill} ${about.grant} ${about.client} ${about.workspace ?? ""}`);
    return this.says(about);
  }

  #own(change: (rules: Policy["rules"]) => Policy["rules"]): void {
    this.layers = this.layers.map((policy) =>
      policy.layer === "user" ? { ...policy, rules: change(policy.rules) } : policy,
    );
    this.touch("policies");
  }

  #revoked(ids: string[]): void {
    const taken = this.kept.filter((decision) => ids.includes(decision.id));
    this.gone = [
      ...taken
        .filter((one) => one.kind !== "asking")
        .map((one) => ({ ...one, gone: this.now(), why: "revoked" as const })),
      ...this.gone,
    ];
    this.kept = without(this.kept, ids);
    this.touch("decisions");
  }

  async #proposed(otherwise: string): Promise<void> {
    if ((await this.answer()) === "deny") throw new Problem({ code: "denied", detail: otherwise });
  }

  /** The moment at which the record is looked at. */
  now = () => Date.now();

  async calls(limit: number, before?: number, wanted: Wanted = {}): Promise<CallPage> {
    await this.#turn("calls");
    const from = before === undefined ? 0 : this.record.length - before;
    const calls: Call[] = [];
    let next = 0;
    for (const [i, call] of this.record.entries()) {
      if (i < from || !holds(wanted, call)) continue;
      if (calls.length === limit) {
        next = this.record.length - i;
        break;
      }
      calls.push(call);
    }
    return { calls, next };
  }

  async plot(wanted: Wanted, buckets: number): Promise<CallPlot> {
    await this.#turn("plot");
    return plotted(this.record, wanted, buckets, this.now());
  }

  async week(back: number): Promise<WeekTold> {
    await this.#turn("week");
    return this.weeks[back] ?? emptyWeek(this.now(), back);
  }

  async call(request: CallRequest, signal: AbortSignal): Promise<CallResult> {
    await this.#turn("call", JSON.stringify(request));
    return this.run(request, signal);
  }

  async cancel(id: string): Promise<void> {
    await this.#turn("cancel", id);
  }

  async changes(): Promise<KeptChange[]> {
    await this.#turn("changes");
    return this.changed;
  }

  async undo(id: string): Promise<void> {
    await this.#turn("undo", id);
    this.#take(this.changed, (change) => change.id === id);
    this.changed = without(this.changed, [id]);
    this.touch("calls");
  }

  async workspaces(): Promise<Workspace[]> {
    await this.#turn("workspaces");
    return this.kept
      .filter((decision) => decision.kind === "workspace")
      .map(({ client, workspace, id, made }) => ({ client, path: workspace, decision: id, made }));
  }

  async connections(): Promise<Connections> {
    await this.#turn("connections");
    return { clients: this.connected, kinds: this.kinds };
  }

  async planClient(wanted: NewClient): Promise<ClientPlan> {
    await this.#turn("planClient", JSON.stringify(wanted));
    return planned(
      this.#take(this.kinds, ({ kind }) => kind === wanted.kind),
      wanted,
      this.connected,
    );
  }

  async connectClient(wanted: NewClient): Promise<Connection> {
    await this.#turn("connectClient", JSON.stringify(wanted));
    const kind = this.#take(this.kinds, ({ kind }) => kind === wanted.kind);
    await this.#proposed("The answer was no, so nothing has changed.");
    const plan = planned(kind, wanted, this.connected);
    const { name, title, workspace, file, next } = plan;
    const made = { name, kind: kind.kind, title, workspace, file, made: this.now(), connected: 0 };
    this.connected = [...this.connected.filter((client) => client.name !== name), made];
    this.kinds = this.kinds.map((one) => (one === kind ? { ...one, state: "connected" } : one));
    this.touch("clients");
    return { ...made, backup: plan.exists ? `${file}.before-gatehouse` : undefined, next };
  }

  async searching(): Promise<boolean> {
    await this.#turn("searching");
    return this.search;
  }

  async setSearching(search: boolean): Promise<void> {
    await this.#turn("setSearching", String(search));
    this.search = search;
    this.touch("clients");
  }

  async wassette(): Promise<boolean> {
    await this.#turn("wassette");
    return this.foreign;
  }

  async setWassette(on: boolean): Promise<void> {
    await this.#turn("setWassette", String(on));
    if (on) await this.#proposed("The answer was no, so nothing has changed.");
    this.foreign = on;
    this.touch("clients");
  }

  async profiles(): Promise<Profile[]> {
    await this.#turn("profiles");
    return this.sets.map((set) => ({
      ...set,
      clients: this.connected.filter((client) => client.profile === set.name).map(({ name }) => name),
    }));
  }

  async setProfile(wanted: NewProfile): Promise<void> {
    await this.#turn("setProfile", JSON.stringify(wanted));
    const was = this.sets.find((set) => set.name === wanted.name);
    const is = profiled(wanted);
    if (was && leavesMore(was, is)) await this.#proposed("The answer was no, so nothing has changed.");
    this.sets = [...this.sets.filter((set) => set !== was), is];
    this.touch("clients");
  }

  async removeProfile(name: string): Promise<void> {
    await this.#turn("removeProfile", name);
    this.#take(this.sets, (set) => set.name === name);
    this.sets = this.sets.filter((set) => set.name !== name);
    this.touch("clients");
  }

  async useProfile(name: string, profile: string): Promise<void> {
    await this.#turn("useProfile", `${name} ${profile}`);
    const client = this.#take(this.connected, (client) => client.name === name);
    if (client.profile && client.profile !== profile)
      await this.#proposed("The answer was no, so nothing has changed.");
    this.connected = this.connected.map((one) =>
      one === client ? { ...one, profile: profile || undefined } : one,
    );
    this.touch("clients");
  }

  async disconnectClient(name: string): Promise<Disconnection> {
    await this.#turn("disconnectClient", name);
    const { file } = this.#take(this.connected, (client) => client.name === name);
    this.connected = this.connected.filter((client) => client.name !== name);
    const revoked = this.kept.filter((decision) => decision.client === name).map(({ id }) => id);
    this.#revoked(revoked);
    this.touch("clients", "decisions");
    return { name, file, outcome: "put back", revoked: revoked.length };
  }

  async #turn(method: Method, told?: string): Promise<void> {
    if (told !== undefined) this.told.push(`${method} ${told}`.trim());
    if (this.silent.has(method)) await new Promise(() => {});
    const problem = this.failing.get(method);
    if (problem) throw problem;
  }

  #take<T>(list: T[], wanted: (item: T) => boolean): T {
    const found = list.find(wanted);
    if (!found) throw new Problem({ code: "not_found", detail: "It is not there any more." });
    return found;
  }
}

function without<T extends { id: string }>(list: T[], ids: string[]): T[] {
  return list.filter((item) => !ids.includes(item.id));
}
