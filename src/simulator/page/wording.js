// How numbers, names, times and messages are put into words.

/** Countries whose calling code has two digits; +1 and +7 have one, all others three. */
const TWO_DIGITS = new Set(
  ("20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 " +
    "60 61 62 63 64 65 66 81 82 84 86 90 91 92 93 94 95 98").split(" "),
);

/** `+14155238886` as `+1 415 523 8886`. @param {string} number */
export function readable(number) {
  const digits = number.replace(/\D/g, "");
  const code = /^[17]/.test(digits) ? 1 : TWO_DIGITS.has(digits.slice(0, 2)) ? 2 : 3;
  const rest = digits.slice(code);
  const groups = rest.length === 10 ? rest.match(/^(\d{3})(\d{3})(\d{4})$/)?.slice(1) : rest.match(/\d{1,4}$|\d{3}/g);
  return `+${digits.slice(0, code)} ${(regroup(groups) ?? [rest]).join(" ")}`;
}

/** A last group of one digit is read with the one before it. @param {string[] | null | undefined} groups */
function regroup(groups) {
  if (groups && groups.length > 1 && groups[groups.length - 1].length === 1) {
    const last = groups.pop();
    groups[groups.length - 1] += last;
  }
  return groups;
}

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const weekday = new Intl.DateTimeFormat("en-GB", { weekday: "long" });
const calendar = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", year: "numeric" });
const short = new Intl.DateTimeFormat("en-GB", { day: "2-digit", month: "2-digit", year: "2-digit" });
const precise = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });

/** @param {string} time */
export const hour = (time) => clock.format(new Date(time));

/** @param {string} time */
export const moment = (time) => precise.format(new Date(time));

/** Whole days between two times, by the local calendar. @param {Date} then @param {Date} now */
function daysAgo(then, now) {
  const noon = (/** @type {Date} */ date) => new Date(date.getFullYear(), date.getMonth(), date.getDate(), 12).getTime();
  return Math.round((noon(now) - noon(then)) / 86_400_000);
}

/** The line between two days. @param {string} time @param {Date} now */
export function day(time, now) {
  const then = new Date(time);
  const ago = daysAgo(then, now);
  if (ago === 0) return "Today";
  if (ago === 1) return "Yesterday";
  return ago > 1 && ago < 7 ? weekday.format(then) : calendar.format(then);
}

/** The time in the list of chats. @param {string} time @param {Date} now */
export function recently(time, now) {
  const then = new Date(time);
  const ago = daysAgo(then, now);
  if (ago === 0) return clock.format(then);
  if (ago === 1) return "Yesterday";
  return ago > 1 && ago < 7 ? weekday.format(then) : short.format(then);
}

/** `23 h 59 min`, and near the end `4 min 09 s`. @param {number} milliseconds */
export function remaining(milliseconds) {
  const seconds = Math.floor(milliseconds / 1000);
  const minutes = Math.floor(seconds / 60);
  if (minutes >= 60) return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
  if (minutes >= 10) return `${minutes} min`;
  return minutes > 0 ? `${minutes} min ${String(seconds % 60).padStart(2, "0")} s` : `${seconds} s`;
}

/** @param {number} milliseconds */
export function lasted(milliseconds) {
  if (milliseconds >= 1000) return `${(milliseconds / 1000).toFixed(2)} s`;
  return `${milliseconds < 10 ? milliseconds.toFixed(1) : Math.round(milliseconds)} ms`;
}

/** The text without its formatting, on one line. @param {string} html */
export function plain(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  for (const line of template.content.querySelectorAll("br, li, p, pre, blockquote")) {
    line.before(" ");
    line.after(" ");
  }
  return (template.content.textContent ?? "").replace(/\s+/g, " ").trim();
}

/** @typedef {"image" | "sticker" | "audio" | "video" | "contact" | "document"} MediaKind */

/** @param {string} contentType @returns {MediaKind} */
export function mediaKind(contentType) {
  const type = contentType.toLowerCase().split(";")[0].trim();
  if (type === "image/webp") return "sticker";
  if (/^text\/(x-)?vcard$/.test(type)) return "contact";
  const family = type.split("/")[0];
  return family === "image" || family === "audio" || family === "video" ? family : "document";
}

/** @type {Record<MediaKind, string>} */
const MEDIA_NAMES = {
  image: "Photo",
  sticker: "Sticker",
  audio: "Voice message",
  video: "Video",
  contact: "Contact card",
  document: "Document",
};

/** One line that stands for a message in the list and in quotes. @param {import("./api.js").Message} message */
export function summary(message) {
  const text = plain(message.html) || message.body;
  if (message.media.length > 0) {
    const name = MEDIA_NAMES[mediaKind(message.media[0].content_type)];
    return text ? `${name} · ${text}` : name;
  }
  if (message.location) return `Location · ${message.location.label || message.location.address || "shared"}`;
  if (message.button) return message.button.text;
  return text || "(empty message)";
}

/** Up to three emoji and nothing else are shown bigger. @param {string} body */
export function isOnlyEmoji(body) {
  const one = String.raw`(?:\p{RI}\p{RI}|[0-9#*]\uFE0F?\u20E3|\p{Extended_Pictographic}[\p{EMod}\uFE0F\u{E0020}-\u{E007F}]*` +
    String.raw`(?:\u200D\p{Extended_Pictographic}[\p{EMod}\uFE0F]*)*)`;
  return new RegExp(`^\\s*(?:${one}\\s*){1,3}$`, "u").test(body);
}
