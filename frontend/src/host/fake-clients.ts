import type { ClientKind, ClientPlan, ConnectedClient, NewClient, NewProfile, Profile } from "./shapes";

/** A profile as the host shows it. */
export function profiled(wanted: NewProfile): Profile {
  const lines = (grants: string[] = []) => grants.map((grant) => ({ grant, sentence: `do ${grant}` }));
  const { name, allSkills = false, skills = [], ceiling = false, only, deny, ask } = wanted;
  return {
    ...{ name, allSkills, skills, ceiling, clients: [] },
    ...{ only: lines(only), deny: lines(deny), ask: lines(ask) },
  };
}

/** Whether a profile leaves more in than it did: more skills, a rule less. */
export function leavesMore(was: Profile, is: Profile): boolean {
  const fewer = (kind: "deny" | "ask") =>
    was[kind].some(({ grant }) => !is[kind].some((line) => line.grant === grant));
  const more = is.skills.some((skill) => !was.skills.includes(skill));
  return (
    (!was.allSkills && (is.allSkills || more)) || fewer("deny") || fewer("ask") || was.ceiling !== is.ceiling
  );
}

/** What the host would say to connecting a client of this kind. */
export function planned(kind: ClientKind, wanted: NewClient, connected: ConnectedClient[]): ClientPlan {
  const name = wanted.name ?? kind.kind;
  const again = connected.some((client) => client.name === name);
  return {
    kind: kind.kind,
    title: kind.title,
    name,
    workspace: wanted.workspace,
    file: wanted.config ?? kind.file,
    exists: kind.state !== "absent",
    again,
    entry: `{
  "mcpServers": {
    "gatehouse": {
      "command": "/usr/bin/gatehouse",
      "args": [
        "mcp"
      ],
      "env": {
        "GATEHOUSE_CLIENT": "••••"
      }
    }
  }
}
`,
    next: "Open a new session in it.",
    warnings: again ? ["It is connected already: the token that it has now will be worth nothing."] : [],
  };
}
