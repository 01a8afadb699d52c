// Elements without markup in strings: whatever a bulletin says stays text.

/**
 * An element. `attributes`: `class`, `on…` (a listener), `dataset` (an object), properties of the element for booleans,
 * attributes for the rest; null and undefined are left out. Children are nodes or text; null and false are left out.
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "dataset") Object.assign(element.dataset, value);
    else if (typeof value === "boolean") element.toggleAttribute(name, value);
    else element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

export const byId = (id) => document.getElementById(id);

/** Replaces what `element` holds, and leaves the keyboard's place to whoever has the same `data-key` afterwards. */
export function fill(element, ...children) {
  const key = element.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  element.replaceChildren(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  if (key !== undefined) {
    [...element.querySelectorAll("[data-key]")].find((candidate) => candidate.dataset.key === key)?.focus({ preventScroll: true });
  }
}

/** Tells a screen reader. */
export function announce(text) {
  byId("announce").textContent = text;
}

/** The text with every occurrence of one of `words` in a <mark>. */
export function marked(text, words) {
  const wanted = words.filter((word) => word !== "");
  if (wanted.length === 0) return [text];
  const pattern = new RegExp(`(${wanted.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|")})`, "giu");
  return text.split(pattern).map((part, number) => (number % 2 ? h("mark", { class: "found" }, part) : part));
}
