import { Activity } from "./activity/activity.svelte";
import { Clients } from "./clients/clients.svelte";
import { Decisions } from "./decisions/decisions.svelte";
import type { Host } from "./host/client";
import { Events } from "./host/events.svelte";
import { Reading } from "./host/reading.svelte";
import type { Status } from "./host/shapes";
import { Inbox } from "./inbox/inbox.svelte";
import { Pausing } from "./pausing.svelte";
import { Playground } from "./playground/playground.svelte";
import { Policy } from "./policy/policy.svelte";
import { parse, type Route } from "./routes";
import { Skills } from "./skills/skills.svelte";
import { Week } from "./week/week.svelte";
import { Workspaces } from "./workspaces/workspaces.svelte";

/** All that the window knows: one state for each screen, which outlives the screen's view, and where it is. */
export class WindowState {
  route: Route = $state.raw({ screen: "inbox" });
  readonly host: Host;
  readonly events: Events;
  readonly status: Reading<Status>;
  readonly pausing: Pausing;
  readonly inbox: Inbox;
  readonly activity: Activity;
  readonly week: Week;
  readonly skills: Skills;
  readonly decisions: Decisions;
  readonly policy: Policy;
  readonly clients: Clients;
  readonly workspaces: Workspaces;
  readonly playground: Playground;

  constructor(host: Host) {
    this.host = host;
    const events = (this.events = new Events(host));
    this.status = new Reading(events, ["status", "inbox", "calls"], () => host.status());
    this.pausing = new Pausing(host, this.status);
    this.inbox = new Inbox(host, events);
    this.activity = new Activity(host, events);
    this.week = new Week(host, events);
    this.skills = new Skills(host, events);
    this.decisions = new Decisions(host, events);
    this.policy = new Policy(host, events);
    this.clients = new Clients(host, events);
    this.workspaces = new Workspaces(host, events);
    this.playground = new Playground(host, events);
  }

  /** Follows the host and the address until the returned function is called. */
  open(): () => void {
    const away = new AbortController();
    const read = () => (this.route = parse(location.hash));
    read();
    addEventListener("hashchange", read, { signal: away.signal });
    const stop = this.status.watch();
    void this.events.follow(away.signal);
    return () => {
      away.abort();
      stop();
    };
  }
}
