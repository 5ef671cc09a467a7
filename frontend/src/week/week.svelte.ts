import type { Host } from "../host/client";
import type { Events } from "../host/events.svelte";
import { Reading } from "../host/reading.svelte";
import type { WeekTold } from "../host/shapes";

/** What was done in the person's name, a week at a time. */
export class Week {
  /** How many weeks ago the one is that the person wants to see; 0 goes on. */
  back = $state(0);
  /** The week that is shown, and how many weeks ago it was wanted: the next one may be under way. */
  readonly told: Reading<{ back: number; week: WeekTold }>;
  /** The week that goes on, for the line that leads here. */
  readonly current: Reading<WeekTold>;

  constructor(host: Host, events: Events) {
    this.told = new Reading(events, ["calls", "decisions", "policies", "status"], async () => {
      const { back } = this;
      return { back, week: await host.week(back) };
    });
    this.current = new Reading(events, ["calls"], () => host.week(0));
  }

  /** Follows the week that is shown, from the one that goes on. */
  watch(): () => void {
    this.back = 0;
    return this.told.watch();
  }

  earlier(): Promise<void> {
    this.back++;
    return this.told.again();
  }

  later(): Promise<void> {
    this.back = Math.max(0, this.back - 1);
    return this.told.again();
  }
}
