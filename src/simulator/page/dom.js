// Builds elements, and changes only those that differ; text always goes in as text.

/**
 * `on…` properties are listeners, `true` is a bare attribute, `null`, `undefined` and `false` are left out.
 * @param {string} tag
 * @param {Record<string, any>} [properties]
 * @param {...(Node | string | null | undefined | false)} children
 * @returns {HTMLElement}
 */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children) if (child) element.append(child);
  return element;
}

/** @param {string} id @returns {any} */
export function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`index.html has no #${id}`);
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

/**
 * One of the drawings at the top of index.html; decoration unless it has a label.
 * @param {string} name @param {string} [label]
 */
export function icon(name, label) {
  const svg = document.createElementNS(SVG, "svg");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#icon-${name}`);
  svg.setAttribute("class", `icon icon-${name}`);
  svg.append(use);
  if (label) {
    const title = document.createElementNS(SVG, "title");
    title.textContent = label;
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", label);
    svg.prepend(title);
  } else {
    svg.setAttribute("aria-hidden", "true");
  }
  return svg;
}

/**
 * @typedef {object} Part
 * @property {string} key  which one it is
 * @property {string} face  how it looks; another face builds it anew
 * @property {() => HTMLElement} build
 * @property {(element: HTMLElement) => void} [touch]  small changes that need no new element
 */

/** @type {WeakMap<Element, Map<string, {face: string, element: HTMLElement}>>} */
const kept = new WeakMap();

/**
 * Makes the parent's children be these parts, in this order. What stays is not moved or rebuilt, so that
 * players go on playing, the focus stays and a screen reader hears only what is new.
 * @param {Element} parent @param {Part[]} parts
 */
export function settle(parent, parts) {
  const before = kept.get(parent) ?? new Map();
  const after = new Map();
  const focused = document.activeElement;
  for (const { key, face, build, touch } of parts) {
    const old = before.get(key);
    const element = old?.face === face ? old.element : build();
    if (old && old.element !== element) old.element.replaceWith(element);
    touch?.(element);
    after.set(key, { face, element });
  }
  for (const [key, { element }] of before) if (!after.has(key)) element.remove();
  let place = parent.firstElementChild;
  for (const { element } of after.values()) {
    if (element === place) place = element.nextElementSibling;
    else parent.insertBefore(element, place);
  }
  kept.set(parent, after);
  if (focused instanceof HTMLElement && focused !== document.activeElement && parent.contains(focused)) {
    focused.focus({ preventScroll: true });
  }
}
