import createClient from "openapi-fetch";
import { Problem } from "./problem";
import type { paths } from "./schema.gen";
import type {
  CallPage,
  CallPlot,
  CallRequest,
  CallResult,
  Decision,
  Events,
  Question,
  Skill,
  SkillSummary,
  Status,
  Wanted,
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
  /** Brings the question window to the front: it alone can answer. */
  showAsk(): Promise<void>;
  skills(): Promise<SkillSummary[]>;
  skill(name: string): Promise<Skill>;
  /** Installs the skill in a folder or .wasm file on this machine. */
  addSkill(path: string): Promise<Skill>;
  removeSkill(name: string): Promise<void>;
  decisions(): Promise<Decision[]>;
  revoke(decision: string): Promise<void>;
  calls(limit: number, before?: number, wanted?: Wanted): Promise<CallPage>;
  /** What the wanted calls took, in at most so many stretches of time. */
  plot(wanted: Wanted, buckets: number): Promise<CallPlot>;
  /** Runs a call to its end, also while a person is asked. */
  call(request: CallRequest, signal: AbortSignal): Promise<CallResult>;
  cancel(call: string): Promise<void>;
  workspaces(): Promise<Workspace[]>;
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
  showAsk = () => done(this.#http.POST("/api/ask/show"));

  skills = async () => (await answer(this.#http.GET("/api/skills"))).skills;
  skill = (name: string) => answer(this.#http.GET("/api/skills/{name}", { params: { path: { name } } }));
  addSkill = (path: string) => answer(this.#http.POST("/api/skills", { body: { path } }));
  removeSkill = (name: string) =>
    done(this.#http.POST("/api/skills/{name}/remove", { params: { path: { name } } }));

  decisions = async () => (await answer(this.#http.GET("/api/decisions"))).decisions;
  revoke = (id: string) => done(this.#http.POST("/api/decisions/{id}/revoke", { params: { path: { id } } }));

  calls = (limit: number, before?: number, wanted: Wanted = {}) =>
    answer(this.#http.GET("/api/calls", { params: { query: { ...wanted, limit, before } } }));
  plot = (wanted: Wanted, buckets: number) =>
    answer(this.#http.GET("/api/calls/plot", { params: { query: { ...wanted, buckets } } }));
  call = (body: CallRequest, signal: AbortSignal) => answer(this.#http.POST("/api/calls", { body, signal }));
  cancel = (id: string) => done(this.#http.POST("/api/calls/{id}/cancel", { params: { path: { id } } }));

  workspaces = async () => (await answer(this.#http.GET("/api/workspaces"))).workspaces;
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
