// What the page knows of the simulator: people, chats, messages and webhook calls, kept in step by its events.

import * as api from "./api.js";

/** The simulator keeps as many. */
const MAX_CALLS = 1_000;
const RECONNECT_MS = 2_000;
/** The simulator's clock can be turned; this often the page looks. */
const CLOCK_MS = 4_000;
/** Several events come at once; the list of chats is asked for once. */
const GATHER_MS = 60;

/** @typedef {Map<string, api.Message>} Thread */

export const world = {
  /** Whether the simulator answers; `null` until it is known. @type {boolean | null} */
  live: null,
  /** @type {api.Phone[]} */
  phones: [],
  /** Who one is. @type {string | null} */
  phone: null,
  /** Whom one talks to. @type {string | null} */
  bot: null,
  /** Whose chats these are. @type {string | null} */
  chatsOf: null,
  /** @type {api.Chat[]} */
  chats: [],
  /** By `phone bot`, those that have been opened. @type {Map<string, Thread>} */
  threads: new Map(),
  /** @type {Map<string, api.Call>} */
  calls: new Map(),
  /** How far the simulator's clock is ahead of the browser's, in milliseconds. */
  ahead: 0,
  /** The simulator's time. */
  now: () => new Date(Date.now() + world.ahead),
};

/** @type {(() => void)[]} */
const listeners = [];
let told = false;

/** Calls back after each change, once for several at the same time. @param {() => void} listener */
export const onChange = (listener) => void listeners.push(listener);

export function changed() {
  if (told) return;
  told = true;
  queueMicrotask(() => {
    told = false;
    for (const listener of listeners) listener();
  });
}

const key = (/** @type {string} */ phone, /** @type {string} */ bot) => `${phone} ${bot}`;

/** @param {string} phone @param {string} bot */
export const threadOf = (phone, bot) => world.threads.get(key(phone, bot));

/** Oldest first. @param {string} phone @param {string} bot */
export const messagesOf = (phone, bot) =>
  [...(threadOf(phone, bot)?.values() ?? [])].sort(
    (one, other) => Date.parse(one.created_at) - Date.parse(other.created_at),
  );

/** @param {string} bot */
export const chatWith = (bot) => world.chats.find((chat) => chat.bot.number === bot);

/** The calls behind a message with their replays, oldest first. @param {api.Message} message */
export function callsAbout(message) {
  /** @type {Map<string, api.Call>} */
  const found = new Map();
  for (const call of world.calls.values()) {
    const about =
      call.id === message.request_id || call.message_sid === message.sid || call.messages.includes(message.sid);
    if (about || found.has(call.replay_of ?? "")) found.set(call.id, call);
  }
  return [...found.values()];
}

/** @type {Map<string, Map<string, api.Message>>} */
const arrivedWhileLoading = new Map();

/** Asks for a conversation; what an event brought in the meantime is newer and wins. @param {string} phone @param {string} bot */
export async function loadThread(phone, bot) {
  const name = key(phone, bot);
  const newer = new Map();
  arrivedWhileLoading.set(name, newer);
  try {
    const messages = await api.listMessages(phone, bot);
    const thread = new Map(messages.map((message) => [message.sid, message]));
    for (const [sid, message] of newer) thread.set(sid, message);
    world.threads.set(name, thread);
  } catch (error) {
    // An unknown bot has no conversation; when nobody answers, the next connection asks again.
    if (error instanceof api.Refusal && error.status >= 400) world.threads.set(name, new Map());
  } finally {
    if (arrivedWhileLoading.get(name) === newer) arrivedWhileLoading.delete(name);
    changed();
  }
}

/** @param {string} phone @param {string} bot @param {api.Message} message */
export function remember(phone, bot, message) {
  world.threads.get(key(phone, bot))?.set(message.sid, message);
  arrivedWhileLoading.get(key(phone, bot))?.set(message.sid, message);
  changed();
}

/** @param {string} now */
function setClock(now) {
  const ahead = Date.parse(now) - Date.now();
  // The way of the answer takes a few milliseconds; only a real difference is worth a change.
  if (Math.abs(ahead - world.ahead) < 500) return false;
  world.ahead = ahead;
  changed();
  return true;
}

export async function loadChats() {
  const phone = world.phone;
  if (!phone) return;
  try {
    const { now, chats } = await api.listChats(phone);
    if (phone !== world.phone) return;
    setClock(now);
    world.chats = chats;
    world.chatsOf = phone;
    changed();
  } catch {
    // The strip says that nobody answers, and the next connection asks again.
  }
}

let gathering = 0;
function loadChatsSoon() {
  clearTimeout(gathering);
  gathering = setTimeout(loadChats, GATHER_MS);
}

/** @param {api.Call} call */
export function rememberCall(call) {
  world.calls.set(call.id, call);
  if (world.calls.size > MAX_CALLS) world.calls.delete(world.calls.keys().next().value ?? "");
  changed();
}

/** After a break anything may have happened, even a new simulator: asks for all of it. */
async function loadAll() {
  const [phones, calls] = await Promise.all([api.listPhones(), api.listCalls()]);
  world.phones = phones;
  world.calls = new Map(calls.map((call) => [call.id, call]));
  world.live = true;
  changed();
  const { phone, bot } = world;
  // The open conversation stays on the screen until its news are there; the others are asked for when opened.
  for (const name of world.threads.keys()) if (name !== key(phone ?? "", bot ?? "")) world.threads.delete(name);
  await Promise.all([loadChats(), phone && bot && loadThread(phone, bot)]);
}

function lost() {
  world.live = false;
  changed();
}

export function connect() {
  const events = new EventSource("/sim/events");
  const on = (/** @type {string} */ name, /** @type {(data: any) => void} */ act) =>
    events.addEventListener(name, (event) => act(JSON.parse(event.data)));
  events.onopen = () => void loadAll().catch(lost);
  events.onerror = () => {
    lost();
    // The browser tries again by itself, unless the answer was no stream of events.
    if (events.readyState === EventSource.CLOSED) setTimeout(connect, RECONNECT_MS);
  };
  on("message", ({ phone, bot, message }) => {
    remember(phone, bot, message);
    if (phone === world.phone) loadChatsSoon();
  });
  on("request", rememberCall);
  on("phones", ({ phones }) => {
    world.phones = phones;
    changed();
  });
}

async function watchClock() {
  if (document.hidden || !world.live) return;
  const now = await api.readClock().catch(() => null);
  if (now && setClock(now)) loadChatsSoon();
}
setInterval(watchClock, CLOCK_MS);
document.addEventListener("visibilitychange", watchClock);
