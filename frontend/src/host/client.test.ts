import { afterEach, expect, it, vi } from "vitest";
import { HTTPHost } from "./client";
import { Problem } from "./problem";

const fetched = vi.fn<(request: Request) => Promise<Response>>();
vi.stubGlobal("fetch", (request: Request) => fetched(request));
afterEach(() => fetched.mockReset());

const host = () => new HTTPHost("the-key", "http://gatehouse");
const json = (status: number, body: unknown) =>
  new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/problem+json" } });

async function failure(promise: Promise<unknown>): Promise<Problem> {
  const reason = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(reason instanceof Problem)) throw new Error("it did not fail with a problem");
  return reason;
}

it("carries the page's key, and names as one part of the path", async () => {
  fetched.mockResolvedValue(json(200, { name: "x" }));
  await host().skill("a/../b ?");
  const request = fetched.mock.calls[0]?.[0];
  expect(request?.headers.get("X-Gatehouse-Key")).toBe("the-key");
  expect(request?.url).toBe("http://gatehouse/api/skills/a%2F..%2Fb%20%3F");
});

it("posts as JSON also where it says nothing", async () => {
  fetched.mockResolvedValue(new Response(null, { status: 204 }));
  await host().deny("q-1");
  const request = fetched.mock.calls[0]?.[0];
  expect([request?.method, request?.headers.get("Content-Type")]).toEqual(["POST", "application/json"]);
});

it("makes the host's problem a sentence with its hint", async () => {
  fetched.mockResolvedValue(
    json(422, { code: "invalid_input", detail: "/path: is missing", hint: "name a file" }),
  );
  const problem = await failure(host().skills());
  expect([problem.code, problem.detail, problem.hint]).toEqual([
    "invalid_input",
    "/path: is missing.",
    "Name a file.",
  ]);
});

it.each([
  ["the network is gone", () => Promise.reject(new TypeError("Failed to fetch")), "host_unavailable"],
  [
    "the window's door has no host behind it",
    () => Promise.resolve(json(502, { detail: "no" })),
    "host_unavailable",
  ],
  ["the answer is not a problem", () => Promise.resolve(new Response("oops", { status: 500 })), "internal"],
  ["the request was withdrawn", () => Promise.reject(new DOMException("", "AbortError")), "cancelled"],
])("has a code when %s", async (_, answer, code) => {
  fetched.mockImplementation(answer);
  expect((await failure(host().inbox())).code).toBe(code);
});
