import type { Call, CallUsage, KeptChange, Step } from "./shapes";

const minute = 60_000;
const MiB = 2 ** 20;

/** The calls of a working day up to the moment now, the newest first; the first one waits. */
export function calls(now: number): Call[] {
  return [...recent(now), ...earlier(now)];
}

/** The change that one of them made, which can be taken back. */
export function changes(now: number): KeptChange[] {
  const time = now - 8 * minute;
  const about = { client: "claude-code", workspace: "/home/ada/work/acme", skill: "files", tool: "write" };
  return [
    {
      ...about,
      id: "u-1",
      call: "c-4b",
      time,
      expires: time + 7 * 24 * 60 * minute,
      path: "/home/ada/work/acme/deploy/config.yaml",
      operation: "replaced",
      before: 1288,
      after: 1288,
      added: 1,
      removed: 1,
    },
  ];
}

/** What a call took; what is not said is nothing. */
export function used(some: Partial<CallUsage>): CallUsage {
  const nothing = {
    ...{ runningMs: 0, waitingMs: 0, memory: 0 },
    ...{ readBytes: 0, writtenBytes: 0, sentBytes: 0, receivedBytes: 0 },
  };
  const fuel = Math.round((some.runningMs ?? 0) * 421_000);
  return { ...nothing, fuel, inputBytes: 41, outputBytes: 0, ...some };
}

const step = (afterMs: number, kind: Step["kind"], more: Partial<Step> = {}): Step => ({
  afterMs,
  kind,
  sentence: "",
  grant: "",
  verdict: "",
  rule: "",
  ...more,
});

const base = { client: "claude-code", workspace: "/home/ada/work/acme", refusals: 0, steps: [] };

const wiki = {
  grant: "net:GET:https://en.wikipedia.org:443/wiki/Gatehouse",
  sentence: "fetch from en.wikipedia.org",
  verdict: "allow",
  rule: "asked",
  lifetime: "session",
} as const;
const key = {
  grant: "fs:read:/home/ada/.ssh/id_ed25519",
  sentence: "read “/home/ada/.ssh/id_ed25519”",
  verdict: "deny",
  rule: "never",
  code: "denied",
} as const;
const config = {
  grant: "fs:write:${workspace}/deploy/config.yaml",
  sentence: "create, change and delete “deploy/config.yaml” in the workspace",
  verdict: "allow",
  rule: "asked",
} as const;

function recent(now: number): Call[] {
  return [
    {
      ...base,
      id: "c-1",
      time: now - 8200,
      skill: "pdf-tools",
      tool: "extract",
      state: "waiting",
      usage: used({ runningMs: 31, waitingMs: 8000, memory: 22 * MiB }),
    },
    {
      ...base,
      id: "c-2",
      time: now - 3.6 * minute,
      skill: "web",
      tool: "fetch",
      state: "done",
      usage: used({
        ...{ runningMs: 84, waitingMs: 3100, memory: 9 * MiB, outputBytes: 18_240 },
        ...{ requests: 1, sentBytes: 212, receivedBytes: 61_300 },
      }),
      steps: [
        step(3101, "decision", wiki),
        step(3102, "request", wiki),
        step(3180, "sent", {
          ...{ grant: wiki.grant, sentence: wiki.sentence, bytes: 212, received: 61_300 },
          ...{ status: 200, address: "185.15.59.224:443" },
        }),
        step(3184, "result"),
      ],
    },
    {
      ...base,
      id: "c-3",
      time: now - 5.2 * minute,
      skill: "files",
      tool: "search",
      client: "vs-code",
      state: "done",
      refusals: 1,
      usage: used({ runningMs: 2.4, memory: 6 * MiB, readBytes: 219_300, outputBytes: 2210 }),
      steps: [
        step(1, "request", {
          grant: "fs:read:${workspace}/docs/plan.md",
          sentence: "read “docs/plan.md” in the workspace",
          verdict: "allow",
          rule: "d-80",
        }),
        step(2, "request", {
          grant: "fs:read:${workspace}/docs/.env",
          sentence: "read “docs/.env” in the workspace",
          verdict: "deny",
          rule: "undeclared",
          code: "undeclared",
        }),
        step(3, "result"),
      ],
    },
    {
      ...base,
      id: "c-4",
      time: now - 6.7 * minute,
      skill: "run-js",
      tool: "run",
      state: "failed",
      code: "limit_time",
      usage: used({ runningMs: 30_000, memory: 41 * MiB, inputBytes: 3120 }),
      steps: [step(30_004, "result", { code: "limit_time" })],
    },
    {
      ...base,
      id: "c-4b",
      time: now - 8.1 * minute,
      skill: "files",
      tool: "write",
      state: "done",
      usage: used({ runningMs: 3.2, waitingMs: 6400, memory: 7 * MiB, writtenBytes: 1288, inputBytes: 1340 }),
      steps: [
        step(6402, "decision", { ...config, lifetime: "once" }),
        step(6403, "request", { ...config, lifetime: "once" }),
        step(6409, "write", { ...config, verdict: "", rule: "", bytes: 1288 }),
        step(6410, "result"),
      ],
    },
    {
      ...base,
      id: "c-5",
      time: now - 10.9 * minute,
      skill: "files",
      tool: "read",
      client: "vs-code",
      state: "failed",
      code: "denied",
      refusals: 1,
      usage: used({ runningMs: 1.1, memory: 11 * MiB }),
      steps: [step(1, "request", key), step(2, "result", { code: "denied" })],
    },
  ];
}

function earlier(now: number): Call[] {
  const list = Array.from({ length: 142 }, (_, i): Call => {
    const fetches = i % 3 === 0;
    const wave = Math.abs(Math.sin(i * 1.7));
    const failed = i === 30 || i === 77;
    return {
      ...base,
      id: `c-${i + 6}`,
      time: now - (12 + i * 2.1 + Math.sin(i / 6) * 26 + Math.cos(i / 17) * 40 + 40) * minute,
      skill: fetches ? "web" : "files",
      tool: fetches ? "fetch" : i % 2 ? "read" : "list",
      client: i % 4 ? "claude-code" : "vs-code",
      state: failed ? "failed" : "done",
      code: failed ? "denied" : undefined,
      refusals: failed ? 1 : 0,
      usage: used({
        runningMs: 0.8 + wave * (fetches ? 41 : 4) * (1.3 + Math.sin(i / 9)),
        waitingMs: i === 60 ? 12_400 : 0,
        memory: Math.round((5 + wave * (9 + 8 * Math.sin(i / 11) + (i % 7))) * MiB),
        readBytes: fetches ? 0 : Math.round(wave * 90_000),
        sentBytes: fetches ? 212 : 0,
        receivedBytes: fetches ? Math.round(wave * 70_000) : 0,
        outputBytes: Math.round(400 + wave * 22_000),
      }),
      steps: [step(3 + Math.round(wave * 40), "result", failed ? { code: "denied" } : {})],
    };
  });
  return list.sort((a, b) => b.time - a.time);
}
