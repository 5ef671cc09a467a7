import { emptyWeek } from "./fake-week";
import type { Deed, WeekTold } from "./shapes";

const hour = 3_600_000;

/** The week that goes on at the moment now, and the one before, of which only a part is in the record. */
export function weeks(now: number): WeekTold[] {
  const files = { skill: "files", client: "claude-code", workspace: "/home/ada/work/acme" };
  const deed = (hoursAgo: number, more: Partial<Deed>): Deed => ({
    ...files,
    time: now - hoursAgo * hour,
    grant: "",
    sentence: "",
    verdict: "allow",
    ...more,
  });
  const some = (...newest: Deed[]) => ({ count: newest.length, newest });
  const docs = { grant: "fs:read:${workspace}/docs/**", sentence: "read “docs/**” in the workspace" };
  const csv = {
    grant: "fs:write:${workspace}/out/*.csv",
    sentence: "create, change and delete “out/*.csv” in the workspace",
  };
  const wait = { ...files, tool: "write", time: now - 2 * hour };
  return [
    {
      ...emptyWeek(now, 0),
      ...{ earlier: true, calls: 148, tried: 2, limited: 1, failed: 1, refusals: 41 },
      ...{ readBytes: 4_402_000, writtenBytes: 90_112, readers: 88, writers: 3, changes: 12 },
      ...{ sentBytes: 21_400, receivedBytes: 3_180_000, requests: 47, senders: 31 },
      by: [
        { skill: "files", client: "claude-code", calls: 71, refusals: 3, limited: 0 },
        { skill: "web", client: "claude-code", calls: 38, refusals: 0, limited: 0 },
        { skill: "files", client: "vs-code", calls: 37, refusals: 38, limited: 0 },
        { skill: "pdf-tools", client: "claude-code", calls: 1, refusals: 0, limited: 0 },
        { skill: "run-js", client: "claude-code", calls: 1, refusals: 0, limited: 1 },
      ],
      ...{ asked: 9, askedMs: 131_000, yes: 7, no: 2, paused: 1 },
      waits: [
        { ...wait, call: "c-71", waitingMs: 64_000 },
        { ...wait, call: "c-70", skill: "web", tool: "fetch", waitingMs: 12_400 },
      ],
      standing: some(
        deed(2, { ...docs, lifetime: "always" }),
        deed(5, { lifetime: "always", grant: "${workspace}" }),
      ),
      denied: some(deed(9, { ...csv, verdict: "deny", lifetime: "date" })),
      revoked: some(deed(3, { ...csv, client: "vs-code", lifetime: "always" })),
      lapsed: some(deed(10, { ...docs, skill: "pdf-tools", lifetime: "always" })),
      rules: some(deed(4, { ...csv, skill: "", verdict: "deny", change: "added" })),
      undone: some(deed(1, { grant: "fs:write:${workspace}/deploy/config.yaml", verdict: "" })),
    },
    {
      ...emptyWeek(now, 1),
      ...{ short: true, calls: 12, readers: 4, readBytes: 18_200 },
      by: [{ skill: "files", client: "claude-code", calls: 12, refusals: 0, limited: 0 }],
    },
  ];
}
