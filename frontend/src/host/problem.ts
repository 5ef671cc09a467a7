/** Why the host did not do what it was asked. Detail, grant and said may hold text of skills. */
export class Problem extends Error {
  override readonly name = "Problem";
  /** The word for this kind of failure, as in records and --json. */
  readonly code: string;
  /** One sentence for a person. */
  readonly detail: string;
  readonly hint: string | undefined;
  readonly grant: string | undefined;
  readonly call: string | undefined;
  /** The skill's own words. */
  readonly said: string | undefined;

  constructor(about: {
    code: string;
    detail: string;
    hint?: string;
    grant?: string;
    call?: string;
    said?: string;
  }) {
    super(about.detail);
    this.code = about.code;
    this.detail = about.detail;
    this.hint = about.hint;
    this.grant = about.grant;
    this.call = about.call;
    this.said = about.said;
  }

  /** The host cannot be reached, or the request was withdrawn. */
  static unreachable(reason?: unknown): Problem {
    if ((reason as { name?: unknown } | undefined)?.name === "AbortError") {
      return new Problem({ code: "cancelled", detail: "The call was cancelled." });
    }
    return new Problem({
      code: "host_unavailable",
      detail: "Gatehouse's host does not answer.",
      hint: "This page goes on by itself when the host is back. If it stays away, run 'gatehouse open'.",
    });
  }

  /** Reads a problem+json body. What it cannot read is an internal failure that names the status. */
  static read(body: unknown, status: number): Problem {
    const field = (name: string) => {
      const value = (body as Record<string, unknown> | null | undefined)?.[name];
      return typeof value === "string" && value !== "" ? value : undefined;
    };
    return new Problem({
      code: field("code") ?? "internal",
      detail: sentence(field("detail") ?? `the host answered with status ${status}`),
      hint: sentence(field("hint")),
      grant: field("grant"),
      call: field("call"),
      said: field("said"),
    });
  }

  /** Any thrown value as a Problem, so that a screen has one kind of failure to draw. */
  static of(reason: unknown): Problem {
    if (reason instanceof Problem) return reason;
    return new Problem({
      code: "internal",
      detail: reason instanceof Error ? reason.message : String(reason),
    });
  }

  get offline(): boolean {
    return this.code === "host_unavailable";
  }
}

/** Go's errors begin small and end without a point; on a page they are sentences. */
function sentence<T extends string | undefined>(text: T): T {
  if (!text) return text;
  const ended = /[.?!:…]$/.test(text) ? text : `${text}.`;
  return (ended.charAt(0).toUpperCase() + ended.slice(1)) as T;
}
