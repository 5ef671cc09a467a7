import { render, screen, waitFor } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { Events } from "../host/events.svelte";
import { workingDay } from "../host/examples";
import { Problem } from "../host/problem";
import Decisions from "./Decisions.svelte";
import { Decisions as DecisionsState } from "./decisions.svelte";
import { holds } from "./words";

function open() {
  const host = workingDay(Date.now());
  const decisions = new DecisionsState(host, new Events(host));
  render(Decisions, { decisions, tryHref: "#/playground" });
  return { host, user: userEvent.setup() };
}

it("groups what is kept by skill, workspaces last", async () => {
  open();
  await screen.findByRole("heading", { name: /^files/ });
  const groups = screen.getAllByRole("heading", { level: 2 }).map((heading) => heading.textContent);
  expect(groups).toEqual(["files 3 decisions", "web 1 decision", "Workspaces 2 decisions"]);
});

it("takes one back, and says so", async () => {
  const { host, user } = open();
  await user.click(await screen.findByRole("button", { name: "Revoke: read everything in docs" }));
  await waitFor(() => expect(screen.queryByRole("button", { name: /read everything in docs/ })).toBeNull());
  expect(host.told).toEqual(["revoke d-80"]);
  expect(screen.getByRole("status").textContent).toBe("Revoked. You will be asked again.");
});

it("keeps one on the screen that could not be taken back, and says why", async () => {
  const { host, user } = open();
  host.failing.set("revoke", new Problem({ code: "storage", detail: "The disk is full." }));
  await user.click(await screen.findByRole("button", { name: "Revoke: read everything in docs" }));
  expect((await screen.findByRole("alert")).textContent).toContain("The disk is full.");
  expect(screen.getByRole("button", { name: "Revoke: read everything in docs" })).toBeTruthy();
});

const noon = new Date(2026, 4, 12, 12, 0).getTime();
const hour = 3_600_000;
it.each([
  ["always", undefined, "always"],
  ["hour", noon + hour, "until 13:00"],
  ["session", noon + 12 * hour, "this session, at most until 13 May 00:00"],
  ["session", undefined, "this session"],
] as const)("a lifetime of %s that ends at %s holds %s", (lifetime, until, words) => {
  expect(holds({ lifetime, until }, noon)).toBe(words);
});
