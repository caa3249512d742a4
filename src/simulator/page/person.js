// Who one is: the choice among the simulated phones, and the form for one more.

import { addPhone } from "./api.js";
import { avatar } from "./avatar.js";
import { byId, make } from "./dom.js";
import { go, here } from "./route.js";
import { readable } from "./wording.js";
import { world } from "./world.js";

const NEW = "new";

const select = byId("phone-select");
const face = byId("me");
const dialog = byId("new-person");
const form = dialog.querySelector("form");
const { name, number } = form.elements;

let shown = "";

export function showPerson() {
  const { phone } = here();
  const now = JSON.stringify([world.phones, phone]);
  if (now === shown) return;
  shown = now;
  const known = world.phones.find((one) => one.number === phone);
  select.replaceChildren(
    ...world.phones.map((one) =>
      make("option", { value: one.number, selected: one === known }, `${one.name} · ${readable(one.number)}`),
    ),
    make("option", { value: NEW }, "New person…"),
  );
  face.replaceChildren(avatar(known?.name ?? "?"));
}

/** The person's name, or the number where it has none. @param {string} phone */
export const nameOf = (phone) => world.phones.find((one) => one.number === phone)?.name || readable(phone);

/** @param {HTMLInputElement} field @param {string} problem */
function complain(field, problem) {
  const place = byId(`${field.id}-problem`);
  place.textContent = problem;
  field.setAttribute("aria-invalid", String(problem !== ""));
}

/** The first field whose value cannot be used, or null. */
function check() {
  const digits = number.value.replace(/[\s().-]/g, "");
  complain(name, name.value.trim() ? "" : "A name, so that the bot knows who writes.");
  complain(number, /^\+[1-9]\d{6,14}$/.test(digits) ? "" : "A + and 7 to 15 digits, such as +1 500 555 0009.");
  return form.querySelector("[aria-invalid=true]");
}

async function add() {
  const wrong = check();
  if (wrong) return wrong.focus();
  try {
    const phone = await addPhone({ number: number.value.replace(/[\s().-]/g, ""), name: name.value.trim() });
    if (!world.phones.some((one) => one.number === phone.number)) world.phones = [...world.phones, phone];
    dialog.close();
    go({ phone: phone.number, bot: here().bot });
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    const field = /\bname\b/i.test(problem) && !/\bnumber\b/i.test(problem) ? name : number;
    complain(field, problem);
    field.focus();
  }
}

export function startPerson() {
  select.addEventListener("change", () => {
    if (select.value !== NEW) return go({ phone: select.value, bot: here().bot });
    select.value = here().phone;
    form.reset();
    for (const field of [name, number]) complain(field, "");
    dialog.showModal();
  });
  form.addEventListener("submit", (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    void add();
  });
  byId("new-person-cancel").addEventListener("click", () => dialog.close());
}
