// What became of a message, as the small marks beside its time.

import { isFromBot } from "./api.js";
import { icon } from "./dom.js";
import { explain } from "./errors.js";

/** @typedef {{drawing: string, says: string}} Mark */

/** @type {Record<string, Mark>} */
const MARKS = {
  under_way: { drawing: "clock", says: "On its way" },
  queued: { drawing: "clock", says: "Queued" },
  sent: { drawing: "tick", says: "Sent" },
  delivered: { drawing: "ticks", says: "Delivered" },
  read: { drawing: "ticks", says: "Read" },
  received: { drawing: "ticks", says: "Delivered to the bot" },
};

/** @param {Pick<import("./api.js").Message, "status" | "error_code" | "error_message" | "direction">} message */
export function ticks({ status, error_code, error_message, direction }) {
  const mark = MARKS[status];
  const svg = mark ? icon(mark.drawing, mark.says) : icon("failed", explain(error_code, error_message));
  svg.classList.add("ticks", `is-${mark ? status : "failed"}`);
  if (isFromBot({ direction })) svg.classList.add("of-bot");
  return svg;
}

/** For a message that has not left yet. */
export function onItsWay() {
  const svg = icon(MARKS.under_way.drawing, MARKS.under_way.says);
  svg.classList.add("ticks");
  return svg;
}
