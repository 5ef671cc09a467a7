/** Where the window is. The address is a hash, so that one document serves all. */
export type Route =
  | { screen: "inbox" }
  | { screen: "activity" }
  | { screen: "week" }
  | { screen: "skills" }
  | { screen: "skill"; name: string }
  | { screen: "decisions"; id?: string }
  | { screen: "policy" }
  | { screen: "workspaces" }
  | { screen: "clients" }
  | { screen: "playground"; skill?: string; tool?: string };

/** The hash that leads to a route. */
export function href(route: Route): string {
  switch (route.screen) {
    case "skill":
      return `#/skills/${encodeURIComponent(route.name)}`;
    case "decisions":
      return route.id ? `#/decisions/${encodeURIComponent(route.id)}` : "#/decisions";
    case "playground": {
      const parts = [route.skill, route.skill && route.tool].filter((part) => part !== undefined);
      return ["#/playground", ...parts.map((part) => encodeURIComponent(part))].join("/");
    }
    default:
      return `#/${route.screen}`;
  }
}

/** The route of a hash. An address that leads nowhere is the inbox. */
export function parse(hash: string): Route {
  const [screen, first, second] = hash.replace(/^#\/?/, "").split("/").map(decoded);
  switch (screen) {
    case "activity":
    case "week":
    case "policy":
    case "workspaces":
    case "clients":
      return { screen };
    case "decisions":
      return { screen, id: first || undefined };
    case "skills":
      return first ? { screen: "skill", name: first } : { screen };
    case "playground":
      return { screen, skill: first || undefined, tool: second || undefined };
    default:
      return { screen: "inbox" };
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return "";
  }
}
