import { Problem } from "./problem";

/** What a person asked for on a screen: which thing is under way, and why the last one failed. */
export class Doing {
  /** The id of the thing that is being dealt with. */
  what: string | undefined = $state();
  problem: Problem | undefined = $state.raw();

  /** Does it, unless another is under way. Returns whether it was done. */
  async try(what: string, act: () => Promise<void>): Promise<boolean> {
    if (this.what !== undefined) return false;
    this.what = what;
    this.problem = undefined;
    try {
      await act();
      return true;
    } catch (reason) {
      this.problem = Problem.of(reason);
      return false;
    } finally {
      this.what = undefined;
    }
  }
}
