// What jsdom lacks of a browser and components need to be drawn.
globalThis.ResizeObserver ??= class {
  observe() {}
  unobserve() {}
  disconnect() {}
};
if (globalThis.Element) Element.prototype.scrollIntoView ??= () => {};
