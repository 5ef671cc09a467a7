import { configure } from "@testing-library/svelte";

// A busy machine is slow, not wrong: what never comes still fails.
configure({ asyncUtilTimeout: 5000 });

// What jsdom lacks of a browser and components need to be drawn.
globalThis.ResizeObserver ??= class {
  observe() {}
  unobserve() {}
  disconnect() {}
};
if (globalThis.Element) Element.prototype.scrollIntoView ??= () => {};
