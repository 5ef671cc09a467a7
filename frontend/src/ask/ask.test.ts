import { describe, expect, it } from "vitest";
import { Ask, farewell, grace, regret, retry, type Clock } from "./ask.svelte";
import type { Door, Taken } from "./door";
import { env, folder, readFile, turn } from "./examples";
import type { Answer, Turn } from "./prompt";
import type { Question } from "./question.svelte";
import { dayAfter } from "./wording";

/** FakeClock stands still until it is told to pass. */
class FakeClock implements Clock {
  #now = 0;
  #timers: { at: number; act: () => void }[] = [];

  now() {
    return this.#now;
  }

  later(after: number, act: () => void) {
    const timer = { at: this.#now + after, act };
    this.#timers.push(timer);
    return () => (this.#timers = this.#timers.filter((other) => other !== timer));
  }

  pass(time: number) {
    const end = this.#now + time;
    for (;;) {
      const [first] = this.#timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at);
      if (!first) break;
      this.#timers = this.#timers.filter((timer) => timer !== first);
      this.#now = first.at;
      first.act();
    }
    this.#now = end;
  }
}

interface Sent {
  answer: Answer;
  settle: (outcome: Taken | Error) => void;
}

/** FakeDoor lets the test say when and how the host replies. */
class FakeDoor implements Door {
  readonly sent: Sent[] = [];
  readonly asked: number[] = [];
  reply: (turn: Turn | Error) => void = () => {};

  next(after: number): Promise<Turn> {
    this.asked.push(after);
    return new Promise((resolve, reject) => {
      this.reply = (turn) => (turn instanceof Error ? reject(turn) : resolve(turn));
    });
  }

  picks: ((path: string | Error) => void)[] = [];

  pick(): Promise<string> {
    return new Promise((resolve, reject) => {
      this.picks.push((path) => (path instanceof Error ? reject(path) : resolve(path)));
    });
  }

  answer(answer: Answer): Promise<Taken> {
    return new Promise((resolve, reject) => {
      this.sent.push({ answer, settle: (o) => (o instanceof Error ? reject(o) : resolve(o)) });
    });
  }
}

/** Lets everything that is ready to run do so. */
const settled = () => new Promise<void>((resume) => setTimeout(resume));

function setUp() {
  const clock = new FakeClock();
  const door = new FakeDoor();
  const ask = new Ask(door, clock);
  return { clock, door, ask };
}

/** The question that is open, or a failure. */
function open(ask: Ask): Question {
  if (ask.screen.kind !== "open") throw new Error(`the screen is ${ask.screen.kind}`);
  return ask.screen.question;
}

describe("the grace", () => {
  it("lets nothing be allowed for 600 ms after a question is shown", () => {
    const { ask, clock, door } = setUp();
    ask.see(turn(1, readFile()));
    clock.pass(grace - 1);
    void ask.allow(open(ask));
    void ask.allowChosen(open(ask));
    expect(door.sent).toEqual([]);
    clock.pass(1);
    void ask.allow(open(ask));
    expect(door.sent).toHaveLength(1);
  });

  it("starts anew when the page comes to the front or moves", () => {
    const { ask, clock, door } = setUp();
    ask.see(turn(1, readFile()));
    clock.pass(grace);
    ask.hold();
    clock.pass(grace - 1);
    void ask.allow(open(ask));
    expect(door.sent).toEqual([]);
    clock.pass(1);
    expect(ask.ready).toBe(true);
  });

  it("starts anew for the next question", async () => {
    const { ask, clock, door } = setUp();
    const [first, second] = [readFile(), folder()];
    ask.see(turn(1, first, 1));
    clock.pass(grace);
    void ask.deny(open(ask));
    ask.see(turn(2, second));
    door.sent[0]?.settle("holds");
    await settled();
    expect(open(ask).prompt.nonce).toBe(second.nonce);
    void ask.allow(open(ask));
    expect(door.sent).toHaveLength(1);
  });

  it("holds no refusal back", () => {
    const { ask, door } = setUp();
    const prompt = readFile();
    ask.see(turn(1, prompt));
    void ask.deny(open(ask));
    expect(door.sent[0]?.answer).toEqual({
      nonce: prompt.nonce,
      shown: `hash of ${prompt.nonce}`,
      verdict: "deny",
      rung: 0,
      lifetime: "once",
    });
  });
});

describe("the open question", () => {
  it("is not changed by what the host says later, but for the count behind it", () => {
    const { ask } = setUp();
    const prompt = readFile();
    ask.see(turn(1, prompt, 0));
    const question = open(ask);
    ask.see(turn(2, { ...prompt, name: "other.csv" }, 2));
    expect(open(ask)).toBe(question);
    expect(question.prompt.name).toBe("payroll.csv");
    expect(ask.waiting).toBe(2);
  });

  it("cannot be changed by anybody", () => {
    const { ask } = setUp();
    ask.see(turn(1, readFile()));
    const { prompt } = open(ask);
    expect(() => Object.assign(prompt, { name: "other" })).toThrow(TypeError);
    expect(() => prompt.rungs?.pop()).toThrow(TypeError);
  });

  it("is shown as closed before another takes its place, and answers nothing more", () => {
    const { ask, clock, door } = setUp();
    const next = folder();
    ask.see(turn(1, readFile()));
    const question = open(ask);
    clock.pass(grace);
    ask.see(turn(2, next));
    expect(ask.screen).toEqual({ kind: "closed", question });
    void ask.allow(question);
    void ask.deny(question);
    expect(door.sent).toEqual([]);
    clock.pass(farewell - 1);
    expect(ask.screen.kind).toBe("closed");
    clock.pass(1);
    expect(open(ask).prompt.nonce).toBe(next.nonce);
  });

  it("is shown as closed when the host takes it back, then nothing is", () => {
    const { ask, clock } = setUp();
    ask.see(turn(1, readFile()));
    ask.see(turn(2, null));
    expect(ask.screen.kind).toBe("closed");
    clock.pass(farewell);
    expect(ask.screen.kind).toBe("empty");
  });

  it("is another one where the same words come with another hash", () => {
    const { ask } = setUp();
    const prompt = readFile();
    ask.see(turn(1, prompt));
    ask.see({ ...turn(2, prompt), hash: "other" });
    expect(ask.screen.kind).toBe("closed");
  });
});

describe("an answer", () => {
  it("goes out once, however often a button is pressed", async () => {
    const { ask, clock, door } = setUp();
    ask.see(turn(1, readFile()));
    clock.pass(grace);
    const question = open(ask);
    void ask.allow(question);
    void ask.allow(question);
    void ask.deny(question);
    expect(door.sent).toHaveLength(1);
    door.sent[0]?.settle("holds");
    await settled();
    expect(ask.screen.kind).toBe("empty");
  });

  it("that comes too late is said to be so", async () => {
    const { ask, clock, door } = setUp();
    ask.see(turn(1, readFile()));
    void ask.deny(open(ask));
    door.sent[0]?.settle("late");
    await settled();
    expect(ask.screen.kind).toBe("closed");
    clock.pass(farewell);
    expect(ask.screen.kind).toBe("empty");
  });

  it("that could not be kept is said to have allowed nothing", async () => {
    const { ask, clock, door } = setUp();
    ask.see(turn(1, readFile()));
    clock.pass(grace);
    void ask.allow(open(ask));
    door.sent[0]?.settle("lost");
    await settled();
    expect(ask.screen).toMatchObject({ kind: "closed", lost: true });
    clock.pass(regret);
    expect(ask.screen.kind).toBe("empty");
  });

  it("is not asked for again by a poll that was under way", async () => {
    const { ask, door } = setUp();
    const prompt = readFile();
    ask.see(turn(1, prompt));
    void ask.deny(open(ask));
    door.sent[0]?.settle("holds");
    await settled();
    ask.see(turn(2, prompt, 1));
    expect(ask.screen.kind).toBe("empty");
  });

  it("that did not arrive leaves the question to be asked again, with a new grace", async () => {
    const { ask, clock, door } = setUp();
    const prompt = readFile();
    ask.see(turn(1, prompt));
    clock.pass(grace);
    void ask.allow(open(ask));
    door.sent[0]?.settle(new Error("gone"));
    await settled();
    expect(ask.screen.kind).toBe("offline");
    clock.pass(retry);
    expect(open(ask).prompt.nonce).toBe(prompt.nonce);
    expect(ask.ready).toBe(false);
  });
});

describe("Allow more", () => {
  it("has the first scope and its shortest time picked, and a wider scope takes no longer time with it", () => {
    const { ask } = setUp();
    ask.see(turn(1, readFile()));
    const question = open(ask);
    expect(question.chosen()).toMatchObject({ rung: 0, lifetime: "call" });
    question.lifetime = "always";
    question.pick(2);
    expect(question.chosen()).toMatchObject({ rung: 2, lifetime: "call" });
  });

  it("never has always picked, also where it is the only time", () => {
    const { ask } = setUp();
    const [rung] = readFile().rungs ?? [];
    if (!rung) throw new Error("the example has no ladder");
    ask.see(
      turn(1, readFile({ rungs: [{ ...rung, lifetimes: [{ lifetime: "always", label: "Always" }] }] })),
    );
    expect(open(ask).chosen()).toBeNull();
  });

  it("gives nothing while a value is folded", () => {
    const { ask, clock, door } = setUp();
    ask.see(turn(1, readFile({ why: "long ".repeat(100) })));
    clock.pass(grace);
    const question = open(ask);
    void ask.allowChosen(question);
    expect(door.sent).toEqual([]);
    question.folds.open = true;
    void ask.allowChosen(question);
    expect(door.sent).toHaveLength(1);
  });

  it("gives no time that its scope does not offer", () => {
    const { ask } = setUp();
    ask.see(turn(1, env()));
    const question = open(ask);
    question.lifetime = "hour";
    expect(question.chosen()).toBeNull();
  });
});

describe("an answer until a date", () => {
  const setDate = () => {
    const { ask } = setUp();
    ask.see(turn(1, readFile()));
    const question = open(ask);
    question.pick(1);
    question.lifetime = "date";
    return question;
  };

  it("ends with the last second of its day", () => {
    const question = setDate();
    question.day = dayAfter(0, 3);
    const until = question.chosen()?.until ?? 0;
    expect(new Date((until + 1) * 1000).getHours()).toBe(0);
    expect(dayAfter(until * 1000, 0)).toBe(dayAfter(0, 3));
  });

  it.each(["", "1970-01-01", "1969-05-05", "1971-06-01", "1970-02-30", "soon", "1970-1-9"])(
    "is none where the day is %j",
    (day) => {
      const question = setDate();
      question.day = day;
      expect(question.chosen()).toBeNull();
    },
  );

  it("carries no date with any other time", () => {
    const question = setDate();
    question.lifetime = "hour";
    expect(question.chosen()).not.toHaveProperty("until");
  });
});

describe("picking another file", () => {
  const asking = (change = {}) => {
    const { ask, clock, door } = setUp();
    const prompt = readFile(change);
    ask.see(turn(1, prompt));
    return { ask, clock, door, prompt, question: open(ask) };
  };

  it("opens the dialog after the grace, once, and sends what was picked", async () => {
    const { ask, clock, door, prompt, question } = asking();
    void ask.pick(question);
    expect(door.picks).toHaveLength(0);
    clock.pass(grace);
    void ask.pick(question);
    void ask.pick(question);
    expect(door.picks).toHaveLength(1);
    door.picks[0]?.("/home/ada/other.csv");
    await settled();
    expect(door.sent.map((sent) => sent.answer)).toEqual([
      {
        nonce: prompt.nonce,
        shown: `hash of ${prompt.nonce}`,
        verdict: "allow",
        rung: 0,
        lifetime: "once",
        picked: "/home/ada/other.csv",
      },
    ]);
  });

  it.each(["", new Error("no dialog")])("answers nothing where nothing was picked: %j", async (outcome) => {
    const { ask, clock, door, question } = asking();
    clock.pass(grace);
    void ask.pick(question);
    door.picks[0]?.(outcome);
    await settled();
    expect(door.sent).toEqual([]);
    expect(open(ask)).toBe(question);
    expect(ask.ready).toBe(false);
  });

  it("answers nothing where the question has gone or another has come meanwhile", async () => {
    const { ask, clock, door, question } = asking();
    clock.pass(grace);
    void ask.pick(question);
    ask.see(turn(2, folder()));
    clock.pass(farewell);
    door.picks[0]?.("/home/ada/other.csv");
    await settled();
    expect(door.sent).toEqual([]);
  });

  it("is not there where the host does not offer it", () => {
    const { ask, clock, door, question } = asking({ mayPick: false });
    clock.pass(grace);
    void ask.pick(question);
    expect(door.picks).toEqual([]);
  });
});

describe("stopping the skill", () => {
  it("is a refusal that is held back by nothing", () => {
    const { ask, door } = setUp();
    ask.see(turn(1, readFile()));
    void ask.stop(open(ask));
    expect(door.sent[0]?.answer).toMatchObject({ verdict: "deny", lifetime: "once", stop: true });
  });
});

describe("the connection", () => {
  it("is followed from the newest turn on", async () => {
    const { ask, door } = setUp();
    const stop = new AbortController();
    void ask.run(stop.signal);
    door.reply(turn(7, null));
    await settled();
    door.reply(turn(9, readFile()));
    await settled();
    expect(door.asked).toEqual([0, 7, 9]);
    expect(ask.screen.kind).toBe("open");
    stop.abort();
  });

  it("that is gone leaves nothing to answer, and is tried again", async () => {
    const { ask, clock, door } = setUp();
    const stop = new AbortController();
    const prompt = readFile();
    void ask.run(stop.signal);
    door.reply(turn(1, prompt));
    await settled();
    const question = open(ask);
    clock.pass(grace);
    door.reply(new Error("gone"));
    await settled();
    expect(ask.screen.kind).toBe("offline");
    void ask.allow(question);
    void ask.deny(question);
    expect(door.sent).toEqual([]);
    clock.pass(retry);
    await settled();
    door.reply(turn(1, prompt));
    await settled();
    expect(open(ask)).not.toBe(question);
    expect(ask.ready).toBe(false);
    stop.abort();
  });

  it("shows no prompt that came without its hash", async () => {
    const { ask, door } = setUp();
    const stop = new AbortController();
    void ask.run(stop.signal);
    door.reply({ ...turn(1, readFile()), hash: "" });
    await settled();
    expect(ask.screen.kind).toBe("offline");
    stop.abort();
  });
});

describe("any order of events", () => {
  /** Random numbers that are the same for the same seed. */
  function dice(seed: number) {
    return (sides: number) => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      return Math.floor((seed / 2 ** 32) * sides);
    };
  }

  it("answers only what was on the screen, and allows only what stood there for 600 ms", async () => {
    let allowed = 0;
    let replaced = 0;
    for (let seed = 1; seed <= 400; seed++) {
      const roll = dice(seed);
      const { ask, clock, door } = setUp();
      let host: ReturnType<typeof readFile>[] = [readFile()];
      let n = 1;
      let held = 0;
      let pressed: Question[] = [];
      let before = ask.screen;

      for (let step = 0; step < 60; step++) {
        const shown = ask.screen.kind === "open" ? ask.screen.question : null;
        const sent = door.sent.length;
        if (shown && !pressed.includes(shown)) pressed = [...pressed, shown];
        const question = roll(4) === 0 ? pressed[roll(pressed.length)] : (shown ?? undefined);
        switch (roll(12)) {
          case 0:
            host = [...host, [readFile, folder, env][roll(3)]?.() ?? readFile()];
            break;
          case 1:
            host = host.slice(1);
            break;
          case 2:
          case 3:
            ask.see(turn(++n, host[0] ?? null, Math.max(host.length - 1, 0)));
            break;
          case 4:
          case 10:
          case 11:
            clock.pass(roll(900));
            break;
          case 5:
            ask.hold();
            held = clock.now();
            break;
          case 6:
            if (question) void ask.deny(question);
            break;
          case 7:
          case 9:
            if (question) void (roll(2) ? ask.allow(question) : ask.allowChosen(question));
            break;
          case 8: {
            const waiting = door.sent[roll(door.sent.length)];
            waiting?.settle((["holds", "late", "lost", new Error("gone")] as const)[roll(4)] ?? "late");
            await Promise.resolve()
              .then(() => {})
              .then(() => {});
          }
        }
        for (const { answer } of door.sent.slice(sent)) {
          expect(answer.nonce, `seed ${seed}, step ${step}`).toBe(shown?.prompt.nonce);
          expect(answer.shown).toBe(shown?.hash);
          if (answer.verdict === "allow") {
            allowed++;
            expect(clock.now() - Math.max(held, shown?.since ?? Infinity)).toBeGreaterThanOrEqual(grace);
          }
        }
        if (before.kind === "open" && ask.screen.kind === "open" && before.question !== ask.screen.question)
          replaced++;
        before = ask.screen;
      }
    }
    expect(replaced).toBe(0);
    expect(allowed).toBeGreaterThan(100);
  });
});
