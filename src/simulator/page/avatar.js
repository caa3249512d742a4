// The round picture of a bot or a person: an initial on a colour that its name always gets.

import { icon, make } from "./dom.js";

const HUES = 8;

/** @param {string} name */
export function avatar(name) {
  let sum = 0;
  for (const letter of name) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 65_521;
  const initial = [...name.trim()][0]?.toUpperCase() ?? "?";
  return make("span", { class: `avatar hue-${sum % HUES}`, "aria-hidden": "true" }, initial);
}

const BADGES = {
  verified: { drawing: "verified", says: "Verified business: WhatsApp has checked who it is" },
  confirmed: { drawing: "confirmed", says: "Confirmed business: its number is its own" },
};

/** @param {import("./api.js").Badge} badge */
export function badgeOf(badge) {
  if (badge === "regular") return null;
  const { drawing, says } = BADGES[badge];
  return make("span", { class: `badge badge-${badge}` }, icon(drawing, says));
}
