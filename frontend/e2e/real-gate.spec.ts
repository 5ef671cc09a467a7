import type { Page } from "@playwright/test";
import { join } from "node:path";
import { expect, test } from "./real";

async function read(window: Page, workspace: string, path: string): Promise<void> {
  await window.getByRole("link", { name: "Playground", exact: true }).click();
  await window.getByRole("combobox", { name: "Tool" }).selectOption("read");
  await window.getByRole("textbox", { name: "path" }).fill(path);
  await window.getByRole("textbox", { name: "Workspace" }).fill(workspace);
  await window.getByRole("button", { name: "Run" }).click();
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
  await window.getByRole("button", { name: "Run" }).click();
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

test("a call is cancelled while its question is open, and the question goes", async ({ real }) => {
  const { window, workspace } = real;
  await read(window, workspace, "notes/plan.md");
  await expect(window.getByText("Waiting for your answer")).toBeVisible();
  await window.getByRole("button", { name: "Cancel" }).click();
  await expect(window.getByText("cancelled", { exact: true })).toBeVisible();
  await window.getByRole("link", { name: /^Inbox/ }).click();
  await expect(window.getByRole("heading", { name: "Nothing waits for you" })).toBeVisible();
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

test("the host's problem with an input is told", async ({ real }) => {
  const { window } = real;
  await read(window, "/etc", "passwd");
  await expect(window.getByRole("alert")).toContainText("cannot be a workspace");
});
