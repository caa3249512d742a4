// Where one writes: the text with its draft, what it answers, and the send button.

import { isFromBot } from "./api.js";
import { startAttachments } from "./attach.js";
import { byId } from "./dom.js";
import { nameOf } from "./person.js";
import { here } from "./route.js";
import { toEnd } from "./thread.js";
import { send } from "./unsent.js";
import { summary } from "./wording.js";
import { chatWith, threadOf } from "./world.js";

const form = byId("composer");
const text = byId("text");
const answering = byId("answering");

/** @typedef {{text: string, reply_to: string | null}} Draft */

/** Which conversation the fields belong to. @type {{phone: string, bot: string} | null} */
let at = null;
/** @type {string | null} */
let replyTo = null;

const shelf = (/** @type {{phone: string, bot: string}} */ { phone, bot }) => `chinwag/draft/${phone}/${bot}`;

function keep() {
  if (!at) return;
  if (text.value || replyTo) sessionStorage.setItem(shelf(at), JSON.stringify({ text: text.value, reply_to: replyTo }));
  else sessionStorage.removeItem(shelf(at));
}

/** @param {{phone: string, bot: string}} place @returns {Draft} */
function draft(place) {
  try {
    return JSON.parse(sessionStorage.getItem(shelf(place)) ?? "") ?? { text: "", reply_to: null };
  } catch {
    return { text: "", reply_to: null };
  }
}

/** The field grows with its text: the sheet below it has the same text and gives the height. */
function fit() {
  text.parentElement.dataset.text = text.value;
}

function showAnswering() {
  const message = at && replyTo ? threadOf(at.phone, at.bot)?.get(replyTo) : undefined;
  answering.hidden = !replyTo;
  if (!at || !replyTo) return;
  const who = !message ? "Quoted message" : isFromBot(message) ? (chatWith(at.bot)?.bot.name ?? "") : nameOf(at.phone);
  byId("answering-who").textContent = who;
  byId("answering-text").textContent = message ? summary(message) : "…";
}

export function showComposer() {
  const { phone, bot } = here();
  if (!phone || !bot) at = null;
  else if (at?.phone !== phone || at?.bot !== bot) {
    at = { phone, bot };
    const { text: was, reply_to } = draft(at);
    text.value = was;
    replyTo = reply_to;
    fit();
  }
  showAnswering();
}

/** @param {import("./api.js").Message | null} message  what the next message answers */
export function answer(message) {
  replyTo = message?.sid ?? null;
  keep();
  showAnswering();
  text.focus();
}

/** Drops the quoted message; says whether there was one. */
export function stopAnswering() {
  if (!replyTo) return false;
  answer(null);
  return true;
}

export const focusComposer = () => text.focus();

/** @param {Omit<import("./api.js").Said, "to">} said */
export function post(said) {
  if (!at) return;
  const whole = { to: at.bot, ...said };
  // A tap answers the message with the button, whatever is quoted for the next words.
  if (replyTo && !said.reply_to) {
    whole.reply_to = replyTo;
    replyTo = null;
    showAnswering();
  }
  keep();
  void send(at.phone, whole);
  toEnd();
}

function postText() {
  if (!at || !text.value.trim()) return;
  const body = text.value;
  text.value = "";
  fit();
  post({ body });
}

export function startComposer() {
  form.addEventListener("submit", (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    postText();
    text.focus();
  });
  text.addEventListener("input", () => {
    fit();
    keep();
  });
  text.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    // While a word is being composed, Enter belongs to the input method.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    postText();
  });
  byId("answering-stop").addEventListener("click", () => stopAnswering());
  startAttachments(post);
}
