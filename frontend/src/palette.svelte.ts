import type { SkillSummary } from "./host/shapes";
import { href } from "./routes";
import { screens } from "./screens";
import type { Drawing } from "./ui/Icon.svelte";

/** One place that the palette leads to. A skill's name in it is the skill's own. */
export type Entry = { icon: Drawing; words: string; name: string; href: string };

/** Finds places by words, and keeps the one that Enter goes to. */
export class Finder {
  words = $state("");
  #at = $state(0);
  #skills: SkillSummary[] = $state.raw([]);

  readonly found = $derived.by(() => {
    const wanted = this.words.toLowerCase().split(/\s+/);
    return this.#entries().filter((entry) => {
      const text = `${entry.words} ${entry.name}`.toLowerCase();
      return wanted.every((word) => text.includes(word));
    });
  });
  readonly at = $derived(Math.min(this.#at, Math.max(0, this.found.length - 1)));

  /** Begins anew with these skills. */
  reset(): void {
    this.words = "";
    this.#at = 0;
  }

  know(skills: SkillSummary[]): void {
    this.#skills = skills;
  }

  /** Moves by a number of entries, around the ends. */
  move(by: number): void {
    const n = this.found.length;
    if (n > 0) this.#at = (this.at + by + n) % n;
  }

  pointAt(place: number): void {
    this.#at = place;
  }

  #entries(): Entry[] {
    return [
      ...screens.map(({ screen, name, icon }) => ({ icon, words: "Go to", name, href: href({ screen }) })),
      ...this.#skills.flatMap(({ name }): Entry[] => [
        { icon: "skills", words: "Look at the skill", name, href: href({ screen: "skill", name }) },
        {
          icon: "playground",
          words: "Try a tool of",
          name,
          href: href({ screen: "playground", skill: name }),
        },
      ]),
    ];
  }
}
