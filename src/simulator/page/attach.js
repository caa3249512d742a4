// What else a person can send: the menu behind the plus, and one form for each kind.

import { byId, icon, make } from "./dom.js";

/** The samples come with the page, so that a bot can fetch them without a network. @param {string} name */
const sample = (name) => new URL(`/sim/page/${name}`, location.href).href;

/**
 * @typedef {{name: string, label: string, value: string, type?: string, optional?: boolean, min?: number, max?: number}} Field
 * @typedef {object} Kind
 * @property {string} name
 * @property {string} drawing
 * @property {Field[]} fields
 * @property {(value: Record<string, string>) => Omit<import("./api.js").Said, "to">} said
 */

/** @param {string} file @param {string} contentType @returns {Field[]} */
const fileFields = (file, contentType) => [
  { name: "url", label: "URL, as the bot will get it", value: sample(file), type: "url" },
  { name: "type", label: "Content type", value: contentType },
];

/** @type {Field} */
const CAPTION = { name: "caption", label: "Caption", value: "", optional: true };

/** @param {Record<string, string>} value */
const asMedia = ({ url, type, caption }) => ({ body: caption || undefined, media: [{ url, content_type: type }] });

/** @type {Kind[]} */
const KINDS = [
  { name: "Image", drawing: "image", fields: [...fileFields("sample.jpg", "image/jpeg"), CAPTION], said: asMedia },
  { name: "Document", drawing: "document", fields: [...fileFields("sample.pdf", "application/pdf"), CAPTION], said: asMedia },
  { name: "Voice message", drawing: "audio", fields: fileFields("sample.ogg", "audio/ogg"), said: asMedia },
  { name: "Video", drawing: "video", fields: [...fileFields("sample.mp4", "video/mp4"), CAPTION], said: asMedia },
  {
    name: "Location",
    drawing: "pin",
    fields: [
      { name: "latitude", label: "Latitude", value: "51.47783", type: "number", min: -90, max: 90 },
      { name: "longitude", label: "Longitude", value: "-0.00139", type: "number", min: -180, max: 180 },
      { name: "label", label: "Label", value: "Royal Observatory", optional: true },
      { name: "address", label: "Address", value: "Blackheath Ave, London SE10 8XJ", optional: true },
    ],
    said: ({ latitude, longitude, label, address }) => ({
      location: {
        latitude: Number(latitude),
        longitude: Number(longitude),
        label: label || undefined,
        address: address || undefined,
      },
    }),
  },
  { name: "Contact card", drawing: "person", fields: fileFields("sample.vcf", "text/vcard"), said: asMedia },
  {
    name: "Button answer",
    drawing: "button",
    fields: [
      { name: "text", label: "Text on the button", value: "Yes" },
      { name: "payload", label: "Payload", value: "yes", optional: true },
    ],
    said: ({ text, payload }) => ({ button: { text, payload: payload || undefined } }),
  },
  {
    name: "List answer",
    drawing: "list",
    fields: [
      { name: "title", label: "Title of the row", value: "Tomorrow, 12:00" },
      { name: "id", label: "Id", value: "slot-2" },
      { name: "description", label: "Description", value: "", optional: true },
    ],
    said: ({ id, title, description }) => ({ list: { id, title, description: description || undefined } }),
  },
];

const plus = byId("plus");
const menu = byId("kinds");
const dialog = byId("attach");
const form = dialog.querySelector("form");
/** @type {Kind} */
let kind = KINDS[0];

/** @param {Field} field */
const input = ({ name, label, value, type = "text", optional, min, max }) =>
  make(
    "label",
    { class: "field" },
    make("span", {}, label, optional && make("small", {}, " optional")),
    make("input", {
      name, value, type, min, max, required: !optional, autocomplete: "off", spellcheck: "false",
      step: type === "number" && "any", dir: type === "text" && "auto",
    }),
  );

/** @param {Kind} chosen */
function open(chosen) {
  kind = chosen;
  close();
  byId("attach-title").textContent = kind.name;
  byId("attach-fields").replaceChildren(...kind.fields.map(input));
  dialog.showModal();
}

function close() {
  menu.hidden = true;
  plus.setAttribute("aria-expanded", "false");
}

/** @param {number} step */
function walk(step) {
  const all = [...menu.children];
  const at = all.indexOf(/** @type {Element} */ (document.activeElement));
  all[(at + step + all.length) % all.length].focus();
}

/** @param {KeyboardEvent} event */
function press(event) {
  if (event.key === "ArrowDown") walk(1);
  else if (event.key === "ArrowUp") walk(-1);
  else if (event.key === "Tab") return close();
  else if (event.key === "Escape") {
    close();
    plus.focus();
    event.stopPropagation();
  } else return;
  event.preventDefault();
}

/** @param {(said: Omit<import("./api.js").Said, "to">) => void} post */
export function startAttachments(post) {
  menu.append(
    ...KINDS.map((one) => make("button", { type: "button", role: "menuitem", tabindex: "-1", onclick: () => open(one) }, icon(one.drawing), one.name)),
  );
  plus.addEventListener("click", () => {
    menu.hidden = !menu.hidden;
    plus.setAttribute("aria-expanded", String(!menu.hidden));
    if (!menu.hidden) menu.firstElementChild?.focus();
  });
  menu.addEventListener("keydown", press);
  document.addEventListener("pointerdown", (event) => {
    const target = /** @type {Node} */ (event.target);
    if (!menu.contains(target) && !plus.contains(target)) close();
  });
  form.addEventListener("submit", (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const value = Object.fromEntries([...new FormData(form)].map(([name, text]) => [name, String(text).trim()]));
    dialog.close();
    post(kind.said(value));
  });
  byId("attach-cancel").addEventListener("click", () => dialog.close());
}
