// The conversation: bubbles under their days, kept at the newest unless one reads older ones.

import { isFromBot, markRead } from "./api.js";
import { row, touch, unsentRow } from "./bubble.js";
import { rove } from "./bubble-acts.js";
import { byId, icon, make, settle } from "./dom.js";
import { nameOf } from "./person.js";
import { here } from "./route.js";
import { isUnderWay, unsentTo } from "./unsent.js";
import { day } from "./wording.js";
import { chatWith, messagesOf, threadOf, world } from "./world.js";

/** So many are shown at once; older ones on demand. */
const PAGE = 200;
/** This near to the end counts as the end. */
const NEAR_PX = 48;
/** A bot that answers faster is not seen typing. */
const TYPING_AFTER_MS = 200;

const thread = byId("thread");
const rows = byId("rows");
const newest = byId("newest");
const suggestions = byId("suggestions");

let shown = "";
let limit = PAGE;
let atEnd = true;
let unseen = 0;
let lastTop = 0;
/** @type {Set<string>} */
let known = new Set();

/** Whether the conversation is on the screen. */
export const isSeen = () => here().bot !== null && !document.hidden;

/** @param {string} phone @param {string} bot @param {boolean} loaded */
function parts(phone, bot, loaded) {
  const all = messagesOf(phone, bot);
  const chat = chatWith(bot);
  const names = { bot: chat?.bot.name ?? bot, person: nameOf(phone) };
  const bySid = new Map(all.map((message) => [message.sid, message]));
  /** @type {import("./dom.js").Part[]} */
  const result = [];
  let today = "";
  let author = "";
  const under = (/** @type {string} */ time) => {
    const name = day(time, world.now());
    if (name !== today) {
      today = name;
      author = "";
      result.push({ key: `day ${name}`, face: name, build: () => make("div", { class: "day" }, make("span", {}, name)) });
    }
  };
  if (all.length > limit) result.push(earlier(all.length - limit));
  for (const message of all.slice(-limit)) {
    under(message.created_at);
    const follows = author === message.from;
    author = message.from;
    const fresh = loaded && !known.has(message.sid) && isFromBot(message);
    const quoted = message.reply_to ? (bySid.get(message.reply_to) ?? null) : undefined;
    const { status: _, error_code: __, error_message: ___, request_id: ____, ...lasting } = message;
    result.push({
      key: message.sid,
      face: JSON.stringify([lasting, follows, names, quoted?.body]),
      build: () => row(message, { ...names, quoted, follows, fresh }),
      touch: (element) => touch(element, message, world.calls.get(message.request_id ?? "")),
    });
  }
  for (const one of unsentTo(phone, bot)) {
    under(one.created_at);
    const follows = author === `whatsapp:${phone}`;
    author = `whatsapp:${phone}`;
    const quoted = one.said.reply_to ? (bySid.get(one.said.reply_to) ?? null) : undefined;
    const build = () => unsentRow(one, { ...names, quoted, follows, fresh: false });
    result.push({ key: one.id, face: JSON.stringify([one.under_way, one.problem, follows]), build });
  }
  if (showsTyping) result.push({ key: "typing", face: names.bot, build: () => typing(names.bot) });
  return { result, all };
}

/** @param {number} count @returns {import("./dom.js").Part} */
const earlier = (count) => ({
  key: "earlier",
  face: String(count),
  build: () => make("button", { class: "earlier", type: "button", "data-act": "earlier" }, `Show older messages (${count})`),
});

/** @param {string} name */
const typing = (name) =>
  make(
    "div",
    { class: "row in typing", role: "status" },
    make("div", { class: "bubble" }, make("span", { class: "heard" }, `${name} is typing`), ...[1, 2, 3].map(() => make("i", {}))),
  );

let showsTyping = false;
let typingSoon = 0;
function watchTyping(/** @type {string} */ phone, /** @type {string} */ bot) {
  const typing = isUnderWay(phone, bot);
  if (!typing) {
    clearTimeout(typingSoon);
    typingSoon = 0;
    showsTyping = false;
  } else if (!showsTyping && !typingSoon) {
    typingSoon = setTimeout(() => {
      typingSoon = 0;
      showsTyping = isUnderWay(here().phone ?? "", here().bot ?? "");
      showThread();
    }, TYPING_AFTER_MS);
  }
}

export function showThread() {
  const { phone, bot } = here();
  const now = `${phone} ${bot}`;
  if (!phone || !bot) {
    shown = "";
    return settle(rows, []);
  }
  const loaded = threadOf(phone, bot) !== undefined;
  const opened = now !== shown;
  if (opened) {
    limit = PAGE;
    atEnd = true;
    unseen = 0;
    showsTyping = false;
    known = new Set();
  }
  watchTyping(phone, bot);
  thread.setAttribute("aria-busy", String(!loaded));
  const wasLoaded = shown === now && known.size > 0;
  shown = now;
  const { result, all } = parts(phone, bot, wasLoaded);
  settle(rows, result);
  const added = wasLoaded ? all.filter((message) => !known.has(message.sid)).length : 0;
  if (loaded) known = new Set(["", ...all.map((message) => message.sid)]);
  if (added > 0 && !atEnd) unseen += added;
  if (atEnd) toEnd();
  showNewest();
  showSuggestions(loaded && all.length === 0 && unsentTo(phone, bot).length === 0);
  rove();
  read(phone, bot, all);
}

let lastRead = "";
/** Tells the simulator that the person has looked. @param {string} phone @param {string} bot @param {import("./api.js").Message[]} all */
function read(phone, bot, all) {
  if (!isSeen()) return;
  const fresh = all.filter((message) => isFromBot(message) && message.status === "delivered").map(({ sid }) => sid);
  const now = fresh.join();
  if (now === "" || now === lastRead) return;
  lastRead = now;
  markRead(phone, bot).catch(() => (lastRead = ""));
}

export function toEnd() {
  atEnd = true;
  thread.scrollTop = thread.scrollHeight;
}

function showNewest() {
  if (atEnd) unseen = 0;
  newest.hidden = atEnd;
  const says = unseen === 0 ? "To the newest message" : unseen === 1 ? "1 new message" : `${unseen} new messages`;
  if (newest.dataset.says === says) return;
  newest.dataset.says = says;
  newest.classList.toggle("has-new", unseen > 0);
  newest.replaceChildren(icon("down"), make("span", { class: unseen === 0 ? "heard" : "" }, says));
}

/** @param {boolean} empty */
function showSuggestions(empty) {
  const bot = chatWith(here().bot ?? "")?.bot;
  suggestions.hidden = !empty || !bot;
  if (suggestions.hidden || !bot) return settle(suggestions, []);
  const about = make("p", { class: "about" }, make("strong", {}, bot.name), bot.about);
  settle(suggestions, [
    { key: "about", face: bot.about, build: () => about },
    ...bot.try.map((text) => ({
      key: `try ${text}`,
      face: text,
      build: () => make("button", { class: "chip", type: "button", "data-say": text, dir: "auto" }, text),
    })),
  ]);
}

export function showEarlier() {
  const height = thread.scrollHeight;
  limit += PAGE;
  showThread();
  thread.scrollTop += thread.scrollHeight - height;
}

/** @param {(text: string) => void} say */
export function startThread(say) {
  suggestions.addEventListener("click", (/** @type {MouseEvent} */ event) => {
    const chip = /** @type {HTMLElement} */ (event.target).closest("[data-say]");
    if (chip instanceof HTMLElement) say(chip.dataset.say ?? "");
  });
  thread.addEventListener("scroll", () => {
    const near = thread.scrollHeight - thread.scrollTop - thread.clientHeight < NEAR_PX;
    // Only going up leaves the end: when a picture grows under it, the distance grows as well.
    if (near) atEnd = true;
    else if (thread.scrollTop < lastTop) atEnd = false;
    lastTop = thread.scrollTop;
    showNewest();
  });
  newest.addEventListener("click", () => {
    toEnd();
    showNewest();
  });
  // Pictures come late and the composer grows: the end stays in sight.
  const grown = new ResizeObserver(() => atEnd && toEnd());
  grown.observe(rows);
  grown.observe(thread);
}
