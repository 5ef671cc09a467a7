import { mount } from "svelte";
import AskPage from "./ask/Ask.svelte";
import { Ask } from "./ask/ask.svelte";
import { HostDoor } from "./ask/door";
import "./look/look.css";

const target = document.getElementById("app");
const key = document.querySelector<HTMLMetaElement>('meta[name="gatehouse-key"]')?.content;
if (!target || !key) throw new Error("the page has no #app or no key");

const ask = new Ask(new HostDoor(key), {
  now: () => Date.now(),
  later(after, act) {
    const timer = setTimeout(act, after);
    return () => clearTimeout(timer);
  },
});

// Whatever brings the page under the hand anew starts the grace anew. No event tells that a window was moved.
for (const event of ["focus", "resize", "pageshow"]) window.addEventListener(event, () => ask.hold());
document.addEventListener("visibilitychange", () => ask.hold());
let place = "";
setInterval(() => {
  if (ask.screen.kind !== "open") return;
  const now = `${window.screenX} ${window.screenY}`;
  if (now !== place) ask.hold();
  place = now;
}, 100);

mount(AskPage, { target, props: { ask } });
void ask.run(new AbortController().signal);
