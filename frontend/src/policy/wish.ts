/** What a sentence wants: an act, and the thing it is done to, in a person's words. */
export type Wish = { act: Act; what: string };

export const acts = [
  ["read", "read", "docs/plan.md, or docs/**"],
  ["list", "see the names in", "docs/**"],
  ["write", "create, change or delete", "out/report.csv"],
  ["fetch", "fetch from", "https://api.github.com/repos/"],
  ["send", "send to", "https://api.example.com/v1/"],
  ["env", "use the variable", "LANG"],
  ["grant", "do exactly", "fs:read:${workspace}/docs/**"],
] as const;

export type Act = (typeof acts)[number][0];

/** A path as a grant writes it: stars are patterns, every other sign of the grammar stands for itself. */
function path(what: string, workspace: string): string {
  const escaped = what.replace(/[\\{}[\]?$]/g, (sign) => `\\${sign}`);
  if (workspace && (what === workspace || what.startsWith(`${workspace}/`))) {
    return `\${workspace}${escaped.slice(workspace.replace(/[\\{}[\]?$]/g, "\\$&").length)}`;
  }
  if (what.startsWith("/") || what.startsWith("${workspace}")) return what.startsWith("/") ? escaped : what;
  return `\${workspace}/${escaped.replace(/^\.\//, "")}`;
}

function address(what: string, method: string): string {
  const url = /^[a-z]+:\/\//i.test(what) ? what : `https://${what}`;
  const cut = /^([a-z]+):\/\/([^/?#]*)([^?#]*)/i.exec(url);
  if (!cut) return `net:${method}:${what}`;
  const [, scheme = "", host = "", rest = ""] = cut;
  const named = /:\d+$/.test(host) ? host : `${host}:${scheme.toLowerCase() === "http" ? 80 : 443}`;
  return `net:${method}:${scheme.toLowerCase()}://${named}${rest || "/**"}`;
}

/** The grant that a wish stands for. Whether it is one, and what it means, the host says. */
export function grantOf({ act, what }: Wish, workspace: string): string {
  const wanted = what.trim();
  switch (act) {
    case "read":
    case "list":
    case "write":
      return `fs:${act}:${path(wanted, workspace)}`;
    case "fetch":
      return address(wanted, "GET");
    case "send":
      return address(wanted, "POST");
    case "env":
      return `env:${wanted}`;
    case "grant":
      return wanted;
  }
}
