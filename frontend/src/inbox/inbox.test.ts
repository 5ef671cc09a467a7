import { render, screen, waitFor, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { Events } from "../host/events.svelte";
import { cancelledQuestion, hostileQuestion, missedQuestion, payroll } from "../host/examples";
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

it("has a question asked again whose call is gone, in the question window", async () => {
  const { host, user } = open(missedQuestion(now - 60_000));
  const missed = await screen.findByRole("region", { name: "Not answered in time" });
  expect(missed.textContent).toMatch(/counts for the next call.*rests until/s);
  await user.click(within(missed).getByRole("button", { name: "Ask me again: Change config.yaml" }));
  await waitFor(() => expect(host.told).toEqual(["openQuestion q-3", "showAsk"]));
  const waiting = await screen.findByRole("region", { name: "Waiting now" });
  expect(within(waiting).getByRole("article", { name: "Change config.yaml" })).toBeTruthy();
});

it("lets a question be dismissed whose call is gone or was ended, and offers nothing else for the latter", async () => {
  const { host, user } = open(missedQuestion(now), cancelledQuestion(now));
  const ended = await screen.findByRole("region", { name: "Nothing to answer any more" });
  expect(within(ended).getAllByRole("button")).toHaveLength(1);
  await user.click(within(ended).getByRole("button", { name: "Dismiss: Read offer-2026.pdf" }));
  await user.click(await screen.findByRole("button", { name: "Dismiss: Change config.yaml" }));
  expect(await screen.findByText("Nothing waits for you")).toBeTruthy();
  expect(host.told).toEqual(["dismiss q-4", "dismiss q-3"]);
});

it("says who proposes what belongs to no skill", async () => {
  const question = payroll(now);
  const subject = { ...question.prompt.subject, skill: "", signer: "", client: "terminal" };
  open({ ...question, prompt: { ...question.prompt, verb: "Give back a decision", name: "", subject } });
  const card = await screen.findByRole("article");
  expect(card.textContent).toMatch(/proposed by\s+terminal/);
});
