import { hostileQuestion } from "../src/host/examples";
import type { Method } from "../src/host/fake";
import { Problem } from "../src/host/problem";
import { expect, now, test } from "./window";

const screens = [
  "inbox",
  "activity",
  "week",
  "skills",
  "skills/files",
  "decisions",
  "skills/pdf-tools",
  "policy",
  "clients",
  "workspaces",
  "playground/files/search",
];
const pictured = (screen: string) => screen.replaceAll("/", "-");

test.describe("in the middle of a working day", () => {
  for (const screen of screens) {
    test(`${screen} is as drawn`, async ({ opened, page }) => {
      await opened.go(`#/${screen}`);
      await settled(page);
      if (screen === "activity") await page.getByRole("button", { name: "web fetch" }).first().click();
      if (screen === "week") await page.setViewportSize({ width: 1120, height: 1700 });
      await opened.look(pictured(screen));
    });
  }

  for (const screen of screens) {
    test(`${screen} fits a window of 720 px`, async ({ opened, page }) => {
      await page.setViewportSize({ width: 720, height: 640 });
      await opened.go(`#/${screen}`);
      await settled(page);
      if (screen === "activity") await page.getByRole("button", { name: "web fetch" }).first().click();
      if (screen === "activity") {
        const name = page.getByRole("button", { name: "pdf-tools extract" });
        const cut = await name.evaluate((button) => button.scrollWidth - button.clientWidth);
        expect(cut, "pixels of the call's name that are cut off").toBeLessThanOrEqual(0);
      }
      await opened.look(`${pictured(screen)}-720`);
      await expectNoSidewaysScroll(page);
    });

    test(`${screen} holds at 200 % zoom`, async ({ opened, page }) => {
      await page.setViewportSize({ width: 560, height: 380 });
      await opened.go(`#/${screen}`);
      await settled(page);
      await opened.look(`${pictured(screen)}-zoom`);
      await expectNoSidewaysScroll(page);
    });
  }
});

test.describe("on the first day", () => {
  test.beforeEach(({ opened: { host } }) => {
    host.questions = [];
    host.kept = [];
    host.gone = [];
    host.layers = [];
    host.record = [];
    host.weeks = [];
    host.installed = [];
    host.clients = [];
    host.connected = [];
    host.sets = [];
  });
  for (const screen of [
    "inbox",
    "activity",
    "week",
    "skills",
    "decisions",
    "policy",
    "clients",
    "workspaces",
    "playground",
  ]) {
    test(`${screen} teaches what will be here`, async ({ opened }) => {
      await opened.go(`#/${screen}`);
      await opened.look(`${screen}-empty`);
    });
  }
});

test.describe("while the host is slow", () => {
  for (const screen of screens) {
    test(`${screen} shows where rows will be`, async ({ opened, page }) => {
      for (const method of [
        "inbox",
        "calls",
        "plot",
        "week",
        "skills",
        "skill",
        "decisions",
        "policies",
        "connections",
        "workspaces",
      ] as const) {
        opened.host.silent.add(method);
      }
      await opened.go(`#/${screen}`);
      await expect(page.getByRole("status", { name: /Loading/ })).toBeVisible();
      await opened.look(`${pictured(screen)}-loading`);
    });
  }
});

test.describe("when reading fails", () => {
  for (const screen of screens) {
    test(`${screen} says what to do`, async ({ opened, page }) => {
      const problem = new Problem({
        code: "storage",
        detail: "The database cannot be read: input/output error.",
        hint: "'gatehouse doctor' says what is wrong with the disk.",
      });
      for (const method of [
        "inbox",
        "calls",
        "plot",
        "week",
        "skills",
        "skill",
        "decisions",
        "policies",
        "connections",
        "workspaces",
      ] as const) {
        opened.host.failing.set(method, problem);
      }
      await opened.go(`#/${screen}`);
      await expect(page.getByRole("alert")).toContainText("input/output error");
      await opened.look(`${pictured(screen)}-failed`);
      opened.host.failing.clear();
      await page.getByRole("button", { name: "Try again" }).click();
      await expect(page.getByRole("alert")).toHaveCount(0);
    });
  }

  test("a host that is away is told, and what was read stays", async ({ opened, page }) => {
    await opened.go("#/decisions");
    await expect(page.getByRole("button", { name: /^Revoke/ }).first()).toBeVisible();
    opened.host.failing.set("events", new Problem({ code: "host_unavailable", detail: "gone" }));
    opened.host.touch("status");
    await expect(page.getByText("The host does not answer")).toBeVisible();
    await expect(page.getByRole("button", { name: /^Revoke/ }).first()).toBeVisible();
    await opened.look("offline");
  });
});

test.describe("with hostile names", () => {
  test("nothing in them is unseen", async ({ opened, page }) => {
    opened.host.questions = [...opened.host.questions, hostileQuestion(now - 90_000)];
    await opened.go("#/inbox");
    await expect(page.getByRole("heading", { name: "invoice‹U+202E›fdp.exe" })).toBeVisible();
    await opened.look("inbox-hostile");
  });

  test("the record and the skills hold", async ({ opened, page }) => {
    const hostile = "<img src=x onerror=alert(1)> \u202Egnp.\u2069 " + "לקוח ".repeat(30);
    const [call, second, ...rest] = opened.host.record;
    const [skill, ...others] = opened.host.installed;
    if (!call || !second || !skill) throw new Error("the examples are empty");
    opened.host.record = [
      {
        ...call,
        client: hostile,
        skill: hostile,
        tool: hostile,
        steps: second.steps.map((s) => ({ ...s, grant: hostile })),
      },
      ...rest,
    ];
    opened.host.installed = [
      { ...skill, name: hostile, description: hostile, version: hostile, signer: hostile },
      ...others,
    ];
    await opened.go("#/activity");
    await page
      .getByRole("button", { name: /U\+202E/ })
      .first()
      .click();
    await opened.look("activity-hostile");
    await expectNoSidewaysScroll(page);
    await page.goto(page.url().replace(/#.*/, "#/skills"));
    await expect(page.getByRole("link", { name: /U\+202E/ })).toBeVisible();
    await opened.look("skills-hostile");
    await page.getByRole("link", { name: /U\+202E/ }).click();
    await opened.look("skill-hostile");
    await expectNoSidewaysScroll(page);
    await expect(page.locator("img")).toHaveCount(0);
  });
});

test.describe("with names that do not end", () => {
  const long = "a-name-without-an-end-".repeat(9);
  const hostile = `\u202E<b>${"לקוח ".repeat(12)}${long}`;
  const sentence = `read “${hostile}” in the workspace`;
  const grant = `fs:read:\${workspace}/${long.repeat(3)}/**`;
  const whom = { skill: long.slice(0, 64), client: hostile, workspace: `/home/ada/${long}/${hostile}` };

  test.beforeEach(({ opened: { host } }) => {
    host.kept = host.kept.map((d) => ({ ...d, ...whom, chain: long, grants: [{ grant, sentence }] }));
    host.gone = host.gone.map((d) => ({ ...d, ...whom, grants: [{ grant, sentence }] }));
    host.layers = host.layers.map((l) => ({
      ...l,
      name: l.layer === "user" ? l.name : `${whom.workspace}/policy.json`,
      workspace: l.workspace && whom.workspace,
      problem: l.problem && `${hostile} ${l.problem}`,
      only: l.only.map(() => ({ grant, sentence })),
      rules: l.rules.map((r) => ({ ...r, ...whom, grant, sentence, why: hostile })),
    }));
    host.questions = host.questions.map((q) => ({
      ...q,
      prompt: {
        ...q.prompt,
        name: hostile,
        subject: { ...q.prompt.subject, ...whom },
        why: hostile,
        tool: hostile,
      },
    }));
    host.record = host.record.map((c) => ({ ...c, ...whom, tool: hostile }));
    const deeds = (part: { count: number; newest: object[] }) => ({
      ...part,
      newest: part.newest.map((d) => ({ ...d, ...whom, grant, sentence })),
    });
    host.weeks = host.weeks.map((w) => ({
      ...w,
      by: w.by.map((b) => ({ ...b, skill: whom.skill, client: hostile })).slice(0, 1),
      waits: w.waits.map((x) => ({ ...x, ...whom, tool: hostile })),
      ...(Object.fromEntries(
        (["standing", "denied", "revoked", "lapsed", "rules", "undone"] as const).map((k) => [
          k,
          deeds(w[k]),
        ]),
      ) as unknown as Pick<typeof w, "standing">),
    }));
  });

  for (const screen of ["inbox", "activity", "week", "decisions", "policy"]) {
    for (const width of [1120, 560]) {
      test(`${screen} holds at ${width} px`, async ({ opened, page }) => {
        await page.setViewportSize({ width, height: 900 });
        await opened.go(`#/${screen}`);
        await settled(page);
        await expect(page.locator("main")).toContainText("U+202E");
        await opened.look(`${screen}-long-${width}`);
        await expectNoSidewaysScroll(page);
      });
    }
  }
});

test.describe("when doing fails", () => {
  const full = new Problem({
    code: "storage",
    detail: "The record cannot be written: no space left on device.",
    hint: "make room on the disk",
  });
  const doing: [screen: string, method: Method, button: RegExp][] = [
    ["inbox", "deny", /^Deny/],
    ["inbox", "openQuestion", /^Ask me again/],
    ["inbox", "dismiss", /^Dismiss/],
    ["decisions", "revoke", /^Revoke:/],
    ["policy", "removeRule", /^Remove/],
    ["policy", "forgetPolicy", /^Let go of it/],
  ];
  for (const [screen, method, button] of doing) {
    test(`${screen} says that ${method} did not happen`, async ({ opened, page }) => {
      opened.host.failing.set(method, full);
      await opened.go(`#/${screen}`);
      await settled(page);
      await page.getByRole("button", { name: button }).first().click();
      await expect(page.getByRole("alert")).toContainText("no space left on device");
      await opened.look(`${screen}-${method}-failed`);
    });
  }
});

test("a client is connected by choosing it and looking at what would be written", async ({
  opened,
  page,
}) => {
  await opened.go("#/clients");
  await page.getByRole("button", { name: "Connect a client" }).click();
  const dialog = page.getByRole("dialog", { name: "Connect a client" });
  await opened.look("clients-connect");
  await dialog.getByText("Claude Desktop").click();
  await dialog.getByRole("textbox", { name: "Folder it may work in" }).fill("/home/ada/work/acme");
  await page.keyboard.press("Tab");
  await expect(dialog.getByRole("region", { name: "What would be done" })).toBeVisible();
  await dialog.getByText("Another name, or another file").click();
  await expect(dialog.getByRole("button", { name: "Propose…" })).toBeInViewport({ ratio: 1 });
  await page.setViewportSize({ width: 1120, height: 1100 });
  await opened.look("clients-connect-plan");
  await page.setViewportSize({ width: 560, height: 380 });
  await opened.look("clients-connect-zoom");
  await page.setViewportSize({ width: 1120, height: 760 });
  await dialog.getByRole("button", { name: "Propose…" }).click();
  await expect(page.getByRole("status").filter({ hasText: "Claude Desktop is connected" })).toBeVisible();
  await opened.look("clients-connected");
  await page.getByRole("button", { name: "Disconnect claude-code…" }).click();
  await expect(page.getByRole("button", { name: "Keep it" })).toBeFocused();
  await opened.look("clients-disconnect");
});

test("a profile is shaped in a form", async ({ opened, page }) => {
  await opened.go("#/clients");
  await page.setViewportSize({ width: 1120, height: 1000 });
  await page.getByRole("button", { name: "Change the profile reading" }).click();
  await expect(page.getByRole("checkbox", { name: "files" })).toBeChecked();
  await opened.look("clients-profile");
  for (const [width, height] of [
    [1120, 760],
    [560, 380],
  ] as const) {
    await page.setViewportSize({ width, height });
    await expect(page.getByRole("button", { name: "Change", exact: true })).toBeInViewport({ ratio: 1 });
  }
  await opened.look("clients-profile-zoom");
  await page.keyboard.press("Escape");
  await page.setViewportSize({ width: 1120, height: 760 });
  await page.getByRole("button", { name: "New profile" }).click();
  await opened.look("clients-profile-new");
});

test("what the calls took is plotted over time and for each", async ({ opened, page }) => {
  await opened.go("#/activity");
  await page.getByText("Running time, median").click();
  await page.getByRole("slider").hover({ position: { x: 560, y: 60 } });
  await expect(page.locator("figcaption").getByText(/^median /)).toBeVisible();
  await opened.look("activity-running");
  await page.getByText("Work done, median").click();
  await opened.look("activity-work");
  await page.getByText("Peak memory").click();
  await page.getByText("Each call").click();
  await page.getByRole("slider", { name: "Peak memory, each of the newest 100 calls" }).focus();
  await page.keyboard.press("End");
  await expect(page.locator("figcaption").getByText("at most 22 MiB")).toBeVisible();
  await page.getByText("As a table").click();
  await opened.look("activity-each");
  await page.getByRole("combobox", { name: "Client" }).selectOption("vs-code");
  await page.getByRole("searchbox").fill("nothing of this name");
  await expect(page.getByRole("heading", { name: "No call matches" })).toBeVisible();
  await opened.look("activity-no-match");
});

test("very many calls are paged", async ({ opened, page }) => {
  const [one] = opened.host.record;
  if (!one) throw new Error("the examples are empty");
  opened.host.record = Array.from({ length: 1200 }, (_, i) => ({
    ...one,
    id: `m-${i}`,
    state: "done" as const,
    waitingMs: 0,
    time: now - i * 1000,
  }));
  await opened.go("#/activity");
  await expect(page.getByRole("button", { name: /pdf-tools/ })).toHaveCount(100);
  await page.getByRole("button", { name: "Show older calls" }).click();
  await expect(page.getByRole("button", { name: /pdf-tools/ })).toHaveCount(200);
  await opened.look("activity-many");
});

test("high contrast and forced colours are legible", async ({ opened, page }) => {
  await page.emulateMedia({ contrast: "more" });
  await opened.go("#/activity");
  await opened.look("activity-contrast");
  await page.emulateMedia({ contrast: null, forcedColors: "active" });
  await opened.look("activity-forced");
});

async function settled(page: import("@playwright/test").Page): Promise<void> {
  await expect(page.getByRole("status", { name: /Loading/ })).toHaveCount(0);
}

async function expectNoSidewaysScroll(page: import("@playwright/test").Page): Promise<void> {
  const over = await page.evaluate(() => {
    const main = document.querySelector("main");
    return main ? main.scrollWidth - main.clientWidth : 0;
  });
  expect(over, "pixels that the screen is too wide").toBeLessThanOrEqual(0);
}
