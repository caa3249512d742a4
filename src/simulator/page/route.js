// Where one is: the phone, the bot and the opened call live in the URL's hash, #/phone/bot/message.

/** @typedef {{phone: string | null, bot: string | null, sid: string | null}} Place */

/** @returns {Place} */
export function here() {
  const [, phone = "", bot = "", sid = ""] = location.hash.replaceAll("%2B", "+").split("/");
  return { phone: phone || null, bot: bot || null, sid: sid || null };
}

/** @param {Partial<Place>} place */
export function address({ phone, bot, sid }) {
  return `#/${[phone, phone && bot, phone && bot && sid].filter(Boolean).join("/")}`;
}

/** @type {() => void} */
let arrived = () => {};

/** Calls back now and at every change of place. @param {() => void} callback */
export function watch(callback) {
  arrived = callback;
  addEventListener("popstate", () => arrived());
  callback();
}

/** Goes on to a place; the back button returns. @param {Partial<Place>} place */
export function go(place) {
  const next = address(place);
  if (next === location.hash) return;
  history.pushState({ from: location.hash }, "", next);
  arrived();
}

/** Changes the place without a step to go back to. @param {Partial<Place>} place */
export function become(place) {
  const next = address(place);
  if (next === location.hash) return;
  history.replaceState(history.state, "", next);
  arrived();
}

/** Leaves for the place one level up: a step back where that leads there. @param {Partial<Place>} parent */
export function leave(parent) {
  if (history.state?.from === address(parent)) history.back();
  else become(parent);
}
