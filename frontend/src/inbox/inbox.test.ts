import { render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { Events } from "../host/events.svelte";
import { hostileQuestion, payroll } from "../host/examples";
import { FakeHost } from "../host/fake";
import { Problem } from "../host/problem";
import type { Question } from "../host/shapes";
import Inbox from "./Inbox.svelte";
import { Inbox as InboxState } from "./inbox.svelte";

const now = Date.now();

function open(...questions: Question[]) {
  const host = new FakeHost();
  host.questions = questions;
  const events = new Events(host);
  render(Inbox, { inbox: new InboxState(host, events), tryHref: "#/playground" });
  return { host, events, user: userEvent.setup() };
}

it("says who wants what, with the exact object and the skill's reason", async () => {
  open(payroll(now));
  const card = await screen.findByRole("article", { name: "Read payroll.csv" });
  expect(within(card).getByRole("heading", { name: "Read payroll.csv?" })).toBeTruthy();
  expect(card.textContent).toMatch(/claude-code.*pdf-tools.*unsigned/s);
  expect(card.textContent).toContain("/home/ada/work/acme/finance/payroll.csv");
  expect(card.textContent).toContain("reads the PDFs you name");
});

it("brings the question window up, and offers no way to allow", async () => {
  const { host, user } = open(payroll(now), hostileQuestion(now));
  await user.click(await screen.findByRole("button", { name: "Show the question" }));
  expect(host.told).toEqual(["showAsk"]);
  expect(screen.queryByRole("button", { name: /allow/i })).toBeNull();
});

it("denies one question and leaves the others", async () => {
  const { host, user } = open(payroll(now), hostileQuestion(now));
  await user.click(await screen.findByRole("button", { name: "Deny: Read payroll.csv" }));
  await waitFor(() => expect(screen.queryByRole("article", { name: "Read payroll.csv" })).toBeNull());
  expect(screen.getByRole("article", { name: "Read invoice‹U+202E›fdp.exe" })).toBeTruthy();
  expect(host.told).toEqual(["deny q-1"]);
});

it("says why a question could not be denied", async () => {
  const { host, user } = open(payroll(now));
  host.failing.set("deny", new Problem({ code: "not_found", detail: "This question is no longer open." }));
  await user.click(await screen.findByRole("button", { name: /^Deny/ }));
  expect((await screen.findByRole("alert")).textContent).toContain("no longer open");
});

it("shows a question that comes while it is looked at", async () => {
  const { host, events } = open();
  expect(await screen.findByText("Nothing waits for you")).toBeTruthy();
  host.questions = [payroll(now)];
  events.tell(["inbox"]);
  expect(await screen.findByRole("article", { name: "Read payroll.csv" })).toBeTruthy();
});
