import type { Answer, Turn } from "./prompt";

/** What came of an answer: it holds, its question was no longer open, or it could not be kept and nothing was allowed. */
export type Taken = "holds" | "late" | "lost";

/** The host, as ask sees it. */
export interface Door {
  /** next waits until the host has something newer than turn `after`, at most half a minute, and rejects when it cannot be reached. */
  next(after: number, signal: AbortSignal): Promise<Turn>;
  /** answer says what came of the answer once that is known, and rejects when the host cannot be reached or did not take it. */
  answer(answer: Answer): Promise<Taken>;
  /** pick opens the system's file dialog at folder and waits for the person: the path of a file, or "" for none. */
  pick(folder: string): Promise<string>;
}

const longPoll = 35_000; // the host answers within 25 s
const patience = 10_000; // the host waits 8 s for an answer to hold

/** HostDoor speaks HTTP to the host, showing the key that the page was loaded with. */
export class HostDoor implements Door {
  readonly #key: string;

  constructor(key: string) {
    this.#key = key;
  }

  async next(after: number, signal: AbortSignal): Promise<Turn> {
    const response = await fetch(`/api/prompt?after=${after}`, {
      headers: { "X-Gatehouse-Key": this.#key },
      cache: "no-store",
      signal: AbortSignal.any([signal, AbortSignal.timeout(longPoll)]),
    });
    if (!response.ok) throw new Error(`asking for the prompt: status ${response.status}`);
    return (await response.json()) as Turn;
  }

  async answer(answer: Answer): Promise<Taken> {
    const response = await fetch("/api/answer", {
      method: "POST",
      headers: { "X-Gatehouse-Key": this.#key, "Content-Type": "application/json" },
      body: JSON.stringify(answer),
      signal: AbortSignal.timeout(patience),
    });
    if (response.status === 204) return "holds";
    if (response.status === 409) return "late";
    if (response.status === 500) return "lost";
    throw new Error(`answering: status ${response.status}`);
  }

  async pick(folder: string): Promise<string> {
    const response = await fetch("/dialog/file", {
      method: "POST",
      headers: { "X-Gatehouse-Key": this.#key, "Content-Type": "application/json" },
      body: JSON.stringify({ folder }),
    });
    if (!response.ok) throw new Error(`picking a file: status ${response.status}`);
    return ((await response.json()) as { path: string }).path;
  }
}
