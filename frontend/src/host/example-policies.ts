import type { Explained, Explanation, Policy } from "./shapes";

/** The policies of a working machine: this machine's, the person's own, and two workspaces'. */
export function policies(): Policy[] {
  return [
    {
      layer: "managed",
      name: "/etc/gatehouse/policy.json",
      state: "in force",
      ceiling: false,
      only: [],
      rules: [
        {
          id: "/etc/gatehouse/policy.json#/deny/0",
          verdict: "deny",
          grant: "net:any:GET,HEAD",
          sentence: "fetch from a host that you agree to",
          why: "Only named hosts on company machines.",
        },
      ],
    },
    {
      layer: "user",
      name: "your rules",
      state: "in force",
      ceiling: false,
      only: [],
      rules: [
        {
          id: "r-1",
          verdict: "deny",
          grant: "fs:read:${workspace}/finance/**",
          sentence: "read “finance/**” in the workspace",
          client: "claude-code",
          why: "pay is nobody's business",
        },
        {
          id: "r-2",
          verdict: "ask",
          grant: "fs:write:${workspace}/deploy/**",
          sentence: "create, change and delete “deploy/**” in the workspace",
        },
        {
          id: "r-3",
          verdict: "allow",
          grant: "fs:read:${workspace}/docs/**",
          sentence: "read “docs/**” in the workspace",
          skill: "files",
        },
      ],
    },
    {
      layer: "workspace",
      name: "/home/ada/work/acme/.gatehouse/policy.json",
      workspace: "/home/ada/work/acme",
      state: "in force",
      ceiling: true,
      only: [{ grant: "fs:read:${workspace}/**", sentence: "read files in the workspace" }],
      rules: [],
    },
    {
      layer: "workspace",
      name: "/home/ada/notes/.gatehouse/policy.json",
      workspace: "/home/ada/notes",
      state: "kept",
      ceiling: false,
      only: [],
      rules: [
        {
          id: "/home/ada/notes/.gatehouse/policy.json#/deny/0",
          verdict: "deny",
          grant: "fs:read:${workspace}/diary/**",
          sentence: "read “diary/**” in the workspace",
          why: "<b>private</b>\u202E",
        },
      ],
    },
  ];
}

/** What these say of a sentence. */
export function says({ grant }: Explained): Explanation {
  const about = { grant, sentence: `read “${grant.replace(/^.*\}\//, "")}” in the workspace` };
  if (grant.includes("/finance/")) {
    const why = "pay is nobody's business";
    const remedy = "gatehouse policy remove r-1";
    return {
      ...about,
      verdict: "deny",
      rule: "r-1",
      layer: "user",
      reason: "a rule of yours does not allow it",
      remedy,
      why,
    };
  }
  if (grant.includes("/docs/")) {
    const remedy = "revoke the decision under Decisions";
    return { ...about, verdict: "allow", rule: "d-80", layer: "decision", reason: "you allowed it", remedy };
  }
  const reason = "nothing is decided yet, so it is asked";
  return { ...about, verdict: "ask", rule: "asked", layer: "question", reason };
}
