// The simulator's HTTP interface: its shapes, and one function for each path the page calls.

/**
 * @typedef {"verified" | "confirmed" | "regular"} Badge
 * @typedef {{name: string, number: string, badge: Badge, about: string, try: string[], webhook: string}} Bot
 * @typedef {{number: string, name: string}} Phone
 * @typedef {{url: string, content_type: string}} Media
 * @typedef {{latitude: number, longitude: number, label?: string | null, address?: string | null}} Location
 * @typedef {{text: string, payload?: string | null}} Button
 * @typedef {{id: string, title: string, description?: string | null}} ListAnswer
 * @typedef {"received" | "queued" | "sent" | "delivered" | "read" | "failed" | "undelivered"} Status
 *
 * @typedef {object} Message  `html` was made and escaped by the server; it may go into the page as it is.
 * @property {string} sid
 * @property {string} direction  seen from the bot: `inbound` was written by the person
 * @property {string} from
 * @property {string} to
 * @property {string} body
 * @property {string} html
 * @property {Media[]} media
 * @property {Location | null} location
 * @property {Button | null} button  the one that was tapped on
 * @property {Button[]} buttons  those that the person may tap on
 * @property {string | null} reply_to
 * @property {Status} status
 * @property {number | null} error_code
 * @property {string | null} error_message
 * @property {string} created_at
 * @property {string | null} request_id
 *
 * @typedef {{bot: Bot, last_message: Message | null, unread: number, session_expires_at: string | null}} Chat
 *
 * @typedef {object} Call  A webhook call: what the simulator asked the bot, and what the bot answered.
 * @property {string} id
 * @property {"message" | "fallback" | "status"} kind
 * @property {string} bot
 * @property {string} method
 * @property {string} url
 * @property {[string, string][]} headers
 * @property {[string, string][]} parameters
 * @property {string} signature
 * @property {null | {status: number, headers: [string, string][], body: string}} response
 * @property {number} duration_ms
 * @property {number | null} error_code
 * @property {string | null} error_message
 * @property {{code: number, message: string}[]} warnings
 * @property {"twiml" | "text" | "nothing" | null} rule
 * @property {string[]} messages
 * @property {string} message_sid
 * @property {string} created_at
 * @property {string | null} replay_of
 *
 * @typedef {object} Said  What a person sends.
 * @property {string} to
 * @property {string} [body]
 * @property {Media[]} [media]
 * @property {Location} [location]
 * @property {Button} [button]
 * @property {ListAnswer} [list]
 * @property {string} [reply_to]
 */

/** The bot may take 15 seconds; after 20 the answer is not coming any more. */
const PATIENCE_MS = 20_000;

/** What went wrong, in words that can be shown; `status` is 0 when nobody answered. */
export class Refusal extends Error {
  /** @param {string} message @param {number} status */
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

/**
 * @param {string} method @param {string} path @param {unknown} [body]
 * @returns {Promise<any>}
 */
async function ask(method, path, body) {
  /** @type {RequestInit} */
  const options = { method, cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) };
  if (body !== undefined) {
    options.body = JSON.stringify(body);
    options.headers = { "Content-Type": "application/json" };
  }
  let response;
  try {
    response = await fetch(path, options);
  } catch (error) {
    const late = error instanceof DOMException && error.name === "TimeoutError";
    throw new Refusal(late ? "the simulator took too long to answer" : "the simulator cannot be reached", 0);
  }
  const answer = await response.json().catch(() => null);
  if (!response.ok) {
    throw new Refusal(answer?.error?.message ?? `the simulator answered ${response.status}`, response.status);
  }
  if (answer === null) throw new Refusal("the simulator's answer could not be read", response.status);
  return answer;
}

const e164 = encodeURIComponent;

/** @returns {Promise<Phone[]>} */
export const listPhones = async () => (await ask("GET", "/sim/phones")).phones;

/** @param {Phone} phone @returns {Promise<Phone>} */
export const addPhone = (phone) => ask("POST", "/sim/phones", phone);

/** @param {string} phone @returns {Promise<{now: string, chats: Chat[]}>} */
export const listChats = (phone) => ask("GET", `/sim/phones/${e164(phone)}/chats`);

/** @param {string} phone @param {string} bot @returns {Promise<Message[]>} */
export const listMessages = async (phone, bot) =>
  (await ask("GET", `/sim/phones/${e164(phone)}/messages?with=${e164(bot)}`)).messages;

/** @param {string} phone @param {Said} said @returns {Promise<Message>} */
export const say = (phone, said) => ask("POST", `/sim/phones/${e164(phone)}/messages`, said);

/** @param {string} phone @param {string} bot */
export const markRead = (phone, bot) => ask("POST", `/sim/phones/${e164(phone)}/read`, { with: bot });

/** @returns {Promise<Call[]>} */
export const listCalls = async () => (await ask("GET", "/sim/requests")).requests;

/** @param {string} id @returns {Promise<Call>} */
export const getCall = (id) => ask("GET", `/sim/requests/${encodeURIComponent(id)}`);

/** @param {string} id @returns {Promise<Call>} */
export const replayCall = (id) => ask("POST", `/sim/requests/${encodeURIComponent(id)}/replay`);

/** @returns {Promise<string>} */
export const readClock = async () => (await ask("GET", "/sim/clock")).now;

/** @param {Pick<Message, "direction">} message */
export const isFromBot = (message) => message.direction !== "inbound";
