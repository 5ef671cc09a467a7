import { render, screen, waitFor } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { Events } from "../host/events.svelte";
import { workingDay } from "../host/examples";
import { Problem } from "../host/problem";
import Decisions from "./Decisions.svelte";
import { Decisions as DecisionsState } from "./decisions.svelte";
import { holds } from "./words";

function open(meant?: string) {
  const host = workingDay(Date.now());
  const decisions = new DecisionsState(host, new Events(host));
  const skillHref = (name: string) => `#/skills/${name}`;
  render(Decisions, { decisions, tryHref: "#/playground", skillHref, meant });
  return { host, decisions, user: userEvent.setup() };
}

const row = (name: string) => screen.getByRole("checkbox", { name: `Select: ${name}` });
const docs = "read everything in docs";

it("groups what is kept by skill, workspaces last", async () => {
  open();
  await screen.findByRole("heading", { name: /^files/ });
  const groups = screen.getAllByRole("heading", { level: 2 }).map((heading) => heading.textContent.trim());
  const expected = ["files 3 decisions", "pdf-tools 2 decisions", "web 1 decision"];
  expect(groups).toEqual([...expected, "Agents 1 decision", "Workspaces 2 decisions", "Recently gone"]);
});

it("says when each was used, and when it ends", async () => {
  open();
  const list = await screen.findByRole("region", { name: "files" });
  expect(list.textContent).toMatch(/always.*last used 5 min ago.*lapses .* if unused/s);
  expect(list.textContent).toMatch(/lapses in 8 days if unused/);
  expect(screen.getByRole("region", { name: "pdf-tools" }).textContent).toMatch(
    /muted.*dismissed three times, so it rests until/s,
  );
});

it("finds them by words, and revokes nothing that is out of sight", async () => {
  const { host, user } = open();
  await user.click(await screen.findByRole("checkbox", { name: "Select all 9" }));
  await user.type(screen.getByRole("searchbox", { name: "Find decisions" }), "files denied");
  await waitFor(() => expect(screen.getAllByRole("button", { name: /^Revoke:/ })).toHaveLength(1));
  await user.click(screen.getByRole("button", { name: "Revoke 1 decision" }));
  await waitFor(() => expect(host.told).toEqual(["revoke d-79"]));
  await user.click(await screen.findByRole("button", { name: "Clear the search" }));
  expect(await screen.findAllByRole("button", { name: /^Revoke:/ })).toHaveLength(8);
});

it("takes several back at once by keyboard, and proposes them again by undo", async () => {
  const { host, user } = open();
  await screen.findByRole("region", { name: "files" });
  for (const name of [docs, "change deploy/config.yaml"]) {
    row(name).focus();
    await user.keyboard(" ");
  }
  screen.getByRole("button", { name: "Revoke 2 decisions" }).focus();
  await user.keyboard("{Enter}");
  const notice = await screen.findByText("2 decisions revoked. It no longer holds.");
  expect(notice.getAttribute("role")).toBe("status");
  let yes!: () => void;
  host.answer = () => new Promise((say) => (yes = () => say("allow")));
  await user.click(screen.getByRole("button", { name: "Undo…" }));
  expect(await screen.findByText("Waiting for your yes in the question window: 1 of 2.")).toBeTruthy();
  await user.click(screen.getByRole("button", { name: "Show the question" }));
  expect(screen.queryByRole("checkbox", { name: `Select: ${docs}` })).toBeNull();
  yes();
  expect(await screen.findByText("Waiting for your yes in the question window: 2 of 2.")).toBeTruthy();
  yes();
  expect(await screen.findByText("2 decisions hold again.")).toBeTruthy();
  expect(row(docs)).toBeTruthy();
  expect(host.told).toEqual(["revokeMany d-80 d-79", "restore d-80", "showAsk", "restore d-79"]);
});

it("has an agent heard again before its week is over, which is nothing to give back", async () => {
  const { host, user } = open();
  const agents = await screen.findByRole("region", { name: "Agents" });
  expect(agents.textContent).toMatch(
    /muted.*propose skills.*for cursor.*dismissed three times, so it rests until/s,
  );
  expect(screen.getByRole("region", { name: "pdf-tools" }).textContent).toMatch(
    /ask for permissions before the skill/,
  );
  await user.click(screen.getByRole("button", { name: "Revoke: propose skills" }));
  expect(await screen.findByText("The agent is heard again.")).toBeTruthy();
  expect(screen.queryByRole("button", { name: "Undo…" })).toBeNull();
  expect(screen.queryByRole("region", { name: "Agents" })).toBeNull();
  expect(host.told).toEqual(["revoke rest-2"]);
});

it("gives back what is gone only where the person says yes", async () => {
  const { host, user } = open();
  host.answer = () => Promise.resolve("deny");
  await user.click(await screen.findByText("Recently gone"));
  await user.click(screen.getByRole("button", { name: /^Give back: read “assets/ }));
  expect((await screen.findByRole("alert")).textContent).toContain("You did not give it back");
  host.answer = () => Promise.resolve("allow");
  await user.click(screen.getByRole("button", { name: /^Give back: read “assets/ }));
  expect(await screen.findByText("1 decision holds again.")).toBeTruthy();
  expect(screen.queryByRole("alert")).toBeNull();
});

it("leads to the decision that the address names", async () => {
  Element.prototype.scrollIntoView ??= () => {};
  open("d-80");
  await waitFor(() => expect(document.activeElement).toBe(row(docs)));
});

it("takes one back, and says so", async () => {
  const { host, user } = open();
  await user.click(await screen.findByRole("button", { name: `Revoke: ${docs}` }));
  await waitFor(() => expect(screen.queryByRole("button", { name: `Revoke: ${docs}` })).toBeNull());
  expect(host.told).toEqual(["revoke d-80"]);
  expect(screen.getByRole("status").textContent).toBe("1 decision revoked. It no longer holds.");
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
