// The page itself: puts the views together, follows the hash, and knows the keys.

import { focusBubble, markOpen, replyTo, startBubbles } from "./bubble-acts.js";
import { answer, focusComposer, post, showComposer, startComposer, stopAnswering } from "./composer.js";
import { focusList, showChats, startChatList, switchChat } from "./chat-list.js";
import { byId } from "./dom.js";
import { focusDrawer, showDrawer, startDrawer } from "./drawer.js";
import { showHeader } from "./header.js";
import { showPerson, startPerson } from "./person.js";
import { become, go, here, leave, watch } from "./route.js";
import { startSwipe } from "./swipe.js";
import { isSeen, showEarlier, showThread, startThread } from "./thread.js";
import { deliver, discard, unsentTo } from "./unsent.js";
import { connect, loadChats, loadThread, onChange, threadOf, world } from "./world.js";

const LAST_PHONE = "chinwag/phone";
/** A short break is not worth a word. */
const OFFLINE_AFTER_MS = 600;

const offline = byId("offline");
const narrow = matchMedia("(max-width: 760px)");
/** On a touch screen the focus would bring up the keyboard. */
const hasKeyboard = matchMedia("(hover: hover)");

/** @type {import("./route.js").Place} */
let before = { phone: null, bot: null, sid: null };

/** A hash may name somebody who is not there, or nobody. Says whether it had to be changed. */
function correct() {
  const { phone, bot } = here();
  if (world.phones.length > 0 && !world.phones.some(({ number }) => number === phone)) {
    const last = sessionStorage.getItem(LAST_PHONE);
    const known = world.phones.find(({ number }) => number === last) ?? world.phones[0];
    become({ phone: known.number, bot: phone ? null : bot });
    return true;
  }
  if (bot && phone && world.chatsOf === phone && !world.chats.some((chat) => chat.bot.number === bot)) {
    become({ phone });
    return true;
  }
  return false;
}

function show() {
  if (correct()) return;
  const { bot, sid } = here();
  document.body.dataset.screen = bot ? "talk" : "list";
  byId("welcome").hidden = bot !== null;
  byId("talk").hidden = bot === null;
  for (const covered of ["list", "conversation"]) byId(covered).inert = Boolean(sid) && narrow.matches;
  showPerson();
  showChats(isSeen());
  if (bot) showHeader();
  showComposer();
  showThread();
  markOpen(sid);
  showDrawer();
  const unread = world.chats.reduce((sum, chat) => sum + (isSeen() && chat.bot.number === bot ? 0 : chat.unread), 0);
  document.title = unread > 0 ? `(${unread}) chinwag simulator` : "chinwag simulator";
  showOffline();
}

let offlineSoon = 0;
function showOffline() {
  if (world.live !== false) {
    clearTimeout(offlineSoon);
    offlineSoon = 0;
    offline.hidden = true;
  } else if (!offlineSoon) {
    offlineSoon = setTimeout(() => (offline.hidden = false), OFFLINE_AFTER_MS);
  }
}

function arrive() {
  if (correct()) return;
  const place = here();
  const { phone, bot, sid } = place;
  world.bot = bot;
  if (phone !== world.phone) {
    world.phone = phone;
    if (phone) sessionStorage.setItem(LAST_PHONE, phone);
    void loadChats();
  }
  if (phone && bot && !threadOf(phone, bot)) void loadThread(phone, bot);
  show();
  moveFocus(before, place);
  before = place;
  if (sid && !bot) become({ phone });
}

/** @param {import("./route.js").Place} from @param {import("./route.js").Place} to */
function moveFocus(from, to) {
  if (to.sid && to.sid !== from.sid) focusDrawer();
  else if (from.sid && !to.sid && from.bot === to.bot) focusBubble(from.sid);
  else if (to.bot && (to.bot !== from.bot || to.phone !== from.phone)) hasKeyboard.matches && focusComposer();
  else if (from.bot && !to.bot) focusList();
}

/** @param {string} sid */
function open(sid) {
  const { phone, bot, sid: was } = here();
  if (was) become({ phone, bot, sid });
  else go({ phone, bot, sid });
}

function closeDrawer() {
  const { phone, bot } = here();
  leave({ phone, bot });
}

function back() {
  const { phone, bot, sid } = here();
  if (sid) return closeDrawer();
  if (stopAnswering()) return;
  if (bot) leave({ phone });
}

/** @param {KeyboardEvent} event */
function press(event) {
  if (event.isComposing || event.defaultPrevented || document.querySelector("dialog[open]")) return;
  const target = /** @type {HTMLElement} */ (event.target);
  const writes = target.matches?.("input, textarea, select");
  if (event.key === "Escape") back();
  else if (event.altKey && event.key === "ArrowDown") switchChat(1);
  else if (event.altKey && event.key === "ArrowUp") switchChat(-1);
  else if (event.key === "/" && !writes && !event.ctrlKey && !event.metaKey) {
    const search = byId("search");
    if (!search.parentElement.hidden && search.offsetParent) search.focus();
    else if (here().bot) focusComposer();
    else focusList();
  } else return;
  event.preventDefault();
}

/** @param {string} id @param {(one: import("./unsent.js").Unsent) => void} act */
function unsent(id, act) {
  const { phone, bot } = here();
  const one = unsentTo(phone ?? "", bot ?? "").find((other) => other.id === id);
  if (one) act(one);
}

/** @param {MouseEvent} event */
function follow(event) {
  const link = /** @type {HTMLElement} */ (event.target).closest?.("a[href^='#/']");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
  event.preventDefault();
  const [, phone, bot] = (link.getAttribute("href") ?? "").split("/");
  go({ phone, bot });
}

startPerson();
startChatList();
startComposer();
startDrawer(closeDrawer);
startThread((body) => {
  post({ body });
  if (hasKeyboard.matches) focusComposer();
});
startBubbles({
  reply: answer,
  tap: (message, { text, payload }) => post({ button: { text, payload: payload ?? undefined }, reply_to: message.sid }),
  open,
  again: (id) => unsent(id, deliver),
  discard: (id) => unsent(id, discard),
  earlier: showEarlier,
});
startSwipe(byId("rows"), (sid) => replyTo(sid, { reply: answer }));
byId("back").addEventListener("click", back);
document.addEventListener("keydown", press);
document.addEventListener("click", follow);
document.addEventListener("visibilitychange", show);
narrow.addEventListener("change", show);
onChange(show);
watch(arrive);
connect();
