// One message as a bubble: its words, what it carries, what it answers, and what became of it.

import { isFromBot } from "./api.js";
import { icon, make } from "./dom.js";
import { explain } from "./errors.js";
import { attached, place } from "./media.js";
import { onItsWay, ticks } from "./ticks.js";
import { hour, isOnlyEmoji, mediaKind, moment, summary } from "./wording.js";

/**
 * @typedef {import("./api.js").Message} Message
 * @typedef {object} Scene  What a bubble needs to know of the conversation around it.
 * @property {string} bot  the bot's name
 * @property {string} person  the person's name
 * @property {Message | null | undefined} quoted  what it answers; `null` when that is not known any more
 * @property {boolean} follows  whether the same one wrote the message before
 * @property {boolean} fresh  whether it came in while one looked
 */

/** @param {Message} message @param {Scene} scene */
function quote(message, scene) {
  if (!message.reply_to) return null;
  const { quoted } = scene;
  return make(
    "button",
    { class: "quote", type: "button", "data-act": "show", "data-sid": message.reply_to, "aria-label": "Go to the quoted message" },
    make("span", { class: "quote-who" }, quoted ? (isFromBot(quoted) ? scene.bot : scene.person) : "Quoted message"),
    make("span", { class: "quote-text", dir: "auto" }, quoted ? summary(quoted) : "It is not in this conversation."),
  );
}

/** @param {Message} message */
function words(message) {
  const { button } = message;
  const look = isOnlyEmoji(message.body) ? " only-emoji" : message.body === "" && !button ? " no-words" : "";
  const text = make("div", { class: `text${look}`, dir: "auto" });
  if (button && (message.body === "" || message.body === button.text)) text.append(button.text);
  else text.innerHTML = message.html;
  return text;
}

/** @param {Message} message */
function pressed({ button }) {
  if (!button) return null;
  const says = button.payload && button.payload !== button.text ? `Button · ${button.payload}` : "Button";
  return make("span", { class: "pressed" }, icon("button"), says);
}

/** What the person may tap on. @param {Message} message */
function taps({ buttons }) {
  if (buttons.length === 0) return null;
  const tap = (/** @type {import("./api.js").Button} */ { text }, /** @type {number} */ at) =>
    make("button", { class: "tap", type: "button", "data-act": "tap", "data-at": String(at), "data-testid": "tap", dir: "auto" }, text);
  return make("div", { class: "taps" }, ...buttons.map(tap));
}

/** @param {Message} message */
const isSticker = (message) =>
  message.media.length === 1 && mediaKind(message.media[0].content_type) === "sticker" && !message.body;

/** @param {Message} message @param {Scene} scene @param {HTMLElement} meta */
function bubble(message, scene, meta) {
  const text = words(message);
  text.append(meta);
  return make(
    "div",
    { class: isSticker(message) ? "bubble bare" : "bubble" },
    make("span", { class: "heard" }, `${isFromBot(message) ? scene.bot : scene.person}: `),
    quote(message, scene),
    ...message.media.map(attached),
    message.location && place(message.location),
    pressed(message),
    text,
    taps(message),
  );
}

/** @param {string} act @param {string} drawing @param {string} says @param {string} [testid] */
const action = (act, drawing, says, testid) =>
  make(
    "button",
    { class: `action action-${act}`, type: "button", "data-act": act, "data-testid": testid, title: says, "aria-label": says },
    icon(drawing),
  );

/** @param {Message} message @param {Scene} scene */
export function row(message, scene) {
  const fromBot = isFromBot(message);
  const meta = make(
    "span",
    { class: "meta" },
    make("time", { datetime: message.created_at, title: moment(message.created_at) }, hour(message.created_at)),
  );
  return make(
    "article",
    {
      class: `row ${fromBot ? "in" : "out"}${scene.follows ? " follows" : ""}${scene.fresh ? " fresh" : ""}`,
      "data-testid": "bubble",
      "data-sid": message.sid,
      "data-direction": message.direction,
      tabindex: "-1",
      "aria-keyshortcuts": "Enter R",
    },
    bubble(message, scene, meta),
    make(
      "div",
      { class: "actions" },
      action("open", "code", "Show the webhook call (Enter)", "drawer-toggle"),
      action("reply", "reply", "Reply (R)"),
    ),
  );
}

/**
 * What can change about a message after it was written.
 * @param {HTMLElement} element @param {Message} message @param {import("./api.js").Call | undefined} call
 */
export function touch(element, message, call) {
  const wrong = message.error_code ?? (isFromBot(message) ? null : (call?.error_code ?? null));
  const face = JSON.stringify([message.status, wrong, message.error_message, call?.warnings.length]);
  if (element.dataset.face === face) return;
  element.dataset.face = face;
  element.dataset.status = message.status;
  element.classList.toggle("has-warnings", (call?.warnings.length ?? 0) > 0);
  const meta = element.querySelector(".meta");
  for (const old of meta?.querySelectorAll(".ticks, .wrong") ?? []) old.remove();
  const failed = wrong !== null || message.status === "failed" || message.status === "undelivered";
  if (!failed) return meta?.append(ticks(message));
  const says = explain(wrong, message.error_message ?? (call?.error_code === wrong ? call?.error_message : null));
  meta?.append(
    make(
      "button",
      { class: "wrong", type: "button", "data-act": "open", title: says, "aria-label": says, tabindex: element.tabIndex },
      String(wrong ?? message.status),
      icon("failed"),
    ),
  );
}

/**
 * A message that the simulator does not have yet.
 * @param {import("./unsent.js").Unsent} one @param {Scene} scene
 */
export function unsentRow(one, scene) {
  const { said } = one;
  /** @type {Message} */
  const message = {
    sid: one.id,
    direction: "inbound",
    from: one.phone,
    to: said.to,
    body: said.body ?? said.list?.title ?? "",
    html: "",
    media: said.media ?? [],
    location: said.location ?? null,
    button: said.button ?? null,
    buttons: [],
    reply_to: said.reply_to ?? null,
    status: "queued",
    error_code: null,
    error_message: null,
    created_at: one.created_at,
    request_id: null,
  };
  const meta = make("span", { class: "meta" }, make("time", { datetime: one.created_at }, hour(one.created_at)));
  if (one.under_way) meta.append(onItsWay());
  const element = bubble(message, scene, meta);
  const text = element.querySelector(".text");
  if (!message.button) text?.prepend(make("span", { class: "as-typed" }, message.body));
  return make(
    "article",
    {
      class: `row out${scene.follows ? " follows" : ""}${one.problem ? " unsent" : ""}`,
      "data-testid": "bubble",
      "data-direction": "inbound",
      "data-status": one.problem ? "unsent" : "sending",
      tabindex: "-1",
    },
    element,
    one.problem &&
      make(
        "p",
        { class: "problem", role: "alert" },
        make("span", { class: "problem-says" }, icon("failed"), `Not sent: ${one.problem}.`),
        make("button", { class: "plain", type: "button", "data-act": "again", "data-id": one.id }, "Try again"),
        make("button", { class: "plain", type: "button", "data-act": "discard", "data-id": one.id }, "Discard"),
      ),
  );
}
