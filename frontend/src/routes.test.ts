import { expect, it } from "vitest";
import { href, parse, type Route } from "./routes";

const routes: [string, Route][] = [
  ["#/inbox", { screen: "inbox" }],
  ["#/week", { screen: "week" }],
  ["#/clients", { screen: "clients" }],
  ["#/skills", { screen: "skills" }],
  ["#/skills/pdf-tools", { screen: "skill", name: "pdf-tools" }],
  ["#/skills/a%2Fb%20%E2%80%AE", { screen: "skill", name: "a/b \u202E" }],
  ["#/playground", { screen: "playground", skill: undefined, tool: undefined }],
  ["#/playground/files/read", { screen: "playground", skill: "files", tool: "read" }],
];

it.each(routes)("%s leads to its screen and back", (hash, route) => {
  expect(parse(hash)).toEqual(route);
  expect(href(route)).toBe(hash);
});

it.each(["", "#", "#/", "#/nowhere", "#/%E0%A4%A"])("%j, which leads nowhere, is the inbox", (hash) => {
  expect(parse(hash)).toEqual({ screen: "inbox" });
});
