// What can be done with a bubble: walk from one to the next, reply, open its call, send it again.

import { byId } from "./dom.js";
import { here } from "./route.js";
import { threadOf } from "./world.js";

const rows = byId("rows");

/** @returns {HTMLElement[]} */
const focusable = () => [...rows.querySelectorAll("article.row")];

/** One bubble takes part in the order of Tab: the one with the focus, or else the newest. */
export function rove() {
  const all = focusable();
  const current = all.find((one) => one.contains(document.activeElement)) ?? all[all.length - 1];
  for (const one of all) {
    const tab = one === current ? 0 : -1;
    if (one.tabIndex === tab && one.dataset.roved) continue;
    one.dataset.roved = "yes";
    one.tabIndex = tab;
    for (const button of one.querySelectorAll("button")) button.tabIndex = tab;
  }
}

/** Marks the bubble whose call is in the drawer. @param {string | null} sid */
export function markOpen(sid) {
  for (const one of rows.querySelectorAll("article[aria-current]")) if (one.dataset.sid !== sid) one.removeAttribute("aria-current");
  if (sid) focusable().find((one) => one.dataset.sid === sid)?.setAttribute("aria-current", "true");
}

/** @param {string} sid */
export function focusBubble(sid) {
  const element = focusable().find((one) => one.dataset.sid === sid);
  element?.focus();
  return element;
}

/** @param {string} sid */
function showBubble(sid) {
  const element = focusBubble(sid);
  if (!element) return;
  element.scrollIntoView({ block: "center" });
  element.classList.add("found");
  setTimeout(() => element.classList.remove("found"), 1500);
}

/**
 * @typedef {object} Acts  What a bubble can be asked for.
 * @property {(message: import("./api.js").Message) => void} reply
 * @property {(message: import("./api.js").Message, button: import("./api.js").Button) => void} tap
 * @property {(sid: string) => void} open
 * @property {(id: string) => void} again
 * @property {(id: string) => void} discard
 * @property {() => void} earlier
 */

/** @param {KeyboardEvent} event @param {Acts} acts */
function press(event, acts) {
  const focused = /** @type {HTMLElement} */ (event.target);
  if (!focused.matches("article.row") || event.ctrlKey || event.metaKey || event.altKey) return;
  const all = focusable();
  const at = all.indexOf(focused);
  const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: all.length - 1 }[event.key];
  const sid = focused.dataset.sid;
  if (to !== undefined) all[to]?.focus();
  else if (sid && (event.key === "Enter" || event.key === "i")) acts.open(sid);
  else if (sid && event.key === "r") replyTo(sid, acts);
  else return;
  event.preventDefault();
}

/** @param {string} sid */
function messageOf(sid) {
  const { phone, bot } = here();
  return threadOf(phone ?? "", bot ?? "")?.get(sid);
}

/** @param {string} sid @param {Pick<Acts, "reply">} acts */
export function replyTo(sid, acts) {
  const message = messageOf(sid);
  if (message) acts.reply(message);
}

/** @param {string} sid @param {string} at @param {Acts} acts */
function tapOn(sid, at, acts) {
  const message = messageOf(sid);
  const button = message?.buttons[Number(at)];
  if (message && button) acts.tap(message, button);
}

/** @param {Acts} acts */
export function startBubbles(acts) {
  rows.addEventListener("click", (/** @type {MouseEvent} */ event) => {
    const button = /** @type {HTMLElement} */ (event.target).closest("[data-act]");
    if (!(button instanceof HTMLElement)) return;
    const { act, id = "", at = "" } = button.dataset;
    const sid = button.closest("article")?.dataset.sid ?? "";
    if (act === "show") showBubble(button.dataset.sid ?? "");
    if (act === "earlier") acts.earlier();
    if (act === "open") acts.open(sid);
    if (act === "reply") replyTo(sid, acts);
    if (act === "tap") tapOn(sid, at, acts);
    if (act === "again") acts.again(id);
    if (act === "discard") acts.discard(id);
  });
  rows.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => press(event, acts));
  rows.addEventListener("focusin", rove);
}
