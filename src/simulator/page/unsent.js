// Messages on their way and those that did not get through; they survive a reload until the simulator has them.

import * as api from "./api.js";
import { changed, remember, threadOf, world } from "./world.js";

/**
 * @typedef {object} Unsent
 * @property {string} id
 * @property {string} phone
 * @property {api.Said} said
 * @property {string} created_at
 * @property {boolean} under_way
 * @property {string | null} problem  why it did not get through
 * @property {string[]} before  the newest messages when it was sent, none of which can be this one
 * @property {string | null} sid  the message that an event brought and that seems to be this one
 */

const SHELF = "chinwag/unsent";
/** The two clocks may differ by this much. */
const SLACK_MS = 5_000;
/** More messages than fall into the slack. */
const BEFORE = 40;

/** @type {Unsent[]} */
let unsent = [];

try {
  unsent = JSON.parse(sessionStorage.getItem(SHELF) ?? "[]");
  for (const one of unsent) {
    if (one.under_way) one.problem = "the page was reloaded before the answer came";
    one.under_way = false;
  }
} catch {
  // Something else wrote there; nothing of ours is lost.
}

function keep() {
  sessionStorage.setItem(SHELF, JSON.stringify(unsent));
  changed();
}

/** @param {string} phone @param {string} bot @returns {Unsent[]} */
export function unsentTo(phone, bot) {
  return unsent.filter((one) => one.phone === phone && one.said.to === bot && !isThere(one));
}

/** @param {string} phone @param {string} bot */
export const isUnderWay = (phone, bot) =>
  unsent.some((one) => one.phone === phone && one.said.to === bot && one.under_way);

/** The conversation already shows it, brought by an event before the answer to our request. @param {Unsent} one */
function isThere(one) {
  const thread = threadOf(one.phone, one.said.to);
  if (one.sid) return thread?.has(one.sid) ?? false;
  const taken = new Set([...unsent.map((other) => other.sid), ...one.before]);
  const since = Date.parse(one.created_at) - SLACK_MS;
  for (const message of thread?.values() ?? []) {
    const fits = message.direction === "inbound" && !taken.has(message.sid) && Date.parse(message.created_at) >= since;
    if (fits && isSame(one.said, message)) {
      one.sid = message.sid;
      return true;
    }
  }
  return false;
}

/** @param {api.Said} said @param {api.Message} message */
function isSame(said, message) {
  if (said.location) return message.location?.latitude === said.location.latitude;
  if (said.media?.length) return message.media.length > 0;
  if (said.button) return message.button?.text === said.button.text;
  if (said.list) return message.body.includes(said.list.title);
  return message.body.trim() === (said.body ?? "").trim();
}

/** @param {string} phone @param {api.Said} said */
export function send(phone, said) {
  /** @type {Unsent} */
  const one = {
    id: `unsent-${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 8)}`,
    phone,
    said,
    created_at: "",
    under_way: true,
    problem: null,
    before: [],
    sid: null,
  };
  unsent.push(one);
  return deliver(one);
}

/** @param {Unsent} one */
export function discard(one) {
  unsent = unsent.filter((other) => other !== one);
  keep();
}

/** Also sends again what failed. @param {Unsent} one */
export async function deliver(one) {
  one.created_at = world.now().toISOString();
  one.before = [...(threadOf(one.phone, one.said.to)?.keys() ?? [])].slice(-BEFORE);
  one.sid = null;
  one.under_way = true;
  one.problem = null;
  keep();
  try {
    const message = await api.say(one.phone, one.said);
    if (!threadOf(one.phone, one.said.to)?.has(message.sid)) remember(one.phone, one.said.to, message);
    discard(one);
  } catch (error) {
    if (isThere(one)) return discard(one);
    one.under_way = false;
    one.problem = error instanceof Error ? error.message : String(error);
    keep();
  }
}
