import { render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, it } from "vitest";
import App from "./App.svelte";
import { workingDay } from "./host/examples";
import { Problem } from "./host/problem";
import { WindowState } from "./window.svelte";

beforeEach(() => void (location.hash = ""));

function open() {
  const host = workingDay(Date.now());
  host.record = host.record.slice(0, 5);
  render(App, { state: new WindowState(host) });
  return { host, user: userEvent.setup() };
}

const nav = () => screen.getByRole("navigation", { name: "Screens" });

it("leads to every screen from the sidebar, and marks the one that is shown", async () => {
  const { user } = open();
  for (const name of ["Activity", "Week", "Skills", "Decisions", "Workspaces", "Playground"]) {
    await user.click(within(nav()).getByRole("link", { name }));
    await screen.findByRole("heading", { level: 1, name });
    expect(within(nav()).getByRole("link", { name }).getAttribute("aria-current")).toBe("page");
  }
});

it("counts what waits, and follows the host", async () => {
  const { host } = open();
  expect(await within(nav()).findByText("1 waiting")).toBeTruthy();
  expect(nav().textContent).toMatch(/2 clients.*1 call is waiting for you/s);
  host.questions = [];
  host.touch("inbox", "status");
  expect(await within(nav()).findByText("Nothing waits for you")).toBeTruthy();
  expect(await screen.findByRole("heading", { name: "Nothing waits for you" })).toBeTruthy();
});

it("says that the host is away", async () => {
  const { host } = open();
  await within(nav()).findByText("1 waiting");
  host.failing.set("events", new Problem({ code: "host_unavailable", detail: "gone" }));
  host.touch("status");
  expect(await screen.findByText("The host does not answer")).toBeTruthy();
});

it("goes anywhere by the palette and the keyboard alone", async () => {
  const { user } = open();
  await user.keyboard("{Control>}k{/Control}");
  const box = await screen.findByRole("combobox", { name: "Find a screen or a skill" });
  await waitFor(() => expect(document.activeElement).toBe(box));
  await screen.findByRole("option", { name: "Try a tool of pdf-tools" });
  await user.keyboard("pdf{ArrowDown}");
  expect(screen.getByRole("option", { selected: true }).textContent).toMatch(/Try a tool of\s+pdf-tools/);
  await user.keyboard("{Enter}");
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  expect(location.hash).toBe("#/playground/pdf-tools");
});

it("closes the palette by Escape without going anywhere", async () => {
  const { user } = open();
  await user.keyboard("{Control>}k{/Control}");
  await screen.findByRole("combobox", { name: "Find a screen or a skill" });
  await user.keyboard("deci{Escape}");
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  expect(location.hash).toBe("");
});

it("keeps a call of the Playground going while another screen is looked at", async () => {
  const { host, user } = open();
  let end!: (output: unknown) => void;
  const usage = { runningMs: 1, waitingMs: 0, memory: 1 };
  host.run = () =>
    new Promise(
      (resolve) => (end = (output) => resolve({ call: "c-9", output, changes: [], refusals: [], usage })),
    );
  location.hash = "#/playground/files/list";
  await user.type(await screen.findByRole("textbox", { name: "path" }), "docs");
  await user.click(screen.getByRole("button", { name: "Run" }));
  await user.click(within(nav()).getByRole("link", { name: "Decisions" }));
  await screen.findByRole("heading", { level: 1, name: "Decisions" });
  end("here it is");
  await user.click(within(nav()).getByRole("link", { name: "Playground" }));
  expect((await screen.findByRole("region", { name: "Output" })).textContent).toBe("here it is");
  expect(screen.getByRole<HTMLInputElement>("textbox", { name: "path" }).value).toBe("docs");
});

it("pauses everything from any screen, and goes on only by a yes in the question window", async () => {
  const { host, user } = open();
  await user.click(within(nav()).getByRole("link", { name: "Skills" }));
  await user.click(within(nav()).getByRole("button", { name: "Pause everything" }));
  const banner = await screen.findByRole("region", { name: "Everything is paused" });
  let say!: (answer: "allow" | "deny") => void;
  host.answer = () => new Promise((answered) => (say = answered));
  await user.click(within(banner).getByRole("button", { name: "Go on…" }));
  expect(banner.textContent).toContain("Waiting for your yes in the question window.");
  await user.click(within(banner).getByRole("button", { name: "Show the question" }));
  say("deny");
  await waitFor(() => expect(banner.textContent).toContain("Everything stays paused."));
  expect(host.paused).toBe(true);
  await user.click(within(banner).getByRole("button", { name: "Go on…" }));
  say("allow");
  await waitFor(() => expect(screen.queryByRole("region", { name: "Everything is paused" })).toBeNull());
  expect(host.told).toEqual(["pause", "resume", "showAsk", "resume"]);
});
