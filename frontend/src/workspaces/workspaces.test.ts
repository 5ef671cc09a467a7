import { render, screen, waitFor } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { Events } from "../host/events.svelte";
import { workingDay } from "../host/examples";
import { FakeHost } from "../host/fake";
import { Problem } from "../host/problem";
import Workspaces from "./Workspaces.svelte";
import { Workspaces as WorkspacesState } from "./workspaces.svelte";

function open(host = workingDay(Date.now())) {
  render(Workspaces, { workspaces: new WorkspacesState(host, new Events(host)), tryHref: "#/playground" });
  return { host, user: userEvent.setup() };
}

it("forgets a folder by revoking its decision", async () => {
  const { host, user } = open();
  await user.click(await screen.findByRole("button", { name: "Forget /home/ada/notes for terminal" }));
  await waitFor(() => expect(screen.getAllByRole("listitem")).toHaveLength(1));
  expect(host.told).toEqual(["revoke d-76"]);
  expect(screen.getByRole("status").textContent).toContain("Forgotten.");
});

it("says why a folder could not be forgotten", async () => {
  const { host, user } = open();
  host.failing.set("revoke", new Problem({ code: "storage", detail: "The disk is full." }));
  await user.click(await screen.findByRole("button", { name: /notes/ }));
  expect((await screen.findByRole("alert")).textContent).toContain("The disk is full.");
});

it("teaches where there is none", async () => {
  open(new FakeHost());
  expect(await screen.findByText("No folder is confirmed")).toBeTruthy();
});
