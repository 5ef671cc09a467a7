import type { Page } from "@playwright/test";
import { join } from "node:path";
import { expect, test } from "./real";

async function read(window: Page, workspace: string, path: string): Promise<void> {
  await window.getByRole("link", { name: "Playground", exact: true }).click();
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
