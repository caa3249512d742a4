// The drawer: the webhook calls behind a message, with what was asked, what was answered and what went wrong.

import { getCall, replayCall } from "./api.js";
import { asCurl } from "./curl.js";
import { byId, icon, make } from "./dom.js";
import { explained, meaning } from "./errors.js";
import { here } from "./route.js";
import { printed } from "./twiml.js";
import { hour, lasted, moment } from "./wording.js";
import { callsAbout, rememberCall, threadOf } from "./world.js";

/** @typedef {import("./api.js").Call} Call */

const drawer = byId("drawer");
const content = byId("call");

/** Which message's, and which of its calls one has chosen. @type {{sid: string | null, id: string | null}} */
let chosen = { sid: null, id: null };
let shown = "";
/** Calls that were asked for one by one: older than those the page has. @type {Set<string>} */
const asked = new Set();
/** Those that nobody has any more. @type {Set<string>} */
const missing = new Set();

const KINDS = { message: "Message", fallback: "Fallback", status: "Status" };
const RULES = {
  twiml: "read as TwiML",
  text: "read as plain text",
  nothing: "nothing to say",
};

/** @param {string} title @param {...(Node | null | false)} inside */
const section = (title, ...inside) => make("section", { class: "part" }, make("h3", {}, title), ...inside);

/** @param {[string, string][]} pairs @param {string} label */
function table(pairs, label) {
  if (pairs.length === 0) return make("p", { class: "none" }, "None.");
  const rows = pairs.map(([name, value]) =>
    make("tr", {}, make("th", { scope: "row" }, name), make("td", { dir: "auto" }, value === "" ? make("i", {}, "empty") : value)),
  );
  return make("table", { "aria-label": label }, make("tbody", {}, ...rows));
}

/** @param {number | null} code @param {string} says @param {string} look */
const problem = (code, says, look) =>
  make(
    "div",
    { class: `trouble ${look}` },
    icon("failed"),
    make(
      "p",
      {},
      make("strong", {}, code === null ? "" : `${code} `),
      says,
      code !== null && make("a", { href: explained(code), target: "_blank", rel: "noopener noreferrer" }, "Twilio's page"),
    ),
  );

/** @param {Call} call */
function head(call) {
  const status = call.response?.status;
  const good = status !== undefined && status < 400 && call.error_code === null;
  return make(
    "div",
    { class: "call-head" },
    make("p", { class: "call-line" }, make("strong", {}, call.method), " ", make("span", {}, call.url)),
    make(
      "p",
      { class: "call-facts" },
      make("span", { class: `pill ${good ? "good" : "bad"}` }, status === undefined ? "no answer" : String(status)),
      make("span", {}, lasted(call.duration_ms)),
      make("time", { datetime: call.created_at, title: moment(call.created_at) }, moment(call.created_at)),
      call.rule && make("span", {}, RULES[call.rule] ?? call.rule),
      call.replay_of && make("span", { class: "pill" }, "replay"),
    ),
  );
}

/** @param {Call} call */
function answer(call) {
  if (!call.response) return section("Answer", make("p", { class: "none" }, "The bot did not answer."));
  const { body, headers } = call.response;
  const inside = body === "" ? make("p", { class: "none", "data-testid": "twiml" }, "An empty body.") : printed(body);
  return section(/^\s*</.test(body) ? "TwiML" : "Answer", inside, make("details", {}, make("summary", {}, "Headers of the answer"), table(headers, "Headers of the answer")));
}

/** @param {Call} call */
function details(call) {
  return [
    head(call),
    call.error_code !== null && problem(call.error_code, meaning(call.error_code, call.error_message), "error"),
    ...call.warnings.map(({ code, message }) => problem(code, message, "warning")),
    make(
      "div",
      { class: "call-acts" },
      make("button", { class: "plain", type: "button", "data-do": "copy" }, icon("copy"), make("span", {}, "Copy as curl")),
      make("button", { class: "plain", type: "button", "data-do": "replay" }, icon("replay"), make("span", {}, "Replay")),
    ),
    make("p", { class: "call-says", role: "status" }),
    answer(call),
    section("Parameters", table(call.parameters, "Parameters")),
    section("Signature", make("p", { class: "mono" }, call.signature || "Not signed.")),
    make("section", { class: "part" }, make("details", {}, make("summary", {}, "Headers of the request"), table(call.headers, "Headers of the request"))),
  ];
}

/** @param {Call[]} calls @param {Call} current */
function choice(calls, current) {
  if (calls.length < 2) return null;
  return make(
    "div",
    { class: "call-choice", role: "group", "aria-label": "Calls behind this message" },
    ...calls.map((call) =>
      make(
        "button",
        { type: "button", "data-call": call.id, "aria-pressed": String(call === current), class: call.error_code === null ? "" : "bad" },
        KINDS[call.kind] ?? call.kind,
        call.replay_of ? " ↻" : "",
        make("small", {}, hour(call.created_at)),
      ),
    ),
  );
}

/** A message of the person is carried by its call; for one of the bot, its call comes before the statuses. @param {Call[]} calls @param {string | null} id */
const first = (calls, id) => calls.find((call) => call.id === chosen.id) ?? calls.find((call) => call.id === id) ?? calls[0];

/** The message and the calls behind it. @param {string} sid */
function behind(sid) {
  const { phone, bot } = here();
  const message = threadOf(phone ?? "", bot ?? "")?.get(sid);
  return message ? { message, calls: callsAbout(message) } : null;
}

/** @param {string} id */
async function fetchOlder(id) {
  if (asked.has(id)) return;
  asked.add(id);
  try {
    rememberCall(await getCall(id));
  } catch {
    missing.add(id);
    shown = "";
    showDrawer();
  }
}

export function showDrawer() {
  const { sid } = here();
  if (sid !== chosen.sid) chosen = { sid, id: null };
  drawer.hidden = !sid;
  document.body.classList.toggle("has-drawer", Boolean(sid));
  if (!sid) {
    shown = "";
    return;
  }
  const found = behind(sid);
  const call = found && first(found.calls, found.message.request_id);
  const now = JSON.stringify([sid, found?.calls.map(({ id }) => id), call, found?.message.request_id]);
  if (now === shown) return;
  shown = now;
  if (found && call) {
    const focused = content.querySelector(":focus")?.dataset.do;
    content.replaceChildren(...[choice(found.calls, call), ...details(call)].filter((one) => one instanceof Node));
    content.dataset.call = call.id;
    if (focused) content.querySelector(`[data-do=${focused}]`)?.focus();
    return;
  }
  const id = found?.message.request_id;
  if (id) void fetchOlder(id);
  content.replaceChildren(make("p", { class: "none" }, whyEmpty(Boolean(found), id)));
}

/** @param {boolean} known  whether the message is in the conversation @param {string | null | undefined} id */
function whyEmpty(known, id) {
  const { phone, bot } = here();
  if (!threadOf(phone ?? "", bot ?? "")) return "Looking for the call…";
  if (!known) return "This message is not in the conversation.";
  if (!id) return "No webhook call stands behind this message: the bot sent it by the REST API.";
  return missing.has(id) ? "This call is older than those the simulator keeps." : "Looking for the call…";
}

/** @param {string} text */
async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // Without https there is no clipboard, but there still is the old command.
  const field = make("textarea", { class: "heard", readonly: true });
  field.textContent = text;
  document.body.append(field);
  /** @type {HTMLTextAreaElement} */ (field).select();
  const done = document.execCommand("copy");
  field.remove();
  if (!done) throw new Error("the browser does not let the page copy");
}

/** @param {string} text */
function tell(text) {
  const place = content.querySelector(".call-says");
  if (place) place.textContent = text;
}

/** @param {string} what */
async function act(what) {
  const call = behind(chosen.sid ?? "")?.calls.find(({ id }) => id === content.dataset.call);
  if (!call) return;
  try {
    if (what === "copy") {
      await copy(asCurl(call));
      return tell("Copied.");
    }
    tell("Sending it again…");
    const again = await replayCall(call.id);
    chosen.id = again.id;
    rememberCall(again);
    showDrawer();
    tell("Sent again; this is the new call.");
  } catch (error) {
    tell(`That did not work: ${error instanceof Error ? error.message : error}.`);
  }
}

/** @param {() => void} close */
export function startDrawer(close) {
  byId("drawer-close").addEventListener("click", close);
  content.addEventListener("click", (/** @type {MouseEvent} */ event) => {
    const button = /** @type {HTMLElement} */ (event.target).closest("button");
    if (button?.dataset.do) void act(button.dataset.do);
    if (!button?.dataset.call) return;
    chosen.id = button.dataset.call;
    showDrawer();
    content.querySelector("[aria-pressed=true]")?.focus();
  });
}

export const focusDrawer = () => byId("drawer-close").focus();
