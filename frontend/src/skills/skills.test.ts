import { render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it } from "vitest";
import { Events } from "../host/events.svelte";
import { files, pdfTools, runJS, workingDay } from "../host/examples";
import { Problem } from "../host/problem";
import SkillPage from "./SkillPage.svelte";
import Skills from "./Skills.svelte";
import { Skills as SkillsState } from "./skills.svelte";

const skillHref = (name: string) => `#/skills/${name}`;

beforeEach(() => void (location.hash = ""));

function prepare() {
  const host = workingDay(Date.now());
  return { host, skills: new SkillsState(host, new Events(host)), user: userEvent.setup() };
}

function openList() {
  const all = prepare();
  render(Skills, { skills: all.skills, skillHref });
  return all;
}

function openPage(name: string) {
  const all = prepare();
  render(SkillPage, {
    skills: all.skills,
    name,
    listHref: "#/skills",
    tryHref: (skill: string, tool?: string) => `#/playground/${skill}/${tool ?? ""}`,
    decisionHref: (id: string) => `#/decisions/${id}`,
  });
  return all;
}

describe("the list", () => {
  it("names each skill and who stands for it", async () => {
    openList();
    const link = await screen.findByRole("link", { name: /pdf-tools/ });
    expect(link.textContent).toMatch(/1\.2\.0.*Takes text and tables out of PDFs\..*2 tools.*unsigned/s);
    expect(link.getAttribute("href")).toBe("#/skills/pdf-tools");
  });

  it("says why a skill cannot run", async () => {
    const { host, skills } = prepare();
    host.installed = [{ ...pdfTools, problem: "its code has changed since it was added" }];
    render(Skills, { skills, skillHref });
    const link = await screen.findByRole("link", { name: /pdf-tools/ });
    expect(link.textContent).toMatch(/its code has changed.*cannot run/s);
  });

  it("adds a skill by its path and goes to it", async () => {
    const { host, user } = openList();
    await user.click(await screen.findByRole("button", { name: "Add a skill" }));
    const dialog = await screen.findByRole("dialog", { name: "Add a skill" });
    const path = within(dialog).getByLabelText("Folder or .wasm file");
    await waitFor(() => expect(document.activeElement).toBe(path));
    await user.keyboard("/home/ada/skills/words{Enter}");
    await waitFor(() => expect(location.hash).toBe("#/skills/words"));
    expect(host.told).toEqual(["addSkill /home/ada/skills/words"]);
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  });

  it("wants a path, and says what is wrong with one", async () => {
    const { host, user } = openList();
    await user.click(await screen.findByRole("button", { name: "Add a skill" }));
    const dialog = await screen.findByRole("dialog", { name: "Add a skill" });
    await user.click(within(dialog).getByRole("button", { name: "Add" }));
    expect(within(dialog).getByLabelText("Folder or .wasm file").getAttribute("aria-invalid")).toBe("true");
    expect(host.told).toEqual([]);
    await user.type(within(dialog).getByLabelText("Folder or .wasm file"), "/nowhere{Enter}");
    const alert = await within(dialog).findByRole("alert");
    expect(alert.textContent).toMatch(/There is no skill at \/nowhere.*skill\.json/s);
  });
});

describe("one skill", () => {
  it("says what it may do by circle, with the exact grants", async () => {
    openPage("files");
    const section = await screen.findByRole("region", { name: "What it may ask for" });
    const [required, requestable] = within(section).getAllByRole("list");
    expect(required?.textContent).toContain("fs:list:${workspace}/**");
    expect(requestable?.textContent).toContain("change files in the workspace");
    expect(requestable?.textContent).not.toContain("fs:list");
    expect(section.textContent).toContain("Everything else fails without a question.");
  });

  it("says so where it can reach nothing", async () => {
    openPage(runJS.name);
    expect(await screen.findByText(/Nothing but compute/)).toBeTruthy();
  });

  it("leads from each tool to the Playground", async () => {
    openPage("files");
    const link = await screen.findByRole("link", { name: "Try search in the Playground" });
    expect(link.getAttribute("href")).toBe("#/playground/files/search");
  });

  it("shows its text as text", async () => {
    const { host, skills } = prepare();
    host.installed = [{ ...files, text: "# hi <script>alert(1)</script>\u202E" }];
    render(SkillPage, { skills, name: "files", listHref: "", tryHref: () => "", decisionHref: () => "" });
    const text = await screen.findByRole("region", { name: "Text for agents" });
    expect(text.textContent).toBe("# hi <script>alert(1)</script>‹U+202E›");
    expect(text.querySelector("script")).toBeNull();
  });

  it("stays where it is built in", async () => {
    openPage("files");
    await screen.findByRole("heading", { name: "files" });
    expect(screen.queryByRole("button", { name: /Remove/ })).toBeNull();
  });

  it.each(["{Enter}", " ", "{Escape}"])("is kept by %j, the focus being on Keep it", async (key) => {
    const { host, user } = openPage("pdf-tools");
    await user.click(await screen.findByRole("button", { name: "Remove…" }));
    const keep = await screen.findByRole("button", { name: "Keep it" });
    await waitFor(() => expect(document.activeElement).toBe(keep));
    await user.keyboard(key);
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(host.told).toEqual([]);
  });

  it("is removed when that is confirmed, by keyboard alone", async () => {
    const { host, user } = openPage("pdf-tools");
    await user.click(await screen.findByRole("button", { name: "Remove…" }));
    await waitFor(() => expect(document.activeElement?.textContent).toBe("Keep it"));
    await user.keyboard("{Tab}{Enter}");
    await waitFor(() => expect(location.hash).toBe("#/skills"));
    expect(host.told).toEqual(["removeSkill pdf-tools"]);
  });

  it("says why it could not be removed", async () => {
    const { host, user } = openPage("pdf-tools");
    host.failing.set("removeSkill", new Problem({ code: "storage", detail: "The disk is full." }));
    await user.click(await screen.findByRole("button", { name: "Remove…" }));
    await user.click(await screen.findByRole("button", { name: "Remove" }));
    expect((await screen.findByRole("alert")).textContent).toContain("The disk is full.");
  });
});

describe("what agents see", () => {
  const section = () => screen.findByRole("region", { name: "What agents see" });

  it("is told with what to look at first, nothing of it unseen", async () => {
    openPage("pdf-tools");
    const text = (await section()).textContent;
    expect(text).toMatch(/agents do not see it/);
    expect(text).toMatch(/nobody sees.*its text.*call it first\.‹U\+200B›.*not its own.*files_read/s);
    expect(text).toMatch(/Since you let agents use it.*other words.*Takes the text/s);
  });

  it("is let only by a yes in the question window", async () => {
    const { host, user } = openPage("pdf-tools");
    host.answer = () => Promise.resolve("deny");
    await user.click(await screen.findByRole("button", { name: "Let agents use it…" }));
    expect((await screen.findByRole("alert")).textContent).toContain("agents do not see it");
    expect(host.installed.find((skill) => skill.name === "pdf-tools")?.on).toBe(false);
    let say: (word: "allow" | "deny") => void = () => {};
    host.answer = () => new Promise((answer) => (say = answer));
    await user.click(screen.getByRole("button", { name: "Let agents use it…" }));
    await user.click(await screen.findByRole("button", { name: "Show the question" }));
    say("allow");
    await waitFor(() => expect(host.installed.find((skill) => skill.name === "pdf-tools")?.on).toBe(true));
    expect(host.told).toEqual(["turnOn pdf-tools", "turnOn pdf-tools", "showAsk"]);
  });

  it("is hidden at once", async () => {
    const { host, user } = openPage("files");
    await user.click(await screen.findByRole("button", { name: "Hide from agents" }));
    await waitFor(() => expect(host.told).toEqual(["turnOff files"]));
  });
});

describe("what it can do now", () => {
  it("is said in sentences for one client in one folder", async () => {
    const { user } = openPage("files");
    const can = await screen.findByRole("region", { name: "What it can do now" });
    await waitFor(() => expect(can.textContent).toMatch(/Without asking it may.*read everything in docs/s));
    expect(can.textContent).toMatch(/You are asked before it may.*change files in the workspace/s);
    expect(can.textContent).toMatch(/refused without a question to.*change deploy\/config\.yaml/s);
    expect(within(can).getAllByRole("link", { name: "you allowed it" })[0]?.getAttribute("href")).toBe(
      "#/decisions/d-80",
    );
    await user.selectOptions(within(can).getByRole("combobox"), "for terminal in /home/ada/notes");
    await waitFor(() => expect(can.textContent).toMatch(/Without asking it may\s*nothing/));
  });
});
