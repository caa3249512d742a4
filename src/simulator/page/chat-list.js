// The list of chats on the left: one for each bot, the newest on top.

import { isFromBot } from "./api.js";
import { avatar, badgeOf } from "./avatar.js";
import { byId, icon, make, settle } from "./dom.js";
import { address, go, here } from "./route.js";
import { ticks } from "./ticks.js";
import { readable, recently, summary } from "./wording.js";
import { world } from "./world.js";

/** With fewer there is nothing to search. */
const SEARCH_ABOVE = 7;

const list = byId("chats");
const search = byId("search");
const nothing = byId("no-chats");

/** @param {import("./api.js").Chat} chat */
function fits({ bot }) {
  const words = search.value.trim().toLowerCase();
  const digits = words.replace(/\D/g, "");
  if (!words || search.hidden) return true;
  return bot.name.toLowerCase().includes(words) || (digits !== "" && bot.number.includes(digits));
}

/** @param {import("./api.js").Chat} chat @param {number} unread */
function row({ bot, last_message: last }, unread) {
  const { phone, bot: open } = here();
  return make(
    "li",
    {},
    make(
      "a",
      {
        class: "chat",
        href: address({ phone, bot: bot.number }),
        "data-testid": "chat",
        "data-number": bot.number,
        "aria-current": open === bot.number && "true",
      },
      avatar(bot.name),
      make("span", { class: "chat-name" }, make("bdi", {}, bot.name), badgeOf(bot.badge)),
      make("span", { class: "chat-number" }, readable(bot.number)),
      last && make("time", { class: "chat-time", datetime: last.created_at }, recently(last.created_at, world.now())),
      make(
        "span",
        { class: "chat-last" },
        last && !isFromBot(last) && ticks(last),
        make("span", { class: last ? "chat-text" : "chat-text chat-about", dir: "auto" }, last ? summary(last) : bot.about),
      ),
      unread > 0 &&
        make("span", { class: "unread" }, String(unread), make("span", { class: "heard" }, " unread messages")),
    ),
  );
}

/** @param {boolean} seen  whether the open conversation is being looked at */
export function showChats(seen) {
  const { phone, bot: open } = here();
  search.parentElement.hidden = world.chats.length <= SEARCH_ABOVE;
  const shown = world.chatsOf === phone ? world.chats.filter(fits) : [];
  const today = world.now().toDateString();
  settle(
    list,
    shown.map((chat) => {
      const unread = seen && chat.bot.number === open ? 0 : chat.unread;
      const face = JSON.stringify([chat.bot, chat.last_message, unread, open === chat.bot.number, phone, today]);
      return { key: chat.bot.number, face, build: () => row(chat, unread) };
    }),
  );
  nothing.hidden = shown.length > 0 || world.chatsOf !== phone;
  nothing.textContent = world.chats.length
    ? "No bot has that name or number."
    : "No bots here yet. Start the simulator with the address of one: chinwag simulate --webhook http://127.0.0.1:8080/";
}

/** @returns {HTMLElement[]} */
const rows = () => [...list.querySelectorAll("a.chat")];

/** Puts the focus on the open chat, or else on the first. */
export function focusList() {
  (list.querySelector("[aria-current]") ?? rows()[0])?.focus();
}

/** Opens the next chat, or with -1 the one before. @param {number} step */
export function switchChat(step) {
  const { phone, bot } = here();
  const numbers = rows().map((one) => one.dataset.number ?? "");
  if (numbers.length === 0) return;
  const at = numbers.indexOf(bot ?? "");
  const next = at < 0 ? (step > 0 ? 0 : numbers.length - 1) : Math.min(Math.max(at + step, 0), numbers.length - 1);
  go({ phone, bot: numbers[next] });
}

/** @param {KeyboardEvent} event */
function walk(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || event.altKey) return;
  const all = rows();
  const at = all.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  event.preventDefault();
  if (at + step < 0 && !search.parentElement.hidden) search.focus();
  else all[Math.min(Math.max(at + step, 0), all.length - 1)]?.focus();
}

export function startChatList() {
  byId("list").addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    if (event.target === search || list.contains(event.target)) walk(event);
    if (event.target === search && event.key === "Enter") rows()[0]?.click();
    if (event.target === search && event.key === "Escape" && search.value) {
      search.value = "";
      showChats(true);
      event.stopPropagation();
    }
  });
  search.addEventListener("input", () => showChats(true));
  byId("search-icon").replaceWith(icon("search"));
}
