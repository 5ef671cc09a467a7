import type { Page } from "@playwright/test";
import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, test } from "./real";

async function read(window: Page, workspace: string, path: string): Promise<void> {
  await window.getByRole("link", { name: "Playground", exact: true }).click();
  await window.getByRole("combobox", { name: "Skill" }).selectOption("files");
  await window.getByRole("combobox", { name: "Tool" }).selectOption("read");
  await window.getByRole("textbox", { name: "path" }).fill(path);
  await window.getByRole("textbox", { name: "Workspace" }).fill(workspace);
  await window.getByRole("button", { name: "Run", exact: true }).click();
}

/** Presses an allow button of ask, which wants a moment of being seen first. */
async function allow(ask: Page, name: string): Promise<void> {
  await ask.bringToFront();
  const button = ask.getByRole("button", { name, exact: true });
  await expect(button).toBeEnabled();
  await button.click();
}

test("a call stops inside its open, is answered in ask, and goes on", async ({ real }) => {
  const { window, ask, workspace, shots } = real;
  const output = window.getByRole("region", { name: "Output" });
  const waiting = window.getByText("Waiting for your answer in the Gatehouse question window.");

  await read(window, workspace, "notes/plan.md");
  await expect(waiting).toBeVisible();
  await allow(ask, "Allow"); // the folder, and what the skill requires
  await expect(ask.getByRole("heading", { name: /plan\.md/ })).toBeVisible();
  await window.bringToFront();
  await window.getByRole("link", { name: /^Inbox/ }).click();
  await expect(window.getByRole("heading", { name: /Read\s+plan\.md/ })).toBeVisible();
  await window.screenshot({ path: join(shots, "inbox.png") });
  await allow(ask, "Allow once");
  await window.bringToFront();
  await window.getByRole("link", { name: "Playground", exact: true }).click();
  await expect(output).toContainText("Ship the gate.");
  await window.screenshot({ path: join(shots, "playground.png") });

  // Once was once: the next is asked, and denied from the inbox.
  await window.getByRole("button", { name: "Run", exact: true }).click();
  await expect(waiting).toBeVisible();
  await window.getByRole("link", { name: /^Inbox/ }).click();
  await window.getByRole("button", { name: /^Deny: Read plan\.md/ }).click();
  await expect(window.getByRole("heading", { name: "Nothing waits for you" })).toBeVisible();
  await window.getByRole("link", { name: "Playground", exact: true }).click();
  const result = window.getByRole("region", { name: "Result" });
  await expect(result.getByText("denied", { exact: true }).first()).toBeVisible();

  await window.getByRole("link", { name: "Activity", exact: true }).click();
  await expect(window.getByRole("row", { name: /files read.*denied/ })).toBeVisible();
  await window.getByRole("button", { name: "files read" }).last().click();
  await window.screenshot({ path: join(shots, "activity.png") });
});

test("a call is cancelled while its question is open, and nobody can answer that any more", async ({
  real,
}) => {
  const { window, workspace } = real;
  await read(window, workspace, "notes/plan.md");
  await expect(window.getByText("Waiting for your answer")).toBeVisible();
  await window.getByRole("button", { name: "Cancel" }).click();
  await expect(window.getByText("cancelled", { exact: true })).toBeVisible();
  await window.getByRole("link", { name: /^Inbox/ }).click();
  await expect(window.getByRole("heading", { name: "Nothing to answer any more" })).toBeVisible();
  await expect(window.getByRole("button", { name: "Show the question" })).toHaveCount(0);
});

test("what the host says of skills, decisions and workspaces is shown", async ({ real }) => {
  const { window, ask, workspace, shots } = real;
  await window.getByRole("link", { name: "Skills", exact: true }).click();
  await window.getByRole("link", { name: /^files/ }).click();
  await expect(window.getByRole("region", { name: "What it may ask for" })).toContainText(
    "fs:list:${workspace}/**",
  );
  await window.screenshot({ path: join(shots, "skill.png") });

  await read(window, workspace, "notes/plan.md");
  await allow(ask, "Allow");
  await allow(ask, "Allow once");
  await window.bringToFront();
  await expect(window.getByRole("region", { name: "Output" })).toContainText("Ship the gate.");
  await window.getByRole("link", { name: "Decisions", exact: true }).click();
  await expect(window.getByRole("button", { name: /^Revoke/ }).first()).toBeVisible();
  await window.screenshot({ path: join(shots, "decisions.png") });
  await window.getByRole("link", { name: "Workspaces", exact: true }).click();
  await window.screenshot({ path: join(shots, "workspaces.png") });
  await window.getByRole("button", { name: /^Forget/ }).click();
  await expect(window.getByRole("heading", { name: "No folder is confirmed" })).toBeVisible();
});

test("what is taken back or paused comes back only by a yes in ask", async ({ real }) => {
  const { window, ask, workspace, shots } = real;
  const go = (name: string) => window.getByRole("link", { name, exact: true }).click();
  await read(window, workspace, "notes/plan.md");
  await allow(ask, "Allow");
  await expect(ask.getByRole("heading", { name: /plan\.md/ })).toBeVisible();
  await window.bringToFront();
  await allow(ask, "Allow once");
  await window.bringToFront();
  await expect(window.getByRole("region", { name: "Output" })).toContainText("Ship the gate.");

  await go("Policy");
  const sentence = window.getByRole("form", { name: "Test a sentence" });
  await sentence.getByRole("combobox", { name: "Skill" }).selectOption("files");
  await sentence.getByRole("textbox", { name: "To what" }).fill("notes/plan.md");
  await window.keyboard.press("Enter");
  await expect(sentence).toContainText("you would be asked");
  await window.screenshot({ path: join(shots, "policy.png") });

  await go("Decisions");
  await window.getByRole("checkbox", { name: /^Select all/ }).check();
  await window.getByRole("button", { name: /^Revoke \d+ decisions$/ }).click();
  await expect(window.getByRole("heading", { name: "Nothing is decided" })).toBeVisible();
  await window.getByText("Recently gone").click();
  await window.getByRole("button", { name: /^Give back: work in/i }).click();
  await expect(window.getByText("Waiting for your yes in the question window.")).toBeVisible();
  await allow(ask, "Allow");
  await window.bringToFront();
  await expect(window.getByText("1 decision holds again.")).toBeVisible();
  await window.screenshot({ path: join(shots, "decisions-back.png") });

  await window.getByRole("button", { name: "Pause everything" }).click();
  await window.getByRole("button", { name: "Go on…" }).click();
  await allow(ask, "Allow");
  await window.bringToFront();
  await expect(window.getByRole("region", { name: "Everything is paused" })).toHaveCount(0);

  await go("Activity");
  await expect(window.getByRole("slider", { name: "Calls, over time" })).toBeVisible();
  await window.getByRole("combobox", { name: "Outcome" }).selectOption("Done");
  await expect(window.getByRole("row", { name: /files read.*done/ })).toBeVisible();
  await window.screenshot({ path: join(shots, "activity-plots.png") });
});

test("the host's problem with an input is told", async ({ real }) => {
  const { window } = real;
  await read(window, "/etc", "passwd");
  await expect(window.getByRole("alert")).toContainText("cannot be a workspace");
});

test("a client is connected in ask alone, and taken away without it", async ({ real }) => {
  const { window, ask, workspace, shots } = real;
  const file = join(dirname(workspace), "mcp.json");
  const before = '{\n  "mcpServers": {\n    "other": { "command": "x" }\n  }\n}\n';
  await writeFile(file, before);
  await window.getByRole("link", { name: "Clients", exact: true }).click();
  await expect(window.getByRole("heading", { name: "No client is connected" })).toBeVisible();
  await window.getByRole("button", { name: "Connect a client" }).first().click();
  const dialog = window.getByRole("dialog", { name: "Connect a client" });
  await dialog.getByText("Cursor", { exact: true }).click();
  await dialog.getByRole("textbox", { name: "Folder it may work in" }).fill(workspace);
  await dialog.getByText("Another name, or another file").click();
  await dialog.getByRole("textbox", { name: "Its configuration" }).fill(file);
  await window.keyboard.press("Tab");
  await expect(dialog.getByRole("region", { name: "What would be done" })).toContainText("mcp.json");
  await expect(dialog.getByRole("region", { name: "What would be done" })).not.toContainText("ghc_");
  await dialog.getByRole("button", { name: "Propose…" }).click();
  await expect(window.getByText("Waiting for your yes in the question window.")).toBeVisible();
  expect(await readFile(file, "utf8")).toBe(before);

  await ask.bringToFront();
  await expect(ask.getByRole("heading", { name: /Connect Cursor as\s+cursor/ })).toBeVisible();
  await expect(ask.getByRole("alertdialog")).toContainText("acme");
  await expect(ask.getByRole("alertdialog")).toContainText("mcp.json");
  await ask.screenshot({ path: join(shots, "ask-connect.png") });
  await allow(ask, "Allow");
  await window.bringToFront();
  await expect(window.getByRole("status").filter({ hasText: "Cursor is connected" })).toBeVisible();
  expect(await readFile(file, "utf8")).toContain('"GATEHOUSE_CLIENT": "ghc_');
  await window.screenshot({ path: join(shots, "clients.png") });
  await window.getByRole("link", { name: "Workspaces", exact: true }).click();
  await expect(window.getByText("for cursor")).toBeVisible();

  await window.getByRole("link", { name: "Clients", exact: true }).click();
  await window.getByRole("button", { name: "Disconnect cursor…" }).click();
  await window.getByRole("button", { name: "Disconnect", exact: true }).click();
  await expect(window.getByRole("heading", { name: "No client is connected" })).toBeVisible();
  expect(await readFile(file, "utf8")).toBe(before);
});

test("a skill is hidden from agents at once, and shown to them only by a yes in ask", async ({ real }) => {
  const { window, ask, shots } = real;
  await window.getByRole("link", { name: "Skills", exact: true }).click();
  await window.getByRole("link", { name: /^files/ }).click();
  const agents = window.getByRole("region", { name: "What agents see" });
  await agents.getByRole("button", { name: "Hide from agents" }).click();
  await expect(agents).toContainText("agents do not see it");
  await agents.getByRole("button", { name: "Let agents use it…" }).click();
  await expect(agents).toContainText("Waiting for your yes");
  await ask.bringToFront();
  await expect(ask.getByRole("heading", { name: /Let agents use\s+files/ })).toBeVisible();
  await ask.screenshot({ path: join(shots, "ask-agents.png") });
  await allow(ask, "Allow");
  await window.bringToFront();
  await expect(agents.getByText("agents see it")).toBeVisible();
});
