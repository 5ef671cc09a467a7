import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { extname, join, normalize } from "node:path";
import type { AddressInfo } from "node:net";
import { turn } from "../src/ask/examples";
import type { Answer, Prompt } from "../src/ask/prompt";

const types: Record<string, string> = {
  ".js": "text/javascript",
  ".css": "text/css",
  ".woff2": "font/woff2",
};

/** AskServer is a host with nothing but ask's door: it puts prompts on the page and keeps what is answered. */
export class AskServer {
  /** What was answered, in order, also where the question was no longer open. */
  readonly answers: Answer[] = [];
  /** What the person picks in the system's file dialog. */
  picks = "";
  readonly #key = crypto.randomUUID();
  readonly #pages: string;
  #server!: Server;
  #n = 1;
  #queue: Prompt[] = [];
  #open = true;
  #wake: (() => void)[] = [];

  constructor(pages: string) {
    this.#pages = pages;
  }

  /** start listens on loopback and returns the page's address. */
  async start(): Promise<string> {
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
    });
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** ask puts prompts in the queue; the first is on the page. */
  ask(...prompts: Prompt[]): void {
    this.#queue.push(...prompts);
    this.#changed();
  }

  /** withdraw takes back the prompt that is on the page. */
  withdraw(): void {
    this.#queue.shift();
    this.#changed();
  }

  /** shut makes every answer come too late, without telling the page. */
  shut(): void {
    this.#open = false;
  }

  #changed(): void {
    this.#n++;
    this.#wake.splice(0).forEach((resume) => resume());
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://ask");
    if (url.pathname === "/") {
      const page = await readFile(join(this.#pages, "ask.html"), "utf8");
      response.writeHead(200, { "Content-Type": "text/html; charset=utf-8" });
      response.end(page.replace("<head>", `<head><meta name="gatehouse-key" content="${this.#key}">`));
    } else if (!/^\/(api|dialog)\//.test(url.pathname)) {
      const file = await readFile(join(this.#pages, normalize(url.pathname))).catch(() => null);
      const type = types[extname(url.pathname)];
      if (file === null || type === undefined) response.writeHead(404).end();
      else response.writeHead(200, { "Content-Type": type }).end(file);
    } else if (request.headers["x-gatehouse-key"] !== this.#key) {
      response.writeHead(403).end();
    } else if (url.pathname === "/api/prompt") {
      await this.#poll(Number(url.searchParams.get("after")), response);
    } else if (url.pathname === "/api/answer" && request.method === "POST") {
      await this.#take(request, response);
    } else if (url.pathname === "/dialog/file" && request.method === "POST") {
      response
        .writeHead(200, { "Content-Type": "application/json" })
        .end(JSON.stringify({ path: this.picks }));
    } else {
      response.writeHead(404).end();
    }
  }

  async #poll(after: number, response: ServerResponse): Promise<void> {
    if (after === this.#n) await new Promise<void>((resume) => this.#wake.push(resume));
    response.writeHead(200, { "Content-Type": "application/json" });
    response.end(JSON.stringify(turn(this.#n, this.#queue[0] ?? null, Math.max(this.#queue.length - 1, 0))));
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    const answer = JSON.parse(body) as Answer;
    this.answers.push(answer);
    const shown = turn(this.#n, this.#queue[0] ?? null);
    const open = this.#open && shown.prompt?.nonce === answer.nonce && shown.hash === answer.shown;
    if (open) this.withdraw();
    response.writeHead(open ? 204 : 409).end();
  }
}
