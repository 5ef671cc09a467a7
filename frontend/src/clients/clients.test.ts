import { render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import { Events } from "../host/events.svelte";
import { workingDay } from "../host/examples";
import { FakeHost } from "../host/fake";
import { Problem } from "../host/problem";
import Clients from "./Clients.svelte";
import { Clients as ClientsState } from "./clients.svelte";

function open(host = workingDay(Date.now())) {
  const clients = new ClientsState(host, new Events(host));
  render(Clients, { clients, activityHref: "#/activity" });
  return { host, clients, user: userEvent.setup() };
}

const said = () => screen.getByRole("status").textContent;

const card = async (name: string) => {
  const heading = await screen.findByRole("heading", { name });
  return heading.closest("li") as HTMLElement;
};

async function dialog() {
  const opened = open();
  await opened.user.click(await screen.findByRole("button", { name: "Connect a client" }));
  return { ...opened, form: within(await screen.findByRole("dialog", { name: "Connect a client" })) };
}

it("says of each where it works, through which file, and what it did lately", async () => {
  open();
  expect((await card("claude-code")).textContent).toMatch(
    /connected now.*\/home\/ada\/work\/acme.*\/home\/ada\/\.claude\.json.*pdf-tools.*extract/s,
  );
  expect((await card("vs-code")).textContent).toMatch(/VS Code.*last seen.*no folder yet/s);
});

it("says what to do so that one comes for the first time", async () => {
  const host = workingDay(Date.now());
  const [one] = host.connected;
  if (!one) throw new Error("the examples are empty");
  host.connected = [
    { ...one, name: "cursor", connected: 0, seen: undefined, next: "Quit it and start it again." },
  ];
  open(host);
  expect((await card("cursor")).textContent).toMatch(
    /never seen yet.*nothing yet.*Quit it and start it again\./s,
  );
});

it("teaches where there is none", async () => {
  open(new FakeHost());
  expect(await screen.findByText("No client is connected")).toBeTruthy();
});

describe("connecting", () => {
  it("shows the file and the entry first, and is proposed", async () => {
    const { host, user, form } = await dialog();
    const propose = form.getByRole<HTMLButtonElement>("button", { name: "Propose…" });
    expect(propose.disabled).toBe(true);
    await user.click(form.getByRole("radio", { name: /^Cursor/ }));
    const plan = await form.findByRole("region", { name: "What would be done" });
    expect(plan.textContent).toMatch(
      /\/home\/ada\/\.cursor\/mcp\.json.*GATEHOUSE_CLIENT": "••••".*copy is kept/s,
    );
    await user.type(form.getByRole("textbox", { name: /^Folder/ }), "/home/ada/work{Tab}");
    await user.click(propose);
    await waitFor(() => expect(said()).toMatch(/Cursor is connected\. Next: Open a new session/));
    expect(host.told.at(-1)).toBe('connectClient {"kind":"cursor","workspace":"/home/ada/work"}');
    expect(await card("cursor")).toBeTruthy();
  });

  it("changes nothing without a yes in the question window", async () => {
    const { host, user, form } = await dialog();
    let say: (word: "allow" | "deny") => void = () => {};
    host.answer = () => new Promise((answer) => (say = answer));
    await user.click(form.getByRole("radio", { name: /^Cursor/ }));
    await form.findByRole("region", { name: "What would be done" });
    await user.click(form.getByRole("button", { name: "Propose…" }));
    await user.click(await screen.findByRole("button", { name: "Show the question" }));
    expect(host.told.at(-1)).toBe("showAsk");
    say("deny");
    expect((await screen.findByRole("alert")).textContent).toContain("nothing has changed");
    expect(screen.queryByRole("heading", { name: "cursor" })).toBeNull();
  });

  it("says why a file cannot be used, and offers nothing then", async () => {
    const { host, user, form } = await dialog();
    host.failing.set(
      "planClient",
      new Problem({ code: "invalid_input", detail: "It is not JSON.", hint: "Mend it." }),
    );
    await user.click(form.getByRole("radio", { name: /^Zed/ }));
    expect((await form.findByRole("alert")).textContent).toMatch(/It is not JSON.*Mend it/s);
    expect(form.getByRole<HTMLButtonElement>("button", { name: "Propose…" }).disabled).toBe(true);
  });

  it("goes by keyboard alone, and Escape does nothing", async () => {
    const { host, user, form } = await dialog();
    await waitFor(() => expect(document.activeElement?.getAttribute("type")).toBe("radio"));
    await user.keyboard(" ");
    await form.findByRole("region", { name: "What would be done" });
    await user.keyboard("{Escape}");
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(host.told.some((told) => told.startsWith("connectClient"))).toBe(false);
  });
});

describe("profiles", () => {
  const section = () => screen.findByRole("region", { name: "Profiles" });

  it("say in sentences what they leave in, and for whom", async () => {
    open();
    const text = (await section()).textContent;
    expect(text).toMatch(
      /reading.*for\s*claude-code.*Only\s*files, web.*only be asked to.*read files.*never.*everything in hr/s,
    );
    expect(text).toMatch(/everything.*for no\s+client.*Every skill/s);
  });

  it("are given at once where that leaves out, and by a yes where it does not", async () => {
    const { host, user } = open();
    await user.selectOptions(await screen.findByRole("combobox", { name: "Profile of vs-code" }), "reading");
    await waitFor(() => expect(said()).toContain("It holds from now on."));
    host.answer = () => Promise.resolve("deny");
    const select = screen.getByRole<HTMLSelectElement>("combobox", { name: "Profile of claude-code" });
    await user.selectOptions(select, "none: all that is turned on");
    expect((await screen.findByRole("alert")).textContent).toContain("nothing has changed");
    await waitFor(() => expect(select.value).toBe("reading"));
    expect(host.told).toEqual(["useProfile vs-code reading", "useProfile claude-code"]);
  });

  it("are made and changed in a form", async () => {
    const { host, user } = open();
    await user.click(await screen.findByRole("button", { name: "New profile" }));
    const form = within(await screen.findByRole("dialog", { name: "New profile" }));
    await user.click(form.getByRole("button", { name: "Make it" }));
    expect(form.getByLabelText("Name").getAttribute("aria-invalid")).toBe("true");
    await user.type(form.getByLabelText("Name"), "tests");
    await user.click(form.getByRole("radio", { name: "Only some" }));
    await user.click(form.getByRole("checkbox", { name: "files" }));
    await user.type(form.getByLabelText("Refused"), "env:HOME{Enter}values");
    await user.click(form.getByRole("button", { name: "Make it" }));
    await waitFor(() => expect(host.told).toHaveLength(1));
    expect(JSON.parse(host.told[0]?.replace("setProfile ", "") ?? "")).toEqual({
      ...{ name: "tests", allSkills: false, skills: ["files"], ceiling: false },
      ...{ only: [], deny: ["env:HOME", "values"], ask: [] },
    });
    expect((await section()).textContent).toContain("tests");
    await user.click(screen.getByRole("button", { name: "Change the profile reading" }));
    const change = within(await screen.findByRole("dialog", { name: "Change reading" }));
    expect(change.getByLabelText<HTMLTextAreaElement>("Refused").value).toBe("fs:read:${workspace}/hr/**");
  });

  it("come back as they were typed where they cannot be kept, and not after a no", async () => {
    const { host, user } = open();
    host.failing.set("setProfile", new Problem({ code: "invalid_input", detail: "That is no grant." }));
    await user.click(await screen.findByRole("button", { name: "New profile" }));
    let form = within(await screen.findByRole("dialog", { name: "New profile" }));
    await user.type(form.getByLabelText("Name"), "tests");
    await user.type(form.getByLabelText("Refused"), "evn:HOME");
    await user.click(form.getByRole("button", { name: "Make it" }));
    form = within(await screen.findByRole("dialog", { name: "New profile" }));
    expect((await form.findByRole("alert")).textContent).toContain("That is no grant.");
    expect(form.getByLabelText<HTMLInputElement>("Name").value).toBe("tests");
    expect(form.getByLabelText<HTMLTextAreaElement>("Refused").value).toBe("evn:HOME");
    await user.keyboard("{Escape}");
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    await user.click(screen.getByRole("button", { name: "New profile" }));
    form = within(await screen.findByRole("dialog", { name: "New profile" }));
    expect(form.getByLabelText<HTMLInputElement>("Name").value).toBe("");
    expect(form.queryByRole("alert")).toBeNull();
    await user.keyboard("{Escape}");

    host.failing.delete("setProfile");
    host.answer = () => Promise.resolve("deny");
    await user.click(screen.getByRole("button", { name: "Change the profile reading" }));
    form = within(await screen.findByRole("dialog", { name: "Change reading" }));
    await user.clear(form.getByLabelText("Refused"));
    await user.click(form.getByRole("button", { name: "Change" }));
    expect((await screen.findByRole("alert")).textContent).toContain("nothing has changed");
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
  });

  it("go where no client has them", async () => {
    const { host, user } = open();
    await user.click(await screen.findByRole("button", { name: "Remove the profile everything" }));
    await waitFor(() => expect(host.told).toEqual(["removeProfile everything"]));
    expect(screen.queryByRole("button", { name: "Remove the profile reading" })).toBeNull();
  });
});

it("shows agents every tool, or only those that find the others", async () => {
  const { host, user } = open();
  await user.click(await screen.findByRole("radio", { name: /^Only Gatehouse's own/ }));
  await waitFor(() => expect(host.search).toBe(true));
});

it("gives agents Wassette's tools only after a yes, and takes them away at once", async () => {
  const { host, user } = open();
  host.answer = async () => "deny";
  await user.click(await screen.findByRole("button", { name: "Turn them on…" }));
  expect((await screen.findByRole("alert")).textContent).toContain("nothing has changed");
  expect(host.foreign).toBe(false);
  host.answer = async () => "allow";
  await user.click(screen.getByRole("button", { name: "Turn them on…" }));
  await user.click(await screen.findByRole("button", { name: "Turn them off" }));
  await waitFor(() => expect(said()).toContain("Wassette's tools are off."));
  expect(host.told).toEqual(["setWassette true", "setWassette true", "setWassette false"]);
});

describe("taking one away", () => {
  it.each(["{Enter}", " ", "{Escape}"])("is not done by %j, the focus being on Keep it", async (key) => {
    const { host, user } = open();
    await user.click(await screen.findByRole("button", { name: "Disconnect claude-code…" }));
    const keep = await screen.findByRole("button", { name: "Keep it" });
    await waitFor(() => expect(document.activeElement).toBe(keep));
    await user.keyboard(key);
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(host.told).toEqual([]);
  });

  it("asks nobody, and says what went with it", async () => {
    const { host, user } = open();
    await user.click(await screen.findByRole("button", { name: "Disconnect claude-code…" }));
    await user.click(await screen.findByRole("button", { name: "Disconnect" }));
    await waitFor(() => expect(said()).toMatch(/claude-code\s+is disconnected, and \d+ decisions with\s+it/));
    expect(host.told).toEqual(["disconnectClient claude-code"]);
    expect(screen.queryByRole("heading", { name: "claude-code" })).toBeNull();
  });

  it("says why it could not be done", async () => {
    const { host, user } = open();
    host.failing.set("disconnectClient", new Problem({ code: "storage", detail: "The disk is full." }));
    await user.click(await screen.findByRole("button", { name: "Disconnect claude-code…" }));
    await user.click(await screen.findByRole("button", { name: "Disconnect" }));
    expect((await screen.findByRole("alert")).textContent).toContain("The disk is full.");
  });
});
