import createClient from "openapi-fetch";
import { Problem } from "./problem";
import type { paths } from "./schema.gen";
import type {
  CallPage,
  CallPlot,
  CallRequest,
  CallResult,
  Can,
  ClientPlan,
  Connection,
  Connections,
  Disconnection,
  Events,
  Explained,
  Explanation,
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
  Wanted,
  WeekTold,
  Workspace,
} from "./shapes";

/**
 * The host as the window sees it: everything may be read and taken away, nothing granted. Every method rejects with a
 * Problem and nothing else. HTTPHost and the tests' FakeHost implement it.
 */
export interface Host {
  status(): Promise<Status>;
  /** Waits up to 25 s for something to change after n; for 0 it answers at once. */
  events(after: number, signal: AbortSignal): Promise<Events>;
  inbox(): Promise<Question[]>;
  deny(question: string): Promise<void>;
  /** Has the question window put a question once more whose call is gone: an answer counts for the next one. */
  openQuestion(question: string): Promise<void>;
  /** Takes a question whose call is gone out of the inbox. */
  dismiss(question: string): Promise<void>;
  /** Makes every call wait. */
  pause(): Promise<void>;
  /** Asks the person, in the question window, whether everything may go on; ends with their answer. */
  resume(): Promise<void>;
  /** Brings the question window to the front: it alone can answer. */
  showAsk(): Promise<void>;
  skills(): Promise<SkillSummary[]>;
  skill(name: string): Promise<Skill>;
  /** Installs the skill in a folder or .wasm file on this machine. */
  addSkill(path: string): Promise<Skill>;
  removeSkill(name: string): Promise<void>;
  /** Asks the person, in the question window, to let agents see a skill as it is now; ends with their answer. */
  turnOn(name: string): Promise<void>;
  /** Hides a skill from agents. */
  turnOff(name: string): Promise<void>;
  /** What the skill can do now for a client in its folder; for one of those that are known where none is named. */
  can(skill: string, place?: Place): Promise<Can>;
  decisions(): Promise<Kept>;
  revoke(decision: string): Promise<void>;
  revokeMany(decisions: string[]): Promise<void>;
  /** Asks the person, in the question window, to give a decision back; ends with their answer. */
  restore(decision: string): Promise<void>;
  policies(): Promise<Policy[]>;
  /** Keeps a rule of the person's own. An allow is put to them first, and this ends with their answer. */
  addRule(rule: NewRule): Promise<void>;
  /** Takes a rule of the person's own away. Unless it allows, that is put to them first. */
  removeRule(rule: string): Promise<void>;
  /** Asks the person whether of a workspace's policy only what its file says now holds. */
  forgetPolicy(workspace: string): Promise<void>;
  explain(about: Explained): Promise<Explanation>;
  calls(limit: number, before?: number, wanted?: Wanted): Promise<CallPage>;
  /** What the wanted calls took, in at most so many stretches of time. */
  plot(wanted: Wanted, buckets: number): Promise<CallPlot>;
  /** What was done in a week; 0 is the one that goes on. */
  week(back: number): Promise<WeekTold>;
  /** Runs a call to its end, also while a person is asked. */
  call(request: CallRequest, signal: AbortSignal): Promise<CallResult>;
  cancel(call: string): Promise<void>;
  /** The changes to files that can be taken back, the newest first. */
  changes(): Promise<KeptChange[]>;
  /** Takes a change back, unless what stands there was changed since. */
  undo(change: string): Promise<void>;
  workspaces(): Promise<Workspace[]>;
  connections(): Promise<Connections>;
  /** What connecting a client would do; nothing of it is done. */
  planClient(wanted: NewClient): Promise<ClientPlan>;
  /** Asks the person, in the question window, to connect a client; ends with their answer. */
  connectClient(wanted: NewClient): Promise<Connection>;
  /** Whether agents find tools by searching instead of seeing all at once. */
  searching(): Promise<boolean>;
  setSearching(search: boolean): Promise<void>;
  /** Whether agents have Wassette's tools. Turning them on is asked, and rejected where the answer is no. */
  wassette(): Promise<boolean>;
  setWassette(on: boolean): Promise<void>;
  profiles(): Promise<Profile[]>;
  /** Keeps a profile. What leaves more in is put to the person first, and this ends with their answer. */
  setProfile(profile: NewProfile): Promise<void>;
  /** Takes a profile away that no client has. */
  removeProfile(name: string): Promise<void>;
  /** Gives a client a profile, the empty name being none. What leaves it more is put to the person first. */
  useProfile(client: string, profile: string): Promise<void>;
  /** Takes a client away, with every decision for it. */
  disconnectClient(name: string): Promise<Disconnection>;
}

/** The host over HTTP, on this page's own origin and with the key that only this page was given. */
export class HTTPHost implements Host {
  readonly #http;

  constructor(key: string, baseUrl = "") {
    const headers = { "X-Gatehouse-Key": key, "Content-Type": "application/json" };
    this.#http = createClient<paths>({ baseUrl, headers });
  }

  status = () => answer(this.#http.GET("/api/status"));
  events = (after: number, signal: AbortSignal) =>
    answer(this.#http.GET("/api/events", { params: { query: { after } }, signal }));

  inbox = async () => (await answer(this.#http.GET("/api/inbox"))).questions;
  deny = (id: string) => done(this.#http.POST("/api/inbox/{id}/deny", { params: { path: { id } } }));
  openQuestion = (id: string) => done(this.#http.POST("/api/inbox/{id}/open", { params: { path: { id } } }));
  dismiss = (id: string) => done(this.#http.POST("/api/inbox/{id}/dismiss", { params: { path: { id } } }));
  pause = () => done(this.#http.POST("/api/pause"));
  resume = () => done(this.#http.POST("/api/resume"));
  showAsk = () => done(this.#http.POST("/api/ask/show"));

  skills = async () => (await answer(this.#http.GET("/api/skills"))).skills;
  skill = (name: string) => answer(this.#http.GET("/api/skills/{name}", { params: { path: { name } } }));
  addSkill = (path: string) => answer(this.#http.POST("/api/skills", { body: { path } }));
  removeSkill = (name: string) =>
    done(this.#http.POST("/api/skills/{name}/remove", { params: { path: { name } } }));

  turnOn = (name: string) => done(this.#http.POST("/api/skills/{name}/on", { params: { path: { name } } }));
  turnOff = (name: string) => done(this.#http.POST("/api/skills/{name}/off", { params: { path: { name } } }));

  can = (name: string, place?: Place) =>
    answer(this.#http.GET("/api/skills/{name}/can", { params: { path: { name }, query: { ...place } } }));

  decisions = () => answer(this.#http.GET("/api/decisions"));
  revoke = (id: string) => done(this.#http.POST("/api/decisions/{id}/revoke", { params: { path: { id } } }));
  revokeMany = (ids: string[]) => done(this.#http.POST("/api/decisions/revoke", { body: { ids } }));
  restore = (id: string) =>
    done(this.#http.POST("/api/decisions/{id}/restore", { params: { path: { id } } }));

  policies = async () => (await answer(this.#http.GET("/api/policies"))).policies;
  addRule = (body: NewRule) => done(this.#http.POST("/api/policies/rules", { body }));
  removeRule = (id: string) =>
    done(this.#http.POST("/api/policies/rules/{id}/remove", { params: { path: { id } } }));
  forgetPolicy = (workspace: string) =>
    done(this.#http.POST("/api/policies/workspace/forget", { body: { workspace } }));
  explain = (body: Explained) => answer(this.#http.POST("/api/explain", { body }));

  calls = (limit: number, before?: number, wanted: Wanted = {}) =>
    answer(this.#http.GET("/api/calls", { params: { query: { ...wanted, limit, before } } }));
  plot = (wanted: Wanted, buckets: number) =>
    answer(this.#http.GET("/api/calls/plot", { params: { query: { ...wanted, buckets } } }));
  week = (back: number) => answer(this.#http.GET("/api/week", { params: { query: { back } } }));
  call = (body: CallRequest, signal: AbortSignal) => answer(this.#http.POST("/api/calls", { body, signal }));
  cancel = (id: string) => done(this.#http.POST("/api/calls/{id}/cancel", { params: { path: { id } } }));
  changes = async () =>
    (await answer(this.#http.GET("/api/undo", { params: { query: { limit: 1000 } } }))).changes;
  undo = (id: string) => done(this.#http.POST("/api/undo/{id}", { params: { path: { id } } }));

  workspaces = async () => (await answer(this.#http.GET("/api/workspaces"))).workspaces;

  connections = () => answer(this.#http.GET("/api/clients"));
  planClient = (body: NewClient) => answer(this.#http.POST("/api/clients/plan", { body }));
  connectClient = (body: NewClient) => answer(this.#http.POST("/api/clients", { body }));
  searching = async () => (await answer(this.#http.GET("/api/agents"))).search;
  setSearching = (search: boolean) => done(this.#http.POST("/api/agents/tools", { body: { search } }));
  wassette = async () => (await answer(this.#http.GET("/api/agents"))).wassette;
  setWassette = (on: boolean) =>
    done(this.#http.POST(on ? "/api/agents/wassette/on" : "/api/agents/wassette/off"));
  profiles = async () => (await answer(this.#http.GET("/api/profiles"))).profiles;
  setProfile = (body: NewProfile) => done(this.#http.POST("/api/profiles", { body }));
  removeProfile = (name: string) =>
    done(this.#http.POST("/api/profiles/{name}/remove", { params: { path: { name } } }));
  useProfile = (client: string, profile: string) =>
    done(this.#http.POST("/api/profiles/use", { body: { client, profile } }));
  disconnectClient = (name: string) => answer(this.#http.POST("/api/clients/disconnect", { body: { name } }));
}

type Reply = { data?: unknown; error?: unknown; response: Response };

async function answer<R extends Reply>(asked: Promise<R>): Promise<NonNullable<R["data"]>> {
  const { data, ...reply } = await settled(asked);
  if (data === undefined || data === null) throw problemOf(reply);
  return data;
}

async function done(asked: Promise<Reply>): Promise<void> {
  const reply = await settled(asked);
  if (!reply.response.ok) throw problemOf(reply);
}

async function settled<R>(asked: Promise<R>): Promise<R> {
  try {
    return await asked;
  } catch (reason) {
    throw Problem.unreachable(reason);
  }
}

function problemOf(reply: Reply): Problem {
  // The window's own door answers for a host that is gone, without a code.
  if (reply.response.status === 502) return Problem.unreachable();
  return Problem.read(reply.error, reply.response.status);
}
