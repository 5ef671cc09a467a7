import type { ClientKind, ClientPlan, ConnectedClient, NewClient } from "./shapes";

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
