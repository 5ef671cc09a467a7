import type { Drawing } from "./ui/Icon.svelte";

/** The screens in the order of the sidebar. */
export const screens = [
  { screen: "inbox", name: "Inbox", icon: "inbox" },
  { screen: "activity", name: "Activity", icon: "activity" },
  { screen: "week", name: "Week", icon: "week" },
  { screen: "skills", name: "Skills", icon: "skills" },
  { screen: "decisions", name: "Decisions", icon: "decisions" },
  { screen: "policy", name: "Policy", icon: "policy" },
  { screen: "clients", name: "Clients", icon: "clients" },
  { screen: "workspaces", name: "Workspaces", icon: "workspaces" },
  { screen: "playground", name: "Playground", icon: "playground" },
] as const satisfies { screen: string; name: string; icon: Drawing }[];
