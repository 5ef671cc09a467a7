// Prompts as the host would send them, for tests. Each call makes a new one.

import type { Choice, Prompt, Turn } from "./prompt";

const call: Choice = { lifetime: "call", label: "This call" };
const session: Choice = {
  lifetime: "session",
  label: "This session",
  detail: "until claude-code disconnects, at most 12 h",
};
const hour: Choice = { lifetime: "hour", label: "One hour" };
const date: Choice = { lifetime: "date", label: "Until a date" };
const always: Choice = { lifetime: "always", label: "Always, until you revoke it" };

const denials: Choice[] = [
  { lifetime: "once", label: "Deny this time" },
  { ...session, label: "Deny for this session" },
  { ...always, label: "Deny always, until you revoke it" },
];

let made = 0;

/** A question to read one file. */
export function readFile(change: Partial<Prompt> = {}): Prompt {
  made++;
  return {
    id: `q${made}`,
    nonce: `nonce-${made}`,
    call: `c${made}`,
    verb: "Read",
    name: "payroll.csv",
    subject: {
      skill: "pdf-tools",
      version: "1.2.0",
      signer: "unsigned",
      digest: "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
      client: "claude-code",
      workspace: "/home/ada/work/acme",
    },
    tool: "extract",
    arguments: '{"path":"finance/payroll.csv","pages":"1-3"}',
    object: {
      path: "/home/ada/work/acme/finance/payroll.csv",
      name: "payroll.csv",
      size: 12_345,
      modified: Math.floor(Date.now() / 1000) - 60,
    },
    need: "fs:read:${workspace}/finance/payroll.csv",
    why: "reads the PDFs you name",
    warnings: ["This skill can already send to api.acme.io without asking."],
    rungs: [
      {
        label: "This file",
        detail: "payroll.csv",
        grant: "fs:read:${workspace}/finance/payroll.csv",
        lifetimes: [call, session, hour, always],
      },
      {
        label: "CSV files in this folder",
        detail: "6 now, and later ones",
        grant: "fs:read:${workspace}/finance/*.csv",
        count: 6,
        matches: ["bonus", "costs", "payroll", "plan", "salaries", "travel"].map(
          (name) => `/home/ada/work/acme/finance/${name}.csv`,
        ),
        lifetimes: [call, session, hour, date, always],
      },
      {
        label: "Everything in this folder",
        detail: "23 now, and later ones",
        grant: "fs:read:${workspace}/finance/**",
        count: 23,
        matches: ["2024-03.txt", "2024-04.txt", "bonus.csv", "contracts/lease.pdf"].map(
          (name) => `/home/ada/work/acme/finance/${name}`,
        ),
        lifetimes: [call, session, hour, date, always],
      },
      {
        label: "All that the skill may request",
        detail: "the workspace, files that come later included",
        grant: "fs:read:${workspace}/**",
        lifetimes: [call, session, hour, date, always],
      },
    ],
    quick: { label: "Allow once", rung: 0, lifetime: "once" },
    mayPick: true,
    seen: ["It read 3 files of this folder.", "It took in a page from en.wikipedia.org."],
    history: ["You allowed payroll.csv once on 12 May."],
    denials,
    loss: "If you deny, the skill gets an error; nothing is lost.",
    ...change,
  };
}

/** The confirmation before a skill's first call: its folder and its lines. */
export function start(change: Partial<Prompt> = {}): Prompt {
  const prompt = readFile();
  return {
    ...prompt,
    verb: "Let skills work in",
    name: "acme",
    subject: { ...prompt.subject, skill: "files", signer: "built in" },
    tool: "list",
    arguments: '{"path":"."}',
    object: { path: "/home/ada/work/acme", name: "acme", folder: true },
    need: undefined,
    why: undefined,
    warnings: [],
    newWorkspace: true,
    mayPick: undefined,
    lines: [
      {
        grant: "fs:list:${workspace}/**",
        sentence: "see the names of files in the workspace",
        why: "finds the files you name",
      },
      { grant: "env:LANG", sentence: "use the variable LANG", why: "writes dates as you do" },
    ],
    rungs: [
      {
        label: "All of this",
        grant: "fs:list:${workspace}/** env:LANG",
        lifetimes: [session, always],
      },
    ],
    quick: { label: "Allow", rung: 0, lifetime: "always" },
    denials: denials.slice(0, 2),
    ...change,
  };
}

/** A change that somebody proposes outside of any call; it offers nothing that holds longer. */
export function proposal(change: Partial<Prompt> = {}): Prompt {
  const prompt = start();
  return {
    ...prompt,
    call: "",
    verb: "Give a permission back to",
    name: "files",
    subject: { skill: "", signer: "", digest: "", client: "playground" },
    tool: "",
    arguments: "",
    object: {},
    newWorkspace: undefined,
    rungs: null,
    quick: { label: "Allow", rung: 0, lifetime: "once" },
    denials: denials.slice(0, 1),
    loss: "If you deny, nothing changes.",
    ...change,
  };
}

/** The second question of one call for a folder: one question with its count. */
export function folder(change: Partial<Prompt> = {}): Prompt {
  const prompt = readFile();
  return {
    ...prompt,
    verb: "Read everything in",
    name: "finance",
    tool: "search",
    arguments: '{"text":"invoice","path":"finance"}',
    object: { path: "/home/ada/work/acme/finance", name: "finance", folder: true, count: 500 },
    need: "fs:read:${workspace}/finance/2024-03.txt",
    warnings: [],
    why: "looks for the text you name",
    rungs: [
      {
        label: "Only this file",
        grant: "fs:read:${workspace}/finance/2024-03.txt",
        lifetimes: [call, session, hour, always],
      },
      ...(prompt.rungs?.slice(2) ?? []),
    ],
    ...change,
  };
}

/** A write that cannot be shown before it happens. */
export function write(change: Partial<Prompt> = {}): Prompt {
  const prompt = readFile();
  return {
    ...prompt,
    verb: "Change",
    name: "config.yaml",
    subject: { ...prompt.subject, skill: "files", signer: "built in" },
    tool: "edit",
    arguments: '{"path":"deploy/config.yaml","old":"web: 2","new":"web: 4"}',
    object: {
      ...prompt.object,
      path: "/home/ada/work/acme/deploy/config.yaml",
      name: "config.yaml",
      unseen: true,
    },
    need: "fs:write:${workspace}/deploy/config.yaml",
    why: "changes the files you name",
    mayPick: undefined,
    warnings: ["There is no preview: you will not see what it writes."],
    ...change,
  };
}

/** A write with its difference. */
export function edit(change: Partial<Prompt> = {}): Prompt {
  const prompt = write();
  return {
    ...prompt,
    object: {
      ...prompt.object,
      operation: "write",
      unseen: undefined,
      difference: {
        before: 1_204,
        after: 1_206,
        added: 2,
        removed: 1,
        hunks: [
          {
            old: 12,
            new: 12,
            lines: [
              { kind: "same", text: "replicas:" },
              { kind: "removed", text: "  web: 2" },
              { kind: "added", text: "  web: 4" },
              { kind: "same", text: "  worker: 1" },
            ],
          },
          {
            old: 40,
            new: 40,
            lines: [
              { kind: "same", text: "limits:" },
              { kind: "added", text: "  memory: 2Gi" },
              { kind: "same", text: "  cpu: 2" },
            ],
          },
        ],
      },
    },
    warnings: [],
    ...change,
  };
}

/** A skill that was updated and wants more than was approved. */
export function update(change: Partial<Prompt> = {}): Prompt {
  const prompt = start();
  return {
    ...prompt,
    verb: "Go on with the changed skill",
    name: "pdf-tools",
    newWorkspace: false,
    subject: { ...prompt.subject, skill: "pdf-tools", signer: "acme.example", version: "2.0.0" },
    growth: {
      from: "1.2.0",
      changes: [
        {
          kind: "more",
          sentence: "It may also read files in the workspace.",
          after: "fs:read:${workspace}/**",
        },
        { kind: "more", sentence: "It may use more memory.", before: "128MiB", after: "1GiB" },
        {
          kind: "other",
          sentence: "The tool extract describes itself otherwise.",
          before: "extracts text",
          after: "extracts text and tables",
        },
        { kind: "less", sentence: "It no longer uses the variable TZ.", before: "env:TZ" },
      ],
    },
    ...change,
  };
}

/** A request to a host. */
export function send(change: Partial<Prompt> = {}): Prompt {
  const prompt = readFile();
  return {
    ...prompt,
    verb: "Send to",
    name: "acme.example",
    object: {
      request: {
        method: "POST",
        url: "https://api.acme.example:443/v1/convert?to=text",
        headers: [{ name: "Content-Type", value: "application/json" }],
        size: 61,
        text: '{\n  "page": 3,\n  "words": ["salary", "bonus", "total"]\n}\n',
      },
    },
    need: "net:POST:https://api.acme.example:443/v1/convert",
    warnings: ["This skill can already read files without asking."],
    why: "converts scanned pages to text",
    mayPick: undefined,
    rungs: [
      {
        label: "This address",
        grant: "net:POST:https://api.acme.example:443/v1/convert",
        lifetimes: [call, session, hour],
      },
      {
        label: "All that the skill may request",
        grant: "net:POST:https://api.acme.example:443/**",
        lifetimes: [call, session, hour, always],
      },
    ],
    ...change,
  };
}

/** A request that only fetches. */
export function fetches(change: Partial<Prompt> = {}): Prompt {
  return send({
    verb: "Fetch from",
    name: "wikipedia.org",
    object: { request: { method: "GET", url: "https://en.wikipedia.org:443/wiki/Go_(game)?action=raw" } },
    need: "net:GET:https://en.wikipedia.org:443/wiki/Go_(game)",
    why: "fetches the page you name",
    warnings: ["No skill has contacted en.wikipedia.org for claude-code in “acme” in the last 24 hours."],
    ...change,
  });
}

/** A request whose body is still being written, to where another answer leads. */
export function streams(change: Partial<Prompt> = {}): Prompt {
  const prompt = send();
  return send({
    object: {
      request: {
        ...prompt.object.request,
        method: "POST",
        url: "https://api.acme.example:443/v1/convert",
        size: 65_536,
        unfinished: true,
        most: 10_485_760,
        text: undefined,
        binary: true,
      },
    },
    warnings: ["It has not written all of it: you will not see the rest of what it sends."],
    rungs: (prompt.rungs ?? []).map((rung) => ({ ...rung, lifetimes: [call, session, hour] })),
    ...change,
  });
}

/** A skill that asks for a file of the person's choice. */
export function pick(change: Partial<Prompt> = {}): Prompt {
  return readFile({
    verb: "Pick a file for",
    name: "report to convert",
    object: { name: "report to convert" },
    need: "fs:pick:read",
    why: "converts the file that you pick",
    warnings: [],
    rungs: [],
    quick: { label: "Pick a file", rung: 0, lifetime: "once" },
    denials: denials.slice(0, 2),
    ...change,
  });
}

/** A file that gets another name. */
export function rename(change: Partial<Prompt> = {}): Prompt {
  const prompt = write();
  return {
    ...prompt,
    verb: "Rename",
    name: "a.txt",
    link: "to",
    other: "b.txt",
    object: {
      path: "/home/ada/work/acme/a.txt",
      name: "a.txt",
      operation: "rename",
      other: "/home/ada/work/acme/old/b.txt",
    },
    need: "fs:write:${workspace}/a.txt",
    warnings: [],
    ...change,
  };
}

/** An environment variable. */
export function env(change: Partial<Prompt> = {}): Prompt {
  const prompt = readFile();
  return {
    ...prompt,
    verb: "Use the variable",
    name: "HTTPS_PROXY",
    object: { name: "HTTPS_PROXY" },
    need: "env:HTTPS_PROXY",
    warnings: [],
    why: "finds the way out of your network",
    mayPick: undefined,
    rungs: [
      {
        label: "This variable",
        detail: "HTTPS_PROXY",
        grant: "env:HTTPS_PROXY",
        lifetimes: [call, session, always],
      },
    ],
    ...change,
  };
}

/** A turn that asks prompt. */
export function turn(n: number, prompt: Prompt | null, waiting = 0): Turn {
  return {
    n,
    prompt,
    hash: prompt === null ? "" : `hash of ${prompt.nonce}`,
    waiting,
    mark: { color: "oklch(68% .15 320)", word: "heron" },
  };
}
