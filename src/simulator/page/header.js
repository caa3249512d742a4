// The head of a conversation: whom one talks to, where its webhook is, and how long the session is open.

import { avatar, badgeOf } from "./avatar.js";
import { byId, make } from "./dom.js";
import { here } from "./route.js";
import { readable, remaining } from "./wording.js";
import { chatWith, world } from "./world.js";

/** Below this the end of the session is near enough to warn. */
const SOON_MS = 60 * 60 * 1000;

const title = byId("with");
const session = byId("session");
let shown = "";

export function showHeader() {
  const chat = chatWith(here().bot ?? "");
  const now = JSON.stringify(chat?.bot ?? null);
  if (chat && now !== shown) {
    shown = now;
    const { bot } = chat;
    title.replaceChildren(
      avatar(bot.name),
      make(
        "div",
        { class: "with-words" },
        make("h2", { class: "with-name" }, make("bdi", {}, bot.name), badgeOf(bot.badge)),
        make(
          "p",
          { class: "with-where" },
          make("span", { class: "with-number" }, readable(bot.number)),
          make("span", { class: "webhook", title: `Webhook: ${bot.webhook}` }, bot.webhook),
        ),
      ),
    );
  }
  showSession();
}

function showSession() {
  const chat = chatWith(here().bot ?? "");
  const ends = world.chatsOf === here().phone ? chat?.session_expires_at : null;
  const left = ends ? Date.parse(ends) - world.now().getTime() : 0;
  const state = left <= 0 ? "closed" : left < SOON_MS ? "soon" : "open";
  const says = state === "closed" ? "session closed · only templates" : `session open · ${remaining(left)} left`;
  session.dataset.state = state;
  if (session.textContent !== says) session.textContent = says;
  session.title =
    state === "closed"
      ? "Until you write, the bot may only send templates."
      : `Until ${new Date(ends ?? "").toLocaleString("en-GB")} the bot may write what it likes.`;
}

setInterval(showSession, 1000);
