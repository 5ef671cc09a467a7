// Prompts as the host would send them, for tests. Each call makes a new one.

import type { Choice, Prompt, Turn } from "./prompt";

const call: Choice = { lifetime: "call", label: "This call" };
const session: Choice = {
  lifetime: "session",
  label: "This session",
  detail: "until claude-code disconnects, at most 12 h",
};
const hour: Choice = { lifetime: "hour", label: "One hour" };
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
        lifetimes: [call, session, hour, always],
      },
      {
        label: "Everything in this folder",
        detail: "23 now, and later ones",
        grant: "fs:read:${workspace}/finance/**",
        lifetimes: [call, session, hour, always],
      },
      {
        label: "All that the skill may request",
        detail: "the workspace, files that come later included",
        grant: "fs:read:${workspace}/**",
        lifetimes: [call, session, hour, always],
      },
    ],
    quick: { label: "Allow once", rung: 0, lifetime: "once" },
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
    verb: "Allow again",
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
    warnings: ["There is no preview: you will not see what it writes."],
    ...change,
  };
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
