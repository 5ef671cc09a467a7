import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import type { FakeHost } from "../src/host/fake";
import { Problem } from "../src/host/problem";
import type { Wanted } from "../src/host/shapes";

const dist = join(import.meta.dirname, "../dist");
const kinds: Record<string, string> = {
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};
// The policy of the window's own door, so that what it forbids fails here too.
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; " +
  "connect-src 'self'; frame-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

export type Served = { url: string; close: () => Promise<void> };

/** Serves the window's page over a fake host, as the window's door does: the page gets a key, /api/ wants it. */
export async function serve(host: FakeHost): Promise<Served> {
  const key = randomUUID();
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://gatehouse");
    const answered = url.pathname.startsWith("/api/")
      ? api(host, key, request, response, url)
      : file(key, response, url.pathname);
    answered.catch((reason: unknown) => problem(response, 500, Problem.of(reason)));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

async function file(key: string, response: ServerResponse, path: string): Promise<void> {
  if (path === "/") {
    const page = await readFile(join(dist, "index.html"), "utf8");
    response.writeHead(200, {
      "Content-Type": "text/html; charset=utf-8",
      "Content-Security-Policy": policy,
    });
    response.end(page.replace("<head>", `<head><meta name="gatehouse-key" content="${key}">`));
    return;
  }
  const kind = kinds[extname(path)];
  const content = kind && (await readFile(join(dist, path)).catch(() => undefined));
  response.writeHead(content ? 200 : 404, { "Content-Type": kind ?? "text/plain" });
  response.end(content);
}

async function api(
  host: FakeHost,
  key: string,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  if (request.headers["x-gatehouse-key"] !== key) {
    return problem(response, 403, new Problem({ code: "denied", detail: "The key is missing." }));
  }
  const gone = new AbortController();
  response.on("close", () => gone.abort());
  try {
    const body = request.method === "POST" ? await read(request) : undefined;
    const answer = await route(
      host,
      `${request.method} ${url.pathname}`,
      url.searchParams,
      body,
      gone.signal,
    );
    response.writeHead(answer === undefined ? 204 : 200, { "Content-Type": "application/json" });
    response.end(answer === undefined ? undefined : JSON.stringify(answer));
  } catch (reason) {
    if (!response.destroyed) problem(response, 409, Problem.of(reason));
  }
}

async function route(
  host: FakeHost,
  what: string,
  query: URLSearchParams,
  body: unknown,
  signal: AbortSignal,
): Promise<unknown> {
  const [verb, path = ""] = what.split(" ");
  const [, , topic, name = "", ...rest] = path.split("/").map(decodeURIComponent);
  const deed = rest.at(-1);
  switch ([verb, topic, name && ":", deed].filter(Boolean).join(" ")) {
    case "GET status":
      return host.status();
    case "GET events":
      return host.events(Number(query.get("after")), signal);
    case "GET inbox":
      return { questions: await host.inbox() };
    case "POST inbox : deny":
      return host.deny(name);
    case "POST inbox : open":
      return host.openQuestion(name);
    case "POST inbox : dismiss":
      return host.dismiss(name);
    case "POST pause":
      return host.pause();
    case "POST resume":
      return host.resume();
    case "POST ask :":
      return host.showAsk();
    case "GET skills":
      return { skills: await host.skills() };
    case "GET skills :":
      return host.skill(name);
    case "GET skills : can":
      return host.can(
        name,
        query.has("client")
          ? { client: query.get("client") ?? "", workspace: query.get("workspace") ?? "" }
          : undefined,
      );
    case "POST skills":
      return host.addSkill((body as { path: string }).path);
    case "POST skills : remove":
      return host.removeSkill(name);
    case "GET decisions":
      return host.decisions();
    case "POST decisions : restore":
      return host.restore(name);
    case "POST decisions :":
      return host.revokeMany((body as { ids: string[] }).ids);
    case "POST decisions : revoke":
      return host.revoke(name);
    case "GET policies":
      return { policies: await host.policies() };
    case "POST policies :":
      await host.addRule(body as Parameters<FakeHost["addRule"]>[0]);
      return {};
    case "POST policies : remove":
      return host.removeRule(path.split("/").at(-2) ?? "");
    case "POST policies : forget":
      return host.forgetPolicy((body as { workspace: string }).workspace);
    case "POST explain":
      return host.explain(body as Parameters<FakeHost["explain"]>[0]);
    case "GET calls":
      return host.calls(
        Number(query.get("limit")),
        query.has("before") ? Number(query.get("before")) : undefined,
        wanted(query),
      );
    case "GET calls :":
      return host.plot(wanted(query), Number(query.get("buckets")));
    case "POST calls":
      return host.call(body as Parameters<FakeHost["call"]>[0], signal);
    case "POST calls : cancel":
      return host.cancel(name);
    case "GET week":
      return host.week(Number(query.get("back")));
    case "GET undo":
      return { changes: await host.changes() };
    case "POST undo :":
      return host.undo(name);
    case "POST skills : on":
      return host.turnOn(name);
    case "POST skills : off":
      return host.turnOff(name);
    case "GET clients":
      return host.connections();
    case "GET agents":
      return { port: 0, search: await host.searching() };
    case "POST agents :":
      return host.setSearching((body as { search: boolean }).search);
    case "GET profiles":
      return { profiles: await host.profiles() };
    case "POST profiles":
      return host.setProfile(body as Parameters<FakeHost["setProfile"]>[0]);
    case "POST profiles :": {
      const use = body as { client: string; profile: string };
      return host.useProfile(use.client, use.profile);
    }
    case "POST profiles : remove":
      return host.removeProfile(name);
    case "POST clients :":
      return name === "plan"
        ? host.planClient(body as Parameters<FakeHost["planClient"]>[0])
        : host.disconnectClient((body as { name: string }).name);
    case "POST clients":
      return host.connectClient(body as Parameters<FakeHost["connectClient"]>[0]);
    case "GET workspaces":
      return { workspaces: await host.workspaces() };
    default:
      throw new Problem({ code: "not_found", detail: `The door has no ${what}.` });
  }
}

function wanted(query: URLSearchParams): Wanted {
  const found: Record<string, string | number> = {};
  for (const [name, value] of query) found[name] = name === "from" || name === "to" ? Number(value) : value;
  return found;
}

async function read(request: IncomingMessage): Promise<unknown> {
  let text = "";
  for await (const part of request) text += String(part);
  return text === "" ? undefined : JSON.parse(text);
}

function problem(
  response: ServerResponse,
  status: number,
  { code, detail, hint, grant, said }: Problem,
): void {
  response.writeHead(status, { "Content-Type": "application/problem+json" });
  response.end(JSON.stringify({ code, detail, hint, grant, said }));
}
