import { render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import { Events } from "../host/events.svelte";
import { workingDay } from "../host/examples";
import { Problem } from "../host/problem";
import Policy from "./Policy.svelte";
import { Policy as PolicyState } from "./policy.svelte";
import { grantOf, type Wish } from "./wish";

async function open() {
  Element.prototype.scrollIntoView ??= () => {};
  const host = workingDay(Date.now());
  const policy = new PolicyState(host, new Events(host));
  render(Policy, { policy, decisionHref: (id: string) => `#/decisions/${id}` });
  await screen.findByRole("heading", { name: "Your rules" });
  await waitFor(() =>
    expect(test().getByRole<HTMLSelectElement>("combobox", { name: "Skill" }).value).toBe("files"),
  );
  return { host, user: userEvent.setup() };
}

const test = () => within(screen.getByRole("form", { name: "Test a sentence" }));
const add = () => within(screen.getByRole("form", { name: "Add a rule" }));

it("shows each layer with its state, and its texts as text", async () => {
  await open();
  expect(screen.getByRole("region", { name: "This machine's policy" }).textContent).toMatch(
    /\/etc\/gatehouse\/policy\.json\s*in force.*never.*Only named hosts/s,
  );
  const workspaces = screen.getByRole("region", { name: "Workspaces' policies" });
  expect(workspaces.textContent).toMatch(/only.*read files in the workspace/s);
  expect(workspaces.textContent).toMatch(/kept.*holds until you agree.*<b>private<\/b>‹U\+202E›/s);
});

describe("a sentence", () => {
  it("is answered with the rule that decides, and leads to it", async () => {
    const { host, user } = await open();
    await user.type(test().getByRole("textbox", { name: "To what" }), "finance/pay.csv{Enter}");
    expect(await test().findByText("No, and you would not be asked.")).toBeTruthy();
    expect(host.told).toEqual([
      "explain files fs:read:${workspace}/finance/pay.csv claude-code /home/ada/work/acme",
    ]);
    await user.click(test().getByRole("button", { name: "Show the rule" }));
    expect(document.activeElement?.textContent).toContain("read “finance/**” in the workspace");
  });

  it("that a decision answers leads to the decision", async () => {
    const { user } = await open();
    await user.type(test().getByRole("textbox", { name: "To what" }), "docs/plan.md{Enter}");
    expect(await test().findByText("Yes, without asking.")).toBeTruthy();
    expect(test().getByRole("link", { name: "Show the decision" }).getAttribute("href")).toBe(
      "#/decisions/d-80",
    );
  });

  it("that is none is said to be so", async () => {
    const { host, user } = await open();
    host.failing.set("explain", new Problem({ code: "invalid_input", detail: "A path has no dots in it." }));
    await user.type(test().getByRole("textbox", { name: "To what" }), "../x{Enter}");
    expect((await test().findByRole("alert")).textContent).toContain("A path has no dots in it.");
  });

  it.each<[Wish, string, string]>([
    [{ act: "read", what: "docs/plan.md" }, "", "fs:read:${workspace}/docs/plan.md"],
    [{ act: "read", what: " ./docs/** " }, "", "fs:read:${workspace}/docs/**"],
    [{ act: "write", what: "/home/ada/x{1}?.txt" }, "", "fs:write:/home/ada/x\\{1\\}\\?.txt"],
    [{ act: "list", what: "/home/ada/work/docs" }, "/home/ada/work", "fs:list:${workspace}/docs"],
    [{ act: "list", what: "/home/ada/workshop" }, "/home/ada/work", "fs:list:/home/ada/workshop"],
    [
      { act: "fetch", what: "https://api.github.com/repos/a" },
      "",
      "net:GET:https://api.github.com:443/repos/a",
    ],
    [{ act: "fetch", what: "example.com" }, "", "net:GET:https://example.com:443/**"],
    [{ act: "send", what: "http://127.0.0.1:8000/v1" }, "", "net:POST:http://127.0.0.1:8000/v1"],
    [{ act: "env", what: "LANG" }, "", "env:LANG"],
    [{ act: "grant", what: "values" }, "", "values"],
  ])("%j below %j is the grant %s", (wish, workspace, grant) => {
    expect(grantOf(wish, workspace)).toBe(grant);
  });
});

describe("a rule of one's own", () => {
  it("that denies is kept at once", async () => {
    const { host, user } = await open();
    await user.type(add().getByRole("textbox", { name: "To what" }), "hr/**");
    await user.click(add().getByRole("button", { name: "Add the rule" }));
    expect(await screen.findByText("The rule holds from now on.")).toBeTruthy();
    expect(host.told).toEqual(["addRule deny fs:read:${workspace}/hr/**"]);
  });

  it("that denies goes only after a yes in the question window", async () => {
    const { host, user } = await open();
    host.answer = () => Promise.resolve("deny");
    const remove = () => screen.getByRole("button", { name: /^Remove: read “finance/ });
    await user.click(remove());
    expect((await screen.findByRole("alert")).textContent).toContain("so the rule stays");
    host.answer = () => Promise.resolve("allow");
    await user.click(remove());
    expect(await screen.findByText("The rule is gone.")).toBeTruthy();
    expect(screen.queryByRole("button", { name: /^Remove: read “finance/ })).toBeNull();
  });
});

it("lets go of what a file says no longer only after a yes", async () => {
  const { host, user } = await open();
  await user.click(screen.getByRole("button", { name: /^Let go of/ }));
  expect(await screen.findByText("Its file alone counts now.")).toBeTruthy();
  expect(host.told).toEqual(["forgetPolicy /home/ada/notes"]);
});
