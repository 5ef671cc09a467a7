import type { ClientKind, ConnectedClient, Profile } from "./shapes";

const hour = 3_600_000;

/** Two programs that the person connected, one of them at work. */
export function connectedClients(now: number): ConnectedClient[] {
  return [
    {
      name: "claude-code",
      kind: "claude-code",
      title: "Claude Code",
      workspace: "/home/ada/work/acme",
      profile: "reading",
      file: "/home/ada/.claude.json",
      made: now - 9 * 24 * hour,
      seen: now - hour,
      connected: 1,
    },
    {
      name: "vs-code",
      kind: "vscode",
      title: "VS Code",
      file: "/home/ada/.config/Code/User/mcp.json",
      made: now - 3 * 24 * hour,
      seen: now - 3 * hour,
      connected: 0,
    },
  ];
}

/** Two profiles, one of which a client has. */
export function profiles(): Profile[] {
  return [
    {
      ...{ name: "reading", allSkills: false, skills: ["files", "web"], ceiling: true, ask: [], clients: [] },
      only: [
        { grant: "fs:list:${workspace}/**", sentence: "see the names of files in the workspace" },
        { grant: "fs:read:${workspace}/**", sentence: "read files in the workspace" },
      ],
      deny: [{ grant: "fs:read:${workspace}/hr/**", sentence: "read everything in hr" }],
    },
    {
      ...{ name: "everything", allSkills: true, skills: [], ceiling: false, clients: [] },
      ...{ only: [], deny: [] },
      ask: [{ grant: "fs:write:${workspace}/deploy/**", sentence: "change everything in deploy" }],
    },
  ];
}

/** The kinds of program on this machine. */
export function clientKinds(): ClientKind[] {
  return [
    {
      kind: "claude-desktop",
      title: "Claude Desktop",
      file: `${config}/Claude/claude_desktop_config.json`,
      state: "ready",
    },
    { kind: "claude-code", title: "Claude Code", file: "/home/ada/.claude.json", state: "connected" },
    { kind: "vscode", title: "VS Code", file: `${config}/Code/User/mcp.json`, state: "connected" },
    { kind: "cursor", title: "Cursor", file: "/home/ada/.cursor/mcp.json", state: "ready" },
    {
      kind: "zed",
      title: "Zed",
      file: `${config}/zed/settings.json`,
      state: "unusable",
      problem: '"/home/ada/.config/zed/settings.json" cannot be used: it is not JSON: line 4, column 1',
    },
    { kind: "codex", title: "Codex", file: "/home/ada/.codex/config.toml", state: "absent" },
  ];
}

const config = "/home/ada/.config";
