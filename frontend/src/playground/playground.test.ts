import { render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it } from "vitest";
import { Events } from "../host/events.svelte";
import { files, workingDay } from "../host/examples";
import { Problem } from "../host/problem";
import type { Call, CallResult } from "../host/shapes";
import Playground from "./Playground.svelte";
import { Playground as PlaygroundState } from "./playground.svelte";

const usage = { runningMs: 2.4, waitingMs: 3100, memory: 6 << 20 };

beforeEach(() => void (location.hash = ""));

function open(tool: string, inputSchema?: unknown) {
  const host = workingDay(Date.now());
  if (inputSchema !== undefined) {
    host.installed = [{ ...files, toolList: [{ name: tool, description: "", inputSchema }] }];
  }
  const events = new Events(host);
  const playground = new PlaygroundState(host, events);
  host.run = async () => ({ call: "c-9", output: { ok: true }, changes: [], refusals: [], usage });
  render(Playground, {
    playground,
    skill: "files",
    tool,
    addHref: "#/skills",
    hrefOf: (skill: string, tool?: string) => `#/playground/${skill}/${tool ?? ""}`,
  });
  const sent = () => JSON.parse((host.told.find((told) => told.startsWith("call ")) ?? "").slice(5));
  return { host, events, playground, sent, user: userEvent.setup() };
}

const run = () => screen.findByRole("button", { name: "Run" });
const result = () => screen.getByRole("region", { name: "Result" });

describe("a dry run", () => {
  it("says what the tool would have asked for, and that nothing was done", async () => {
    const { host, sent, user } = open("search", { type: "object", properties: {} });
    const wish = { sentence: "read “a.md” in the workspace", grant: "fs:read:${workspace}/a.md", times: 2 };
    const line = { sentence: "see the names of files in the workspace", grant: "fs:list:${workspace}/**" };
    host.run = async () => ({
      call: "c-9",
      output: null,
      changes: [],
      refusals: [],
      usage,
      dry: { wishes: [wish], missing: [wish], unused: [line], requires: [], optional: [] },
    });
    await user.click(await screen.findByRole("button", { name: "Dry run" }));
    await within(result()).findByText("dry run");
    expect(sent().dry).toBe(true);
    expect(within(screen.getByRole("list", { name: "Wishes" })).getByText(/2 times/)).toBeDefined();
    expect(screen.getByRole("list", { name: "Missing lines" }).textContent).toContain("a.md");
    expect(screen.getByRole("list", { name: "Unused lines" }).textContent).toContain("names of files");
    expect(within(result()).getByText(/Nothing was opened/)).toBeDefined();
  });
});

describe("the form", () => {
  it("sends what was filled in and leaves out what was not", async () => {
    const { sent, user } = open("search");
    await user.type(await screen.findByRole("textbox", { name: "text" }), "needle");
    await user.click(screen.getByRole("button", { name: "Add to kinds" }));
    await user.type(screen.getByRole("textbox", { name: "kinds 1" }), "md");
    await user.selectOptions(screen.getByRole("combobox", { name: "mode" }), "words");
    await user.click(screen.getByRole("checkbox", { name: "ignoreCase" }));
    await user.type(screen.getByRole("textbox", { name: "depth" }), "3");
    await user.type(screen.getByRole("textbox", { name: "Workspace" }), "/home/ada/work");
    await user.click(await run());
    await within(result()).findByText("done");
    expect(sent()).toEqual({
      skill: "files",
      tool: "search",
      workspace: "/home/ada/work",
      input: { text: "needle", kinds: ["md"], mode: "words", ignoreCase: false, within: { depth: 3 } },
    });
  });

  it("says beside each field what is wrong, goes to the first, and calls nothing", async () => {
    const { host, user } = open("search");
    await user.type(await screen.findByRole("textbox", { name: "depth" }), "2.5");
    await user.type(screen.getByRole("textbox", { name: "ranges" }), "[[1,]");
    await user.click(await run());
    const text = screen.getByRole("textbox", { name: "text" });
    expect(text.getAttribute("aria-invalid")).toBe("true");
    expect(describedBy(text)).toContain("This is needed.");
    expect(describedBy(screen.getByRole("textbox", { name: "depth" }))).toContain(
      "This is not a whole number.",
    );
    expect(describedBy(screen.getByRole("textbox", { name: "ranges" }))).toContain("This is not JSON");
    await waitFor(() => expect(document.activeElement).toBe(text));
    expect(host.told).toEqual([]);
  });

  it("takes any other schema as JSON", async () => {
    const { sent, user } = open("any", { oneOf: [{ type: "string" }, { type: "object" }] });
    await user.click(await screen.findByRole("textbox", { name: "Input" }));
    await user.paste('{"__proto__": 1, "a": [2]}');
    await user.click(await run());
    await within(result()).findByText("done");
    expect(JSON.stringify(sent().input)).toBe('{"__proto__":1,"a":[2]}');
  });

  it("keeps what was typed when a skill is read again", async () => {
    const { events, user } = open("read");
    await user.type(await screen.findByRole("textbox", { name: "Path" }), "a.txt");
    events.tell(["skills"]);
    await waitFor(() =>
      expect(screen.getByRole<HTMLInputElement>("textbox", { name: "Path" }).value).toBe("a.txt"),
    );
  });

  it("goes to another skill or tool by its address", async () => {
    const { user } = open("read");
    await user.selectOptions(await screen.findByRole("combobox", { name: "Tool" }), "search");
    expect(location.hash).toBe("#/playground/files/search");
    await user.selectOptions(screen.getByRole("combobox", { name: "Skill" }), "web");
    expect(location.hash).toBe("#/playground/web/");
  });
});

describe("the call", () => {
  async function started() {
    const all = open("list");
    let end!: { resolve: (result: CallResult) => void; reject: (reason: unknown) => void };
    all.host.run = () => new Promise((resolve, reject) => (end = { resolve, reject }));
    await all.user.type(await screen.findByRole("textbox", { name: "path" }), ".");
    await all.user.click(await run());
    const call = {
      ...(all.host.record[0] as Call),
      id: "c-9",
      client: "playground",
      skill: "files",
      tool: "list",
    };
    all.host.record = [call, ...all.host.record];
    all.events.tell(["calls"]);
    return { ...all, end };
  }

  it("says that it waits for an answer, and where", async () => {
    const { host, user, end } = await started();
    await within(result()).findByText("Waiting for your answer in the Gatehouse question window.");
    await user.click(within(result()).getByRole("button", { name: "Show the question" }));
    expect(host.told.at(-1)).toBe("showAsk");
    end.resolve({ call: "c-9", output: ["a.txt"], changes: [], refusals: [], usage });
    await within(result()).findByText("done");
    expect(within(result()).getByRole("region", { name: "Output" }).textContent).toBe('[\n  "a.txt"\n]');
    expect(result().textContent).toContain("ran 2.4 ms · waited 3.1 s · 6 MiB");
  });

  it("is cancelled by its own id", async () => {
    const { host, user, end } = await started();
    await within(result()).findByText(/Waiting/);
    await user.click(screen.getByRole("button", { name: "Cancel" }));
    await within(result()).findByText("cancelling");
    expect(host.told.at(-1)).toBe("cancel c-9");
    end.reject(new Problem({ code: "cancelled", detail: "The call was cancelled." }));
    await within(result()).findByText("cancelled");
  });

  it("is withdrawn where its id is not known yet", async () => {
    const { host, user } = open("list");
    host.run = (_, signal) =>
      new Promise((_, gone) =>
        signal.addEventListener("abort", () => gone(Problem.unreachable(signal.reason))),
      );
    await user.type(await screen.findByRole("textbox", { name: "path" }), ".");
    await user.click(await run());
    await user.click(await screen.findByRole("button", { name: "Cancel" }));
    await within(result()).findByText("cancelled");
  });

  it("shows what the skill was refused and did without, and its output as text", async () => {
    const { user, end } = await started();
    end.resolve({
      call: "c-9",
      output: "<img src=x>\nline\u202E",
      changes: [],
      refusals: [{ code: "denied", grant: "fs:read:${workspace}/b.txt", sentence: "read b.txt" }],
      usage,
    });
    await within(result()).findByText("It did without");
    expect(within(result()).getByRole("listitem").textContent).toMatch(
      /denied.*read b\.txt.*fs:read:\$\{workspace\}\/b\.txt/s,
    );
    const output = within(result()).getByRole("region", { name: "Output" });
    expect(output.textContent).toBe("<img src=x>\nline‹U+202E›");
    expect(output.querySelector("img")).toBeNull();
    expect(user).toBeTruthy();
  });

  it("says why it failed, what to do, and the skill's own words", async () => {
    const { end } = await started();
    end.reject(
      new Problem({
        code: "denied",
        detail: "The skill may not have fs:read:${workspace}/b.txt.",
        hint: "You can decide under Decisions.",
        grant: "fs:read:${workspace}/b.txt",
        said: "open b.txt: permission denied",
      }),
    );
    const alert = await within(result()).findByRole("alert");
    expect(alert.textContent).toMatch(/may not have.*under Decisions\./s);
    expect(within(result()).getByText("denied")).toBeTruthy();
    expect(within(result()).getByRole("region", { name: "The skill's own words" }).textContent).toContain(
      "open b.txt",
    );
  });
});

function describedBy(element: HTMLElement): string {
  const ids = element.getAttribute("aria-describedby")?.split(" ") ?? [];
  return ids.map((id) => document.getElementById(id)?.textContent ?? "").join(" ");
}
