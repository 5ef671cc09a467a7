import { files } from "../src/host/examples";
import { Problem } from "../src/host/problem";
import type { Call } from "../src/host/shapes";
import { expect, test } from "./window";

test("a person denies, revokes, forgets and removes", async ({ opened, page }) => {
  const { host } = opened;
  await opened.go("#/inbox");
  await page.getByRole("button", { name: "Show the question" }).click();
  await page.getByRole("button", { name: "Deny: Read payroll.csv" }).click();
  await page.getByRole("button", { name: "Dismiss: Change config.yaml" }).click();
  await page.getByRole("button", { name: "Dismiss: Read offer-2026.pdf" }).click();
  await expect(page.getByRole("heading", { name: "Nothing waits for you" })).toBeVisible();

  await page.getByRole("link", { name: "Decisions" }).click();
  await page.getByRole("button", { name: "Revoke: change deploy/config.yaml" }).click();
  await expect(page.getByRole("button", { name: /config\.yaml/ })).toHaveCount(0);

  await page.getByRole("link", { name: "Workspaces" }).click();
  await page.getByRole("button", { name: "Forget /home/ada/notes for terminal" }).click();
  await expect(page.getByText("/home/ada/notes")).toHaveCount(0);

  await page.getByRole("link", { name: "Skills" }).click();
  await page.getByRole("link", { name: /pdf-tools/ }).click();
  await page.getByRole("button", { name: "Remove…" }).click();
  await expect(page.getByRole("button", { name: "Keep it" })).toBeFocused();
  await opened.look("skill-remove");
  await page.getByRole("button", { name: "Remove", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Skills" })).toBeVisible();
  await expect(page.getByRole("link", { name: /pdf-tools/ })).toHaveCount(0);

  const told = [
    "showAsk",
    "deny q-1",
    "dismiss q-3",
    "dismiss q-4",
    "revoke d-79",
    "revoke d-76",
    "removeSkill pdf-tools",
  ];
  expect(host.told).toEqual(told);
});

test("several decisions are taken back by keyboard, and one is given back by a yes in the question window", async ({
  opened,
  page,
}) => {
  const { host } = opened;
  await opened.go("#/decisions");
  for (const name of ["read everything in docs", "fetch pages from en.wikipedia.org"]) {
    await page.getByRole("checkbox", { name: `Select: ${name}` }).focus();
    await page.keyboard.press("Space");
  }
  await opened.look("decisions-selected");
  await page.getByRole("button", { name: "Revoke 2 decisions" }).focus();
  await page.keyboard.press("Enter");
  let yes!: () => void;
  host.answer = () => new Promise((say) => (yes = () => say("allow")));
  await expect(page.getByText("2 decisions revoked.")).toBeVisible();
  await opened.look("decisions-revoked");
  await page.getByRole("button", { name: "Undo…" }).click();
  await expect(page.getByText("Waiting for your yes in the question window: 1 of 2.")).toBeVisible();
  await opened.look("decisions-asking");
  yes();
  await expect(page.getByText("question window: 2 of 2.")).toBeVisible();
  host.answer = () => Promise.resolve("deny");
  yes();
  await page.getByRole("button", { name: "Close this notice" }).click();
  await page.getByText("Recently gone").click();
  await opened.look("decisions-gone");
  await page.getByRole("button", { name: "Give back: read “assets/**” in the workspace" }).click();
  await expect(page.getByRole("alert")).toContainText("You did not give it back");
});

test("everything is paused by one press, and the inbox holds what was missed", async ({ opened, page }) => {
  await opened.go("#/inbox");
  await page.getByRole("button", { name: "Pause everything" }).click();
  await expect(page.getByText("Everything is paused.")).toBeVisible();
  await opened.look("paused");
  await page.getByRole("button", { name: "Go on…" }).click();
  await expect(page.getByRole("region", { name: "Everything is paused" })).toHaveCount(0);
  await page.getByRole("button", { name: "Dismiss: Read offer-2026.pdf" }).click();
  await page.getByRole("button", { name: "Ask me again: Change config.yaml" }).click();
  await expect(page.getByRole("region", { name: "Not answered in time" })).toHaveCount(0);
  expect(opened.host.told).toEqual(["pause", "resume", "dismiss q-4", "openQuestion q-3", "showAsk"]);
});

test("a sentence is tested, and a rule is made and proposed", async ({ opened, page }) => {
  const { host } = opened;
  await opened.go("#/policy");
  const test = page.getByRole("form", { name: "Test a sentence" });
  await test.getByRole("textbox", { name: "To what" }).fill("finance/pay.csv");
  await page.keyboard.press("Enter");
  await expect(test).toContainText("No, and you would not be asked.");
  await opened.look("policy-tested");
  await test.getByRole("button", { name: "Show the rule" }).click();
  await expect(page.locator("#rule-r-1")).toBeFocused();
  const add = page.getByRole("form", { name: "Add a rule" });
  await add.getByRole("combobox", { name: "What the rule does" }).selectOption("may without asking");
  await add.getByRole("textbox", { name: "To what" }).fill("docs/**");
  host.answer = () => new Promise(() => {});
  await add.getByRole("button", { name: "Propose…" }).click();
  await expect(page.getByText("Waiting for your yes in the question window.")).toBeVisible();
  await opened.look("policy-proposed");
  expect(host.told).toEqual([
    "explain files fs:read:${workspace}/finance/pay.csv claude-code /home/ada/work/acme",
    "addRule allow fs:read:${workspace}/docs/**",
  ]);
});

test("a change to a file is taken back where its call is shown", async ({ opened, page }) => {
  await opened.go("#/activity");
  await page.getByRole("button", { name: "files write" }).click();
  await page.getByRole("button", { name: /^Undo/ }).scrollIntoViewIfNeeded();
  await opened.look("activity-undo");
  await page.getByRole("button", { name: "Undo: /home/ada/work/acme/deploy/config.yaml" }).click();
  await expect(page.getByRole("button", { name: /^Undo/ })).toHaveCount(0);
  expect(opened.host.told).toEqual(["undo u-1"]);
});

test("a skill is added by its path", async ({ opened, page }) => {
  await opened.go("#/skills");
  await page.getByRole("button", { name: "Add a skill" }).click();
  await expect(page.getByLabel("Folder or .wasm file")).toBeFocused();
  await page.keyboard.type("/nowhere");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("dialog").getByRole("alert")).toContainText("There is no skill at /nowhere.");
  await opened.look("skills-add-failed");
  await page.getByLabel("Folder or .wasm file").fill("/home/ada/skills/words");
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1, name: "words" })).toBeFocused();
});

test("every screen is reached and used without a mouse", async ({ opened, page }) => {
  await opened.go("#/inbox");
  await page.keyboard.press("Control+k");
  await expect(page.getByRole("combobox")).toBeFocused();
  await opened.look("palette");
  await page.keyboard.type("activ");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "Activity" })).toBeVisible();
  await expect(page.getByRole("dialog")).toHaveCount(0);

  const row = page.getByRole("button", { name: "web fetch" }).first();
  for (let i = 0; i < 40 && !(await row.evaluate((button) => button === document.activeElement)); i++) {
    await page.keyboard.press("Tab");
  }
  await expect(row).toBeFocused();
  await opened.look("activity-focus");
  await page.keyboard.press("Enter");
  await expect(row).toHaveAttribute("aria-expanded", "true");

  await page.keyboard.press("Control+k");
  await page.keyboard.type("nothing of this name");
  await expect(page.getByText("Nothing has this name.")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await expect(row).toBeFocused();
});

test.describe("the Playground", () => {
  test("says what is wrong beside each field", async ({ opened, page }) => {
    await opened.go("#/playground/files/search");
    await page.getByRole("textbox", { name: "depth" }).fill("2.5");
    await page.getByRole("button", { name: "Add to kinds" }).click();
    await page.getByRole("button", { name: "Run", exact: true }).click();
    await expect(page.getByRole("textbox", { name: "text" })).toBeFocused();
    await opened.look("playground-wrong");
    expect(opened.host.told).toEqual([]);
  });

  test("waits for the person, and shows what came of it", async ({ opened, page }) => {
    const { host } = opened;
    let end!: () => void;
    const usage = { runningMs: 2.4, waitingMs: 8100, memory: 6 << 20 };
    const output = { path: "notes/plan.md", lines: ["# Plan", "", "Ship the gate."], more: false };
    const refusals = [
      {
        code: "denied",
        grant: "fs:read:${workspace}/notes/.env",
        sentence: "read notes/.env in the workspace",
      },
    ];
    host.run = () =>
      new Promise((done) => (end = () => done({ call: "c-9", output, changes: [], refusals, usage })));
    await opened.go("#/playground/files/read");
    await page.getByRole("textbox", { name: "Path" }).fill("notes/plan.md");
    await page.getByRole("button", { name: "Run", exact: true }).click();
    await expect(page.getByText("running", { exact: true })).toBeVisible();
    const [example] = host.record as [Call];
    host.record = [
      { ...example, id: "c-9", client: "playground", skill: "files", tool: "read" },
      ...host.record,
    ];
    host.touch("calls", "inbox");
    await expect(page.getByText("Waiting for your answer in the Gatehouse question window.")).toBeVisible();
    await opened.look("playground-waiting");
    end();
    await expect(page.getByRole("region", { name: "Output" })).toContainText("Ship the gate.");
    await opened.look("playground-done");
  });

  test("says why a call failed and what to do", async ({ opened, page }) => {
    opened.host.run = () =>
      Promise.reject(
        new Problem({
          code: "denied",
          detail: "The skill may not have fs:read:${workspace}/notes/plan.md.",
          hint: "The person can decide in Gatehouse: 'gatehouse open', then Decisions.",
          grant: "fs:read:${workspace}/notes/plan.md",
          said: "open /workspace/notes/plan.md: permission denied\n",
        }),
      );
    await opened.go("#/playground/files/read");
    await page.getByRole("textbox", { name: "Path" }).fill("notes/plan.md");
    await page.getByRole("button", { name: "Run", exact: true }).click();
    await expect(page.getByRole("alert")).toContainText("may not have");
    await opened.look("playground-failed-call");
  });

  test("takes a schema that no form can say as JSON", async ({ opened, page }) => {
    const tool = { name: "any", description: "Takes anything.", inputSchema: { oneOf: [{}, {}] } };
    opened.host.installed = [{ ...files, toolList: [tool] }];
    await opened.go("#/playground/files/any");
    await page.getByRole("textbox", { name: "Input" }).fill("{");
    await page.getByRole("button", { name: "Run", exact: true }).click();
    await expect(page.getByText(/This is not JSON/)).toBeVisible();
    await opened.look("playground-json");
  });
});

test("with the system's reduced motion nothing moves", async ({ opened, page }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await opened.go("#/skills");
  const durations = await page.evaluate(() =>
    [...document.querySelectorAll("*")].map((element) => getComputedStyle(element).transitionDuration),
  );
  expect(durations.filter((duration) => !/^0s(, 0s)*$/.test(duration))).toEqual([]);
});
