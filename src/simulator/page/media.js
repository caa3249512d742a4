// What a message carries besides words: photos, players, documents, contact cards and places.

import { icon, make } from "./dom.js";
import { mediaKind } from "./wording.js";

/** Only these may be followed; anything else is shown as text. @param {string} url */
function safe(url) {
  if (!URL.canParse(url, location.href)) return null;
  const parsed = new URL(url, location.href);
  return /^(https?|data|blob):$/.test(parsed.protocol) ? parsed : null;
}

/** The last part of the path, which mostly is a file's name. @param {URL} url */
function fileName(url) {
  if (url.protocol === "data:" || url.protocol === "blob:") return "";
  try {
    return decodeURIComponent(url.pathname.split("/").pop() ?? "");
  } catch {
    return url.pathname;
  }
}

/** `application/pdf` as `PDF`. @param {string} contentType */
const typeName = (contentType) => (contentType.split(";")[0].split("/").pop() ?? "file").replace(/^(x-|vnd\.)/, "");

/** @param {string} drawing @param {string} title @param {string} type @param {URL | null} url */
function card(drawing, title, type, url) {
  const inside = [
    make("span", { class: "card-icon" }, icon(drawing)),
    make(
      "span",
      { class: "card-words" },
      make("span", { class: "card-title" }, title),
      make("span", { class: "card-type" }, type),
    ),
  ];
  if (!url || url.protocol === "data:") return make("span", { class: "card" }, ...inside);
  return make("a", { class: "card", href: url.href, target: "_blank", rel: "noopener noreferrer" }, ...inside);
}

/** @param {import("./api.js").Media} media @returns {HTMLElement} */
export function attached({ url: text, content_type: type }) {
  const url = safe(text);
  if (!url) return card("document", text, `${type} · the address cannot be opened`, null);
  const kind = mediaKind(type);
  const name = fileName(url);
  if (kind === "document") return card("document", name || "Document", typeName(type).toUpperCase(), url);
  if (kind === "contact") return card("person", name || "Contact", "Contact card", url);
  if (kind === "audio") return player("audio", url, type);
  if (kind === "video") return player("video", url, type);
  return picture(kind, url, type);
}

/** @param {"audio" | "video"} tag @param {URL} url @param {string} type */
function player(tag, url, type) {
  const says = tag === "audio" ? "Voice message" : "Video";
  const element = make(tag, { class: tag, src: url.href, controls: true, preload: "metadata", "aria-label": says, playsinline: true });
  element.addEventListener("error", () => element.replaceWith(card(tag, `${says} that cannot be played`, type, url)));
  return element;
}

/** @param {"image" | "sticker"} kind @param {URL} url @param {string} type */
function picture(kind, url, type) {
  const says = kind === "sticker" ? "Sticker" : "Photo";
  const image = make("img", { class: kind, src: url.href, alt: says });
  const link = make("a", { class: "picture", href: url.href, target: "_blank", rel: "noopener noreferrer" }, image);
  image.addEventListener("error", () => link.replaceWith(card("image", `${says} that cannot be shown`, type, url)));
  return link;
}

/** The map is a drawing: nothing is loaded. @param {import("./api.js").Location} location */
export function place({ latitude, longitude, label, address }) {
  const point = `${latitude.toFixed(5)}, ${longitude.toFixed(5)}`;
  const href = `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=16/${latitude}/${longitude}`;
  return make(
    "a",
    { class: "place", href, target: "_blank", rel: "noopener noreferrer", title: "Open in OpenStreetMap" },
    make("span", { class: "map" }, icon("pin")),
    make(
      "span",
      { class: "place-words" },
      make("span", { class: "place-label", dir: "auto" }, label || "Location"),
      address && make("span", { class: "place-address", dir: "auto" }, address),
      make("span", { class: "place-point" }, point),
    ),
  );
}
